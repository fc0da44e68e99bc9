//! Unicode rules for new ids and names: one spelling, and nothing invisible.
//!
//! - Text is normalised to NFC (UAX #15), so that equal texts have equal bytes. Joiners and emoji
//!   selectors that change nothing are removed.
//! - At least one character must be visible by itself, and the first one must not be a
//!   combining mark.
//! - Format characters, separators of lines, fillers and private characters are refused.
//!   Joiners, variation selectors and blank Braille are accepted where a script needs them:
//!   joiners in cursive scripts, next to a virama and in emoji (UAX #31, UTS #51).
//!
//! A limit remains: not every font has the variants of Han, Mongolian and Myanmar letters.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{GeneralCategory, Script};

use super::character::{
    ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER, category, is_mark, is_text, script,
};
use super::emoji::{self, EMOJI_SELECTOR};
use super::joiners::{Effect, effect};

const BLANK_BRAILLE: char = '\u{2800}';

/// The flags of England, Scotland and Wales: the only emoji with tag characters.
const TAGGED_FLAGS: [&str; 3] = [
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// A flag that joins no other emoji.
const PLAIN_FLAG: &str = "\u{1f3c1}";

/// The text in NFC, without joiners and selectors that change nothing.
pub(super) fn normalized(text: &str) -> Cow<'_, str> {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let text = nfc.normalize(text);
    let is_respelled = |c: char| {
        matches!(
            c,
            ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER | '\u{fe0e}' | EMOJI_SELECTOR | '\u{20e3}'
        )
    };
    if !text.contains(is_respelled) {
        return text;
    }
    let chars: Vec<char> = text.chars().collect();
    let chars = emoji::respelled(&chars);
    let mut kept = Vec::with_capacity(chars.len());
    for (n, c) in chars.iter().enumerate() {
        if !is_joiner(*c) || effect(*c, &kept, &chars[n + 1..]) != Effect::Idle {
            kept.push(*c);
        }
    }
    let text: String = kept.into_iter().collect();
    // Without a joiner, marks may follow other characters.
    Cow::Owned(nfc.normalize(&text).into_owned())
}

/// The rule that the text breaks, if any.
pub(super) fn broken_rule(text: &str) -> Option<String> {
    let text = TAGGED_FLAGS
        .iter()
        .fold(text.to_owned(), |text, flag| text.replace(flag, PLAIN_FLAG));
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
    let start: String = text.chars().take(8 * max_chars).collect();
    let chars = without_refused(normalized(&start).chars().take(4 * max_chars));
    let is_base = |c: &char| !is_mark(*c) && !c.is_whitespace();
    let start = chars.iter().position(is_base).unwrap_or(chars.len());
    let rest: String = chars[start..].iter().collect();
    let cut = without_refused(normalized(&rest).chars().take(max_chars));
    let cut: String = cut.into_iter().collect();
    cut.trim_end().to_owned()
}

fn without_refused(chars: impl Iterator<Item = char>) -> Vec<char> {
    let mut chars: Vec<char> = chars.collect();
    // Removed characters change what is allowed next to them.
    while let Some(refused) =
        (0..chars.len()).find(|n| !is_allowed(chars[*n], &chars[..*n], &chars[n + 1..]))
    {
        chars.remove(refused);
    }
    chars
}

/// Whether a character is allowed between those before and after it.
fn is_allowed(c: char, before: &[char], after: &[char]) -> bool {
    let last = before.last().copied();
    match c {
        _ if is_joiner(c) => effect(c, before, after) == Effect::Needed,
        EMOJI_SELECTOR => emoji::is_selector_needed(before, after),
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

fn is_joiner(c: char) -> bool {
    matches!(c, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
}

/// Whether an allowed character is visible by itself.
fn is_visible(c: char) -> bool {
    c != BLANK_BRAILLE
        && is_text(c)
        && !is_mark(c)
        && category(c) != GeneralCategory::SpaceSeparator
}
