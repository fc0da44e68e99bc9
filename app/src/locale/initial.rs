//! The letter of an avatar: the first character of a name, as readers see characters.
//!
//! Such a character may be several code points: a letter with its marks, a flag, a family. They are
//! the grapheme clusters of Unicode (UAX 29): by a library on the server, by `Intl` in the browser.

/// Georgian letters. Their capitals are for whole words only, and few fonts have them.
const GEORGIAN: std::ops::RangeInclusive<char> = '\u{10d0}'..='\u{10ff}';

/// The first character of a name after ASCII signs like `[` and `_`, as a capital. The first sign if
/// the name has nothing else; empty for an empty name.
#[must_use]
pub fn initial(name: &str) -> String {
    let mut rest = name;
    let mut first = first_character(rest);
    while is_sign(&first) {
        rest = &rest[1..];
        first = first_character(rest);
    }
    if first.is_empty() {
        first = first_character(name);
    }
    if first.starts_with(|c: char| GEORGIAN.contains(&c)) {
        return first;
    }
    // The same as `str::to_uppercase`, whose fast path for ASCII would be 3 KB of the browser's module.
    first.chars().flat_map(char::to_uppercase).collect()
}

/// Whether a character is a single ASCII sign or a space. A keycap like `#` in a box is none.
fn is_sign(character: &str) -> bool {
    matches!(character.as_bytes(), [byte] if byte.is_ascii_punctuation() || *byte == b' ')
}

fn first_character(text: &str) -> String {
    let bytes = text.as_bytes();
    // No cluster begins with two ASCII characters, and most names do.
    if bytes.iter().take(2).all(u8::is_ascii) {
        return text.chars().take(1).collect();
    }
    first_cluster(text)
}

#[cfg(feature = "ssr")]
fn first_cluster(text: &str) -> String {
    use unicode_segmentation::UnicodeSegmentation;

    text.graphemes(true).next().unwrap_or_default().to_owned()
}

#[cfg(not(feature = "ssr"))]
fn first_cluster(text: &str) -> String {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = Intl)]
        type Segmenter;
        #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
        fn new() -> Result<Segmenter, JsValue>;
        #[wasm_bindgen(method)]
        fn segment(this: &Segmenter, text: &str) -> Segments;

        type Segments;
        #[wasm_bindgen(method)]
        fn containing(this: &Segments, index: u32) -> Option<Segment>;

        type Segment;
        #[wasm_bindgen(method, getter, js_name = segment)]
        fn text(this: &Segment) -> String;
    }
    thread_local! {
        // None in browsers from before 2024.
        static SEGMENTER: Option<Segmenter> = Segmenter::new().ok();
    }
    let cluster = SEGMENTER.with(|segmenter| {
        let segments = segmenter.as_ref()?.segment(text);
        segments.containing(0).map(|segment| segment.text())
    });
    cluster.unwrap_or_else(|| text.chars().take(1).collect())
}

#[cfg(test)]
mod tests {
    use super::initial;

    #[test]
    fn the_initial_is_the_first_letter_as_a_capital() {
        assert_eq!(initial("ann"), "A");
        assert_eq!(initial("a"), "A");
        assert_eq!(initial("7up"), "7");
        assert_eq!(initial(""), "");
        assert_eq!(initial("[TAG] ann"), "T");
        assert_eq!(initial("_-ann"), "A");
        assert_eq!(initial("***"), "*");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn the_initial_is_a_whole_character_of_its_script() {
        for (name, expected) in [
            ("ßen", "SS"),
            ("e\u{301}mile", "E\u{301}"),
            ("émile", "É"),
            (
                "👨\u{200d}👩\u{200d}👧\u{200d}👦 Family",
                "👨\u{200d}👩\u{200d}👧\u{200d}👦",
            ),
            ("👍🏽 Good", "👍🏽"),
            ("🇩🇪🇫🇷", "🇩🇪"),
            ("1\u{fe0f}\u{20e3} First", "1\u{fe0f}\u{20e3}"),
            ("#\u{fe0f}\u{20e3} Tag", "#\u{fe0f}\u{20e3}"),
            ("(émile)", "É"),
            ("გიორგი", "გ"),
            ("क्षेत्र", "क्षे"),
            (
                "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
                "\u{1112}\u{1161}\u{11ab}",
            ),
            ("한글", "한"),
            ("שָׁלוֹם", "שָׁ"),
        ] {
            assert_eq!(initial(name), expected, "{name}");
        }
    }
}
