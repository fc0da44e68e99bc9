use super::*;

fn name_rule(name: &str) -> Option<String> {
    PlayerName::new(name).err().map(|refused| {
        assert_eq!(refused.field, "name");
        refused.reason
    })
}

#[test]
fn names_of_all_scripts_are_accepted() {
    for name in [
        "Ann",
        "O'Brien-Smith 2nd",
        "Élodie",
        "Νίκος",
        "Наталья",
        "אבי",
        "محمد علی",
        "علی\u{200c}رضا", // Persian with a ZWNJ
        "کتاب\u{200c}ها", // Persian with a ZWNJ
        "مَ\u{200c}ها",    // a ZWNJ after a vowel mark
        "ه\u{200d}",      // Arabic with a ZWJ at its end
        "د\u{200d}ه",     // a ZWJ after a letter that does not join
        "क्\u{200d}ष",     // Devanagari with a ZWJ
        "क्\u{200c}ष",     // Devanagari with a ZWNJ
        "र\u{200d}्य",     // Devanagari: the ZWJ is before the virama
        "ක්\u{200d}රිස්",    // Sinhala
        "ബിന്\u{200d}",    // Malayalam with a ZWJ at its end
        "র\u{200d}্যাব",    // Bengali: the ZWJ is before the virama
        "உக்\u{200c}ஷா",    // Tamil with a ZWNJ
        "সৌম্য",
        "ไทยแลนด์",
        "李小龍",
        "葛\u{e0100}飾", // a variant of a Han character
        "佐々木 太郎",
        "김민준",
        "ᠮᠣᠩᠭᠣᠯ",
        "ᠬᠡᠷ\u{180e}ᠡ", // Mongolian with a vowel separator
        "🙂",
        "❤\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "👩\u{200d}🚀",
        "👩🏽\u{200d}🚀",
        "🏳\u{fe0f}\u{200d}🌈",
        "🏴\u{200d}☠\u{fe0f}",
        "👨\u{200d}👩\u{200d}👧",
        "🧑\u{200d}🧑\u{200d}🧒\u{200d}🧒",
        "👩\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨",
        "🧑🏻\u{200d}🤝\u{200d}🧑🏿",
        "🫱🏻\u{200d}🫲🏿",
        "🏃🏽\u{200d}♀\u{fe0f}\u{200d}➡\u{fe0f}",
        "🧑\u{200d}🦯\u{200d}➡\u{fe0f}",
        "👁\u{fe0f}\u{200d}🗨\u{fe0f}",
        "❤\u{fe0f}\u{200d}🔥❤",
        "Ann 👩\u{200d}🚀👩\u{200d}🚀",
        "🇩🇪",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", // the flag of England
        "⠁⠃⠉\u{2800}⠙",
        "a b\u{a0}c\u{3000}d",
        "a  b",
        "!",
        "7",
    ] {
        assert_eq!(name_rule(name), None, "{name:?}");
        assert_eq!(PlayerName::new(name).unwrap().as_str(), name);
    }
}

#[cfg(feature = "service")]
#[test]
fn names_that_show_nothing_are_refused() {
    for name in [
        "\u{3164}",         // Hangul filler
        "\u{3164}\u{3164}", // the same twice
        "\u{ffa0}",         // halfwidth Hangul filler
        "\u{115f}",         // Hangul initial filler
        "\u{1160}",         // Hangul medial filler
        "\u{2800}\u{2800}", // blank Braille
        "\u{2800}",
        "\u{ad}",    // soft hyphen
        "\u{200d}",  // zero width joiner
        "\u{200c}",  // zero width non-joiner
        "\u{200b}",  // zero width space
        "\u{fe0f}",  // emoji selector
        "\u{fe00}",  // variation selector
        "\u{e0100}", // variation selector for Han
        "\u{34f}",   // combining grapheme joiner
        "\u{17b4}",  // Khmer inherent vowel
        "\u{180e}",  // Mongolian vowel separator
        "\u{2061}",  // invisible function application
        "\u{feff}",  // byte order mark
        "\u{301}",   // a mark without a base
        "\u{20e3}",  // a keycap without a key
        "\u{a0}\u{3000}",
        "\u{1d159}",          // null notehead
        "\u{13441}",          // blank hieroglyph
        "\u{fffc}",           // object replacement character
        "\u{e000}",           // private use
        "\u{ffff}",           // noncharacter
        "\u{fdd0}",           // noncharacter
        "\u{e0001}",          // language tag
        "\u{e0041}\u{e007f}", // tag characters
    ] {
        assert!(name_rule(name).is_some(), "{name:?}");
        assert!(PlayerId::new(name).is_err(), "{name:?} as an id");
    }
}

