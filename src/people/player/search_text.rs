//! Names as text for searches: texts that a reader takes for the same have the same bytes.
//!
//! - Full case folding and NFKC, as in `NFKC_Casefold` (Unicode, chapter 3): `ΚΩΣ` is `κως`, `STRASSE` is
//!   `straße`, composed and decomposed letters are the same.
//! - All forms of i are one letter, because Turkish has `I` for `ı` and `İ` for `i`.
//! - Characters that only choose a form, such as joiners and variation selectors, do not count.
//! - Each run of white space is one space.
//!
//! A search finds a name by the beginning of the name, or by the beginning of a word inside it.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

use super::character::is_mark;

/// Version of [`folded`] and [`inner_words`]. Stored texts of an earlier version are folded again.
pub const VERSION: i64 = 2;

/// Maximum number of words inside a name that a search finds. It bounds the size of the index.
pub const MAX_INNER_WORDS: usize = 8;

/// The combining dot above, which case folding puts on the `i` of `İ`.
const DOT_ABOVE: char = '\u{307}';

/// The text for searches. Folding it again changes nothing.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return with_single_spaces(&text.to_ascii_lowercase());
    }
    let (case, compatible) = (CaseMapper::new(), ComposingNormalizerBorrowed::new_nfkc());
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let shown: String = text.chars().filter(|c| !ignorable.contains(*c)).collect();
    let apart = DecomposingNormalizerBorrowed::new_nfd().normalize(&shown);
    // Normalisation can produce new uppercase letters, and folding new decompositions.
    let once = with_one_i(&compatible.normalize(&case.fold_string(&apart)));
    let twice = with_one_i(&compatible.normalize(&case.fold_string(&once)));
    with_single_spaces(&twice)
}

fn with_single_spaces(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// A folded text with `i` for each form of it.
fn with_one_i(folded: &str) -> String {
    let mut text = String::with_capacity(folded.len());
    for c in folded.chars() {
        match c {
            'ı' => text.push('i'),
            DOT_ABOVE if text.ends_with('i') => {}
            _ => text.push(c),
        }
    }
    text
}

/// The rests of a folded name that begin at a word inside it: for `mary-ann lee`, `ann lee` and `lee`.
pub fn inner_words(folded: &str) -> impl Iterator<Item = &str> {
    let before = folded.chars();
    let after = folded.char_indices().skip(1);
    let starts = before.zip(after).filter(|(before, (_, c))| {
        let is_after_space = before.is_whitespace() && !c.is_whitespace();
        let is_after_mark = !before.is_alphanumeric() && !is_mark(*before);
        is_after_space || c.is_alphanumeric() && is_after_mark
    });
    starts
        .take(MAX_INNER_WORDS)
        .map(|(_, (at, _))| &folded[at..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_that_a_reader_takes_for_the_same_are_equal() {
        for (one, other) in [
            ("ΚΩΣ", "κως"),
            ("κωσ", "ΚΩς"),
            ("strasse", "Straße"),
            ("STRASSE", "straẞe"),
            ("Jose\u{301} N", "JOS\u{c9} n"),
            ("eliud  k", "Eliud\u{a0}\u{3000}K"),
            ("ﬁsh", "FISH"),
            ("Ｗｉｄｅ", "wide"),
            ("İ", "i\u{307}"),
            ("IŞIK", "ışık"),
            ("YILDIZ", "Yıldız"),
            ("istanbul", "İSTANBUL"),
            ("İ\u{301}", "í"),
            ("ｶﾞﾝﾀﾞﾑ", "ガンダム"),
            ("\u{1112}\u{1161}\u{11ab}국", "한국"),
            ("ﻣﺤﻤﺪ", "محمد"),
            ("葛\u{e0100}城", "葛城"),
            ("ᠠ\u{180b}", "ᠠ"),
            ("ŉ", "ʼN"),
            ("\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}", "\u{1f3f3}\u{1f308}"),
            ("Ⅷ", "viii"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} and {other}");
        }
        assert_ne!(
            folded("zoe"),
            folded("zoë"),
            "an accent makes another letter"
        );
        assert_eq!(folded(" \u{200d} "), "");
    }

    #[test]
    fn words_begin_after_spaces_and_signs_but_not_inside_a_letter() {
        for (name, expected) in [
            ("eliud kipchoge", &["kipchoge"][..]),
            ("mary-ann o'neil", &["ann o'neil", "o'neil", "neil"]),
            ("dark_lord 7", &["lord 7", "7"]),
            ("anna_b%", &["b%"]),
            ("ann 🏆 lee", &["🏆 lee", "lee"]),
            ("क्षत्रिय राजा", &["राजा"]),
            ("solo", &[]),
            ("%%", &[]),
            ("", &[]),
        ] {
            let words: Vec<_> = inner_words(name).collect();
            assert_eq!(words, expected, "{name}");
        }
        assert_eq!(
            inner_words("a b c d e f g h i j k l").count(),
            MAX_INNER_WORDS
        );
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in ".{0,40}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }
    }
}
