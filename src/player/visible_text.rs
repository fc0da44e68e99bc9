//! Unicode rules for new ids and names: one spelling, and nothing invisible.
//!
//! - Text is normalised to NFC (UAX #15), so that equal texts have equal bytes.
//! - At least one character must be visible by itself, and the first one must not be a
//!   combining mark.
//! - Format characters, separators of lines, fillers and private characters are refused.
//!   Joiners, variation selectors and blank Braille are accepted where a script needs them:
//!   joiners in cursive scripts, next to a virama and in emoji (UAX #31, UTS #51).

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic,
    GeneralCategory, JoiningType, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const EMOJI_SELECTOR: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const BLANK_BRAILLE: char = '\u{2800}';

/// Characters that show nothing, although their categories are visible: a musical notehead,
/// an object without a text, blank hieroglyphs, a filler.
const BLANK: [char; 5] = [
    '\u{fffc}',
    '\u{13441}',
    '\u{13442}',
    '\u{16fe4}',
    '\u{1d159}',
];

/// The flags of England, Scotland and Wales: the only emoji with tag characters.
const TAGGED_FLAGS: [&str; 3] = [
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// The text in NFC.
pub(super) fn normalized(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The rule that the text breaks, if any.
pub(super) fn broken_rule(text: &str) -> Option<String> {
    let text = TAGGED_FLAGS.iter().fold(text.to_owned(), |text, flag| {
        text.replace(flag, "\u{1f3f4}")
    });
    let chars: Vec<char> = text.chars().collect();
    let refused = chars
        .iter()
        .enumerate()
        .find(|(n, c)| !is_allowed(**c, &chars[..*n], &chars[n + 1..]));
    if let Some((_, c)) = refused {
        let code = u32::from(*c);
        return Some(format!(
            "must not contain U+{code:04X} here, which is invisible or is not text"
        ));
    }
    if chars.first().is_some_and(|c| is_mark(*c)) || !chars.iter().any(|c| is_visible(*c)) {
        return Some(
            "must show at least one character, and must not begin with a combining mark".to_owned(),
        );
    }
    None
}

/// The text in NFC, cut to a number of characters, without those that break a rule. The
/// rest may still break one: it can be empty.
pub(super) fn cleaned(text: &str, max_chars: usize) -> String {
    // Spaces and marks at the beginning are removed too, so cut generously first.
    let mut chars: Vec<char> = normalized(text).chars().take(4 * max_chars).collect();
    // Removed characters change what is allowed next to them.
    while let Some(refused) =
        (0..chars.len()).find(|n| !is_allowed(chars[*n], &chars[..*n], &chars[n + 1..]))
    {
        chars.remove(refused);
    }
    let is_base = |c: &char| !is_mark(*c) && !c.is_whitespace();
    let start = chars.iter().position(is_base).unwrap_or(chars.len());
    let rest: String = chars[start..].iter().collect();
    let cut: String = normalized(&rest).chars().take(max_chars).collect();
    cut.trim_end().to_owned()
}

/// Whether a character is allowed between those before and after it.
fn is_allowed(c: char, before: &[char], after: &[char]) -> bool {
    let last = before.last().copied();
    match c {
        ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => is_joiner_needed(c, before, after),
        '\u{fe0e}' | EMOJI_SELECTOR => last.is_some_and(|base| {
            is_emoji(base) && (!base.is_ascii() || after.first() == Some(&KEYCAP))
        }),
        // Variants of single characters, by Unicode's list of standardised sequences.
        '\u{fe00}'..='\u{fe0d}' => last.is_some_and(|base| {
            [
                Script::Han,
                Script::Myanmar,
                Script::PhagsPa,
                Script::EgyptianHieroglyphs,
            ]
            .contains(&script(base))
        }),
        '\u{e0100}'..='\u{e01ef}' => last.is_some_and(|base| script(base) == Script::Han),
        '\u{180b}'..='\u{180f}' => last.is_some_and(|base| {
            script(base) == Script::Mongolian && category(base) == GeneralCategory::OtherLetter
        }),
        // The space of Braille.
        BLANK_BRAILLE => {
            let is_cell =
                |c: Option<&char>| c.is_some_and(|c| ('\u{2801}'..='\u{28ff}').contains(c));
            is_cell(before.last()) && is_cell(after.first())
        }
        _ => is_text(c),
    }
}

/// Whether a character is text in every context.
fn is_text(c: char) -> bool {
    let is_noncharacter = u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c);
    let is_other = matches!(
        category(c),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
    );
    !is_noncharacter
        && !is_other
        && !BLANK.contains(&c)
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a joiner changes how the characters around it are written.
fn is_joiner_needed(joiner: char, before: &[char], after: &[char]) -> bool {
    let (Some(&last), next) = (before.last(), after.first().copied()) else {
        return false;
    };
    let is_zwj = joiner == ZERO_WIDTH_JOINER;
    if is_virama(last) && is_letter_before(before) {
        // Also at the end of a word, as in Telugu.
        return next.is_none_or(|c| is_letter(c) || is_text(c) && !c.is_alphabetic());
    }
    if is_zwj && is_letter(last) && next.is_some_and(is_virama) {
        return true;
    }
    if is_zwj && is_joined_emoji(last) && next.is_some_and(is_pictograph) {
        return true;
    }
    let is_base_cursive = first_unmarked(before.iter().rev()).is_some_and(is_cursive);
    let is_next_cursive = first_unmarked(after.iter()).is_some_and(is_cursive);
    // A ZWJ at the end of a word gives the last letter its joined form.
    let is_ending = is_zwj && next.is_none_or(char::is_whitespace);
    is_base_cursive && (is_ending || is_next_cursive)
}

/// Whether the letter that carries the marks at the end belongs to them.
fn is_letter_before(chars: &[char]) -> bool {
    first_unmarked(chars.iter().rev()).is_some_and(is_letter)
}

fn first_unmarked<'a>(mut chars: impl Iterator<Item = &'a char>) -> Option<char> {
    chars.find(|c| !is_mark(**c)).copied()
}

fn is_letter(c: char) -> bool {
    category(c) == GeneralCategory::OtherLetter
}

/// Whether a letter is of a script whose letters join, as in Arabic.
fn is_cursive(c: char) -> bool {
    let joins = matches!(
        CodePointMapData::<JoiningType>::new().get(c),
        JoiningType::DualJoining | JoiningType::LeftJoining | JoiningType::RightJoining
    );
    joins || script(c) == Script::Arabic && is_letter(c)
}

/// Whether a mark removes the vowel of a letter, as in Devanagari.
fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

fn is_pictograph(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<Emoji>().contains(c) || is_pictograph(c)
}

/// Whether a ZWJ after this character may join an emoji.
fn is_joined_emoji(c: char) -> bool {
    c == EMOJI_SELECTOR || is_pictograph(c) || CodePointSetData::new::<EmojiModifier>().contains(c)
}

pub(super) fn is_mark(c: char) -> bool {
    matches!(
        category(c),
        GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    )
}

/// Whether an allowed character is visible by itself.
fn is_visible(c: char) -> bool {
    c != BLANK_BRAILLE
        && is_text(c)
        && !is_mark(c)
        && category(c) != GeneralCategory::SpaceSeparator
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}
