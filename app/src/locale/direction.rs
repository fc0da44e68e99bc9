//! The direction of names in sentences.

use std::fmt::Display;

/// A name as part of a sentence. A name in a right-to-left script is enclosed in Unicode's
/// isolating marks. Otherwise it would change the order of the text around it.
#[must_use]
pub fn isolate(name: &impl Display) -> String {
    let name = name.to_string();
    if name.chars().any(is_right_to_left) {
        format!("\u{2068}{name}\u{2069}")
    } else {
        name
    }
}

/// Whether a character is in a block of Unicode for right-to-left scripts: Hebrew, Arabic, Syriac,
/// Thaana and their extensions.
const fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::isolate;

    #[test]
    fn only_names_in_right_to_left_scripts_are_isolated() {
        assert_eq!(isolate(&"Ann"), "Ann");
        assert_eq!(isolate(&"Zoë 王"), "Zoë 王");
        assert_eq!(isolate(&"مها"), "\u{2068}مها\u{2069}");
        assert_eq!(isolate(&"Ann אן"), "\u{2068}Ann אן\u{2069}");
    }
}
