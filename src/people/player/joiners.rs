//! Joiners (U+200C, U+200D) in scripts and emoji: UAX #31, rules A1, A2 and B, and UTS #51.
//!
//! A joiner is needed where it changes how its neighbours are written, and idle where its script
//! uses joiners but this one changes nothing, as after a letter that does not join. People type idle
//! joiners out of habit, so new texts lose them instead of being refused.
//!
//! A limit remains: a font may write some pairs of letters alike with and without a joiner.

use icu_properties::CodePointMapData;
use icu_properties::props::{CanonicalCombiningClass, JoiningType, Script};

use super::character::{ZERO_WIDTH_JOINER, is_letter, is_mark, is_text, script};
use super::emoji;

/// The effect of a joiner on the characters around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It changes how they are written.
    Needed,
    /// None, in a script with joiners.
    Idle,
    /// None, elsewhere.
    Foreign,
}

impl Effect {
    fn needed_if(is_needed: bool) -> Self {
        if is_needed { Self::Needed } else { Self::Idle }
    }
}

/// The effect of a joiner between the characters before and after it.
pub(super) fn effect(joiner: char, before: &[char], after: &[char]) -> Effect {
    let (Some(&last), next) = (before.last(), after.first().copied()) else {
        return Effect::Foreign;
    };
    let is_zwj = joiner == ZERO_WIDTH_JOINER;
    if is_virama(last) && first_unmarked(before.iter().rev()).is_some_and(is_letter) {
        return after_virama(is_zwj, next);
    }
    let is_before_virama = is_letter(last) && next.is_some_and(is_virama);
    if is_zwj && (is_before_virama || emoji::is_joined(before, after)) {
        return Effect::Needed;
    }
    let cursive = |c: Option<char>| c.filter(|c| is_cursive(*c));
    let Some(letter) = cursive(first_unmarked(before.iter().rev())) else {
        return Effect::Foreign;
    };
    match cursive(first_unmarked(after.iter())) {
        // A ZWJ gives a letter its joined form if the other one does not join.
        Some(other) if is_zwj => Effect::needed_if(joins_next(letter) != joins_previous(other)),
        Some(other) => Effect::needed_if(joins_next(letter) && joins_previous(other)),
        // At the end of a word, as in an abbreviation.
        None if is_zwj && next.is_none_or(char::is_whitespace) => {
            Effect::needed_if(joins_next(letter))
        }
        None => Effect::Foreign,
    }
}

/// Before a letter, a ZWNJ keeps the virama visible, which it is at the end of a word anyway. A ZWJ
/// gives the letter before the virama its form of a conjunct, also at the end of a word.
fn after_virama(is_zwj: bool, next: Option<char>) -> Effect {
    if next.is_some_and(is_letter) {
        return Effect::Needed;
    }
    if next.is_none_or(|c| is_text(c) && !c.is_alphabetic() && !is_mark(c)) {
        return Effect::needed_if(is_zwj);
    }
    Effect::Foreign
}

fn first_unmarked<'a>(mut chars: impl Iterator<Item = &'a char>) -> Option<char> {
    chars.find(|c| !is_mark(**c)).copied()
}

/// Whether a mark removes the vowel of a letter, as in Devanagari.
fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

/// Whether a letter is of a script whose letters join, as in Arabic.
fn is_cursive(c: char) -> bool {
    let joins = matches!(
        joining_type(c),
        JoiningType::DualJoining | JoiningType::LeftJoining | JoiningType::RightJoining
    );
    joins || script(c) == Script::Arabic && is_letter(c)
}

/// Whether a letter joins the one after it.
fn joins_next(c: char) -> bool {
    matches!(
        joining_type(c),
        JoiningType::DualJoining | JoiningType::LeftJoining
    )
}

/// Whether a letter joins the one before it.
fn joins_previous(c: char) -> bool {
    matches!(
        joining_type(c),
        JoiningType::DualJoining | JoiningType::RightJoining
    )
}

fn joining_type(c: char) -> JoiningType {
    CodePointMapData::<JoiningType>::new().get(c)
}