#[cfg(feature = "service")]
#[test]
fn invisible_characters_within_names_are_refused() {
    for name in [
        "Ad\u{ad}min",
        "A\u{61c}B",
        "A\u{2028}B",
        "A\u{2029}B",
        "A\u{85}B",
        "A\u{200b}B",
        "A\u{200c}B",
        "A\u{200d}B",
        "A\u{200e}B",
        "A\u{200f}B",
        "A\u{202e}B",
        "A\u{2060}B",
        "A\u{2063}B",
        "A\u{2066}B\u{2069}",
        "A\u{206f}B",
        "A\u{feff}B",
        "A\u{fff9}B\u{fffb}",
        "A\u{3164}B",
        "A\u{ffa0}B",
        "A\u{115f}B",
        "A\u{1160}B",
        "A\u{2800}B",
        "⠁\u{2800}",
        "⠁\u{2800}\u{2800}⠃",
        "A\u{34f}B",
        "A\u{180e}B",
        "A\u{fe0f}",
        "A\u{fe00}",
        "1\u{fe0f}",
        "1\u{fe0f}2",
        "李\u{fe0f}",
        "❤\u{fe0f}\u{fe0f}",
        "A\u{e0100}",
        "A\u{e0041}\u{e007f}",
        "🏴\u{e0041}\u{e007f}",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}",
        "🙂\u{200d}",
        "🙂\u{200c}🙂",
        "\u{200d}🙂",
        "🙂\u{200d}A",
        "🙂\u{200d}🙂",
        "👩\u{200d}🙂",
        "🚀\u{200d}👩",
        "👩\u{200d}🚀\u{200d}🚀",
        "👨\u{200d}👦\u{200d}👨",
        "👨🏽\u{200d}👦",
        "🏴\u{200d}🌈",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}\u{200d}☠\u{fe0f}",
        "🙂\u{fe0f}\u{fe0f}",
        "محمد\u{200c}",
        "A\u{200c}محمد",
        "م\u{200c}\u{200c}ح",
        "क\u{200d}क",
        "क\u{200c}क",
        "क्\u{200d}A",
        "A\u{110bd}B",
        "A\u{1bca0}B",
        "A\u{1d173}B",
        "A\u{e000}B",
        "A\u{10ffff}B",
    ] {
        let rule = name_rule(name);
        assert!(rule.is_some(), "{name:?}");
    }
}

#[test]
fn bidirectional_controls_are_refused_everywhere() {
    for name in [
        "",
        " ",
        "a\nb",
        "a\0",
        "a\u{202e}b",
        "a\u{200b}b",
        "a\u{2066}b",
    ] {
        assert!(name_rule(name).is_some(), "{name:?}");
        assert!(PlayerName::stored(name).is_err(), "{name:?}");
    }
}

