//! The direction of names in sentences.
//!
//! A name in a right-to-left script changes the order of the text around it, above all of numbers.
//! It must be isolated (Unicode Standard Annex 9): by `<bdi>` in markup, by isolating marks in plain
//! text. All placeholders of the catalogue are isolated (`words/macros.rs`).

use std::fmt::{self, Display, Formatter};

/// First strong isolate: begins a text whose first letter decides its direction.
const FSI: char = '\u{2068}';

/// Pop directional isolate: ends it.
const PDI: char = '\u{2069}';

/// A part of a sentence. If it has characters that could change the order of the text around it, it
/// is enclosed in isolating marks.
pub(crate) struct Isolated<'a>(pub(crate) &'a dyn Display);

impl Display for Isolated<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        if text.chars().any(changes_direction) {
            write!(f, "{FSI}{}{PDI}", balanced(&text))
        } else {
            self.0.fmt(f)
        }
    }
}

/// A text as part of a sentence; see [`Isolated`].
#[must_use]
pub fn isolate(text: &impl Display) -> String {
    Isolated(text).to_string()
}

/// The text, with as many marks that end an isolate as marks that begin one. Otherwise a name could
/// end the isolate around it.
fn balanced(text: &str) -> String {
    let mut depth = 0_usize;
    let mut balanced: String = text
        .chars()
        .filter(|c| match *c {
            '\u{2066}'..='\u{2068}' => {
                depth += 1;
                true
            }
            PDI if depth == 0 => false,
            PDI => {
                depth -= 1;
                true
            }
            _ => true,
        })
        .collect();
    balanced.extend(std::iter::repeat_n(PDI, depth));
    balanced
}

/// Whether a character is in a block of Unicode for right-to-left scripts (Hebrew, Arabic, Syriac,
/// Thaana and their extensions), or a mark that sets the direction.
const fn changes_direction(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::{Isolated, isolate};

    #[test]
    fn only_texts_that_could_change_the_order_are_isolated() {
        assert_eq!(isolate(&"Ann"), "Ann");
        assert_eq!(isolate(&"Zoë 王"), "Zoë 王");
        assert_eq!(isolate(&"مها"), "\u{2068}مها\u{2069}");
        assert_eq!(isolate(&"Ann אן"), "\u{2068}Ann אן\u{2069}");
        // Right-to-left override.
        assert_eq!(isolate(&"a\u{202e}b"), "\u{2068}a\u{202e}b\u{2069}");
    }

    #[test]
    fn a_name_cannot_end_the_isolate_around_it() {
        assert_eq!(isolate(&"אב\u{2069}ג"), "\u{2068}אבג\u{2069}");
        assert_eq!(isolate(&"\u{2067}אב"), "\u{2068}\u{2067}אב\u{2069}\u{2069}");
    }

    #[test]
    fn numbers_keep_their_format() {
        assert_eq!(format!("{:02}", Isolated(&5)), "05");
        assert_eq!(format!("{:.0}", Isolated(&1.6)), "2");
    }
}