#[cfg(feature = "service")]
#[test]
fn composed_and_decomposed_texts_are_equal() {
    for (text, normal) in [
        ("E\u{301}lodie", "Élodie"),
        ("Élodie", "Élodie"),
        ("A\u{30a}ngstro\u{308}m", "Ångström"),
        ("\u{212b}", "Å"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
        ("\u{f900}", "豈"),
    ] {
        assert_eq!(PlayerId::new(text).unwrap().as_str(), normal);
        assert_eq!(PlayerName::new(text).unwrap().as_str(), normal);
        // Stored texts keep their bytes.
        assert_eq!(PlayerId::stored(text).unwrap().as_str(), text);
        assert_eq!(PlayerName::stored(text).unwrap().as_str(), text);
    }
    // Compatibility variants stay distinct: NFC, not NFKC.
    assert_eq!(PlayerName::new("Ａｎｎ").unwrap().as_str(), "Ａｎｎ");
}

#[cfg(feature = "service")]
#[test]
fn joiners_and_selectors_that_change_nothing_are_removed() {
    for (text, normal) in [
        // The virama is visible at the end of a word without a ZWNJ.
        ("ప్రసాద్\u{200c}", "ప్రసాద్"),
        ("ప్రసాద్\u{200c} 2", "ప్రసాద్ 2"),
        // The first letter does not join the second one.
        ("جزء\u{200c}ها", "جزءها"),
        ("کار\u{200c}ها", "کارها"),
        ("د\u{200d}", "د"),
        // The letters join without a ZWJ.
        ("م\u{200d}ح", "مح"),
        ("🙂\u{fe0f}", "🙂"),
        ("⌚\u{fe0e}", "⌚"),
        ("❤\u{fe0e}", "❤"),
        ("☝\u{fe0f}🏽", "☝🏽"),
        ("👩🏽\u{fe0f}\u{200d}🚀", "👩🏽\u{200d}🚀"),
        // Fonts draw these alike.
        ("🏳\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"),
        ("🏳\u{fe0e}\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"),
        ("🏴\u{200d}☠", "🏴\u{200d}☠\u{fe0f}"),
        ("🏃🏽\u{200d}♀", "🏃🏽\u{200d}♀\u{fe0f}"),
        ("1\u{20e3}", "1\u{fe0f}\u{20e3}"),
    ] {
        assert_eq!(PlayerId::new(text).unwrap().as_str(), normal, "{text:?}");
        assert_eq!(PlayerName::new(text).unwrap().as_str(), normal, "{text:?}");
        assert_eq!(PlayerId::stored(text).unwrap().as_str(), text);
    }
}

#[cfg(feature = "service")]
mod random {
    use proptest::prelude::*;

    use crate::PlayerName;

    /// Characters that change what is allowed next to them.
    const CHARS: [char; 24] = [
        'a', ' ', '\u{a0}', '1', '\u{200c}', '\u{200d}', '\u{fe0e}', '\u{fe0f}', '\u{20e3}', '❤',
        '🙂', '👩', '🚀', '🏽', '☝', '🏳', '🌈', 'م', 'د', 'و', '\u{654}', 'क', '\u{94d}',
        '\u{93c}',
    ];

    proptest! {
        #[test]
        fn accepted_names_keep_their_spelling(
            chars in prop::collection::vec(prop::sample::select(CHARS.to_vec()), 1..10),
        ) {
            let text: String = chars.into_iter().collect();
            if let Ok(name) = PlayerName::new(&text) {
                prop_assert_eq!(PlayerName::new(name.as_str()), Ok(name.clone()));
            }
        }
    }
}

#[cfg(feature = "service")]
#[test]
fn lengths_are_those_of_the_normalised_text() {
    // U+0958 has no composed form: it is two characters in NFC, of six bytes.
    let longer = "\u{958}".repeat(21);
    assert!(PlayerName::new(&longer).is_err());
    assert!(PlayerId::new(&"\u{958}".repeat(11)).is_err());
    let shorter = "e\u{301}".repeat(MAX_NAME_CHARS);
    assert!(PlayerName::new(&shorter).is_ok());
    assert!(PlayerId::new(&"e\u{301}".repeat(32)).is_ok());
}

/// The time that an emoji takes grows with the square of its length.
#[cfg(feature = "service")]
#[test]
fn texts_that_are_much_too_long_are_refused_before_the_work_on_them() {
    let family = "\u{1f468}\u{200d}".repeat(150_000);
    assert!(PlayerId::new(&family).is_err());
    assert!(PlayerName::new(&family).is_err());
    let shown = PlayerName::shown(&family, &PlayerId::new("ann").unwrap());
    assert!(shown.as_str().chars().count() <= MAX_NAME_CHARS);
}

#[cfg(feature = "service")]
#[test]
fn stored_names_are_shown_without_what_rules_of_today_refuse() {
    let ann = PlayerId::new("ann").unwrap();
    let long = "x".repeat(50);
    let cut = format!("{}👩\u{200d}🚀", "x".repeat(38));
    for (stored, shown) in [
        ("Ann", "Ann"),
        (" Ann ", "Ann"),
        ("E\u{301}lodie", "Élodie"),
        ("Ad\u{ad}min", "Admin"),
        ("a\u{202e}b\nc", "abc"),
        ("\u{301}\u{301} Zoë", "Zoë"),
        ("e\u{200b}\u{301}", "é"),
        ("👩\u{200d}🚀", "👩\u{200d}🚀"),
        ("a  b", "a  b"),
        ("🙂\u{200d}🙂", "🙂🙂"),
        (&long[..], &long[..40]),
        (&cut[..], &cut[..42]),
        ("", "ann"),
        (" \t", "ann"),
        ("\u{200b}\u{2800}", "ann"),
        ("\u{301}", "ann"),
    ] {
        let name = PlayerName::shown(stored, &ann);
        assert_eq!(name.as_str(), shown, "{stored:?}");
        assert_eq!(PlayerName::new(shown).unwrap(), name, "allowed today");
    }
}

#[test]
fn ids_that_are_dot_segments_are_refused() {
    for id in [".", "..", "%2e", "%2E", ".%2e", "%2E.", "%2e%2E", "%2e%2e"] {
        let refused = PlayerId::new(id).unwrap_err();
        assert_eq!(refused.field, "player", "{id}");
        assert_eq!(PlayerId::stored(id).unwrap().as_str(), id);
    }
    for id in ["...", ".a", "a.", "%2f", "%", "a/../b", "..%2f", "../a"] {
        assert!(PlayerId::new(id).is_ok(), "{id}");
    }
}

#[test]
fn default_name_is_the_truncated_id() {
    let id = |text: &str| PlayerId::new(text).unwrap();
    assert_eq!(PlayerName::from(&id("ann")).as_str(), "ann");
    let long = id(&"x".repeat(64));
    assert_eq!(PlayerName::from(&long).as_str(), "x".repeat(40));
}

mod stored_texts {
    use proptest::prelude::*;

    use crate::people::player::{MAX_ID_BYTES, MAX_NAME_CHARS, is_printable};
    use crate::protocol::binary;
    use crate::{PlayerId, PlayerName};

    /// The rule for stored texts, character by character.
    fn is_accepted(text: &str) -> bool {
        !text.is_empty() && text.trim() == text && text.chars().all(is_printable)
    }

    proptest! {
        #[test]
        fn plain_texts_have_the_rules_of_all_others(
            text in prop_oneof!["[\\x00-\\x7f]{0,70}", "[ -~]{0,70}", ".{0,20}"],
        ) {
            let is_id = is_accepted(&text) && text.len() <= MAX_ID_BYTES;
            prop_assert_eq!(PlayerId::stored(&text).is_ok(), is_id);
            let trimmed = text.trim();
            let is_name = is_accepted(trimmed) && trimmed.chars().count() <= MAX_NAME_CHARS;
            let name = PlayerName::stored(&text);
            prop_assert_eq!(name.is_ok(), is_name);
            if let Ok(name) = name {
                prop_assert_eq!(name.as_str(), trimmed);
                let json = serde_json::to_string(&name).unwrap();
                prop_assert_eq!(json, serde_json::to_string(trimmed).unwrap());
                prop_assert_eq!(binary::write(&name), binary::write(&trimmed));
            }
        }

        #[test]
        fn default_name_is_the_start_of_any_id(id in "[!-~é]([ -~é]{0,60}[!-~é])?") {
            if let Ok(id) = PlayerId::stored(&id) {
                let start: String = id.as_str().chars().take(MAX_NAME_CHARS).collect();
                let name = PlayerName::from(&id);
                prop_assert_eq!(name.as_str(), start.trim_end());
            }
        }
    }
}
