//! Emoji sequences (UTS #51): one spelling of each, and only joiners that join.
//!
//! - A selector (U+FE0E, U+FE0F) that changes nothing is removed: after a character that is an emoji
//!   without it, before a skin tone, and after a picture that is no emoji. The text style of an emoji
//!   is not kept. A selector that a keycap or a joined emoji lacks is added.
//! - A ZWJ is needed within the sequences that fonts draw as one emoji: Unicode's list
//!   `RGI_Emoji_ZWJ_Sequence`, version 17. ICU has no data for it, so its patterns are written here.
//!
//! A limit remains: a font may draw a joined emoji as its parts, or U+2764 and U+2764 U+FE0F alike.

use icu_properties::CodePointSetData;
use icu_properties::props::{
    Emoji, EmojiModifier, EmojiModifierBase, EmojiPresentation, ExtendedPictographic,
};

use super::character::ZERO_WIDTH_JOINER;

const TEXT_SELECTOR: char = '\u{fe0e}';
pub(super) const EMOJI_SELECTOR: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// Emoji that begin a sequence, perhaps with a skin tone, and the emoji that may follow one of them.
const JOINED: [(&str, &str); 19] = [
    (
        "👨👩🧑",
        "⚕ ⚖ ✈ 🌾 🍳 🍼 🎓 🎤 🎨 🏫 🏭 💻 💼 🔧 🔬 🚀 🚒 🦯 🦰 🦱 🦲 🦳 🦼 🦽 🦯➡ 🦼➡ 🦽➡",
    ),
    ("🧑", "🎄 🩰"),
    (
        "⛹🏃🏄🏊🏋🏌👮👯👰👱👳👷💁💂💆💇🕵\
         🙅🙆🙇🙋🙍🙎🚣🚴🚵🚶🤦🤵🤷🤸🤹🤼🤽\
         🤾🦸🦹🧍🧎🧏🧔🧖🧗🧘🧙🧚🧛🧜🧝🧞🧟",
        "♀ ♂",
    ),
    ("🏃🚶🧎", "➡ ♀➡ ♂➡"),
    ("⛓", "💥"),
    ("❤", "🔥 🩹"),
    ("🍄", "🟫"),
    ("🍋", "🟩"),
    ("🏳", "⚧ 🌈"),
    ("🏴", "☠"),
    ("🐈", "⬛"),
    ("🐕", "🦺"),
    ("🐦", "⬛ 🔥"),
    ("🐻", "❄"),
    ("👁", "🗨"),
    ("😮", "💨"),
    ("😵", "💫"),
    ("😶", "🌫"),
    ("🙂", "↔ ↕"),
];

/// Parents and children of a family, which has no skin tones.
const FAMILIES: [(&str, &str); 2] = [
    ("👨 👩 👨👩 👨👨 👩👩", "👦 👧 👦👦 👧👦 👧👧"),
    ("🧑 🧑🧑", "🧒 🧒🧒"),
];

/// The first and the last emoji of a couple.
const COUPLES: &str = "👨👨 👩👨 👩👩 🧑🧑";

/// An emoji of a sequence, without its selector.
#[derive(Debug, Clone, Copy)]
struct Element {
    base: char,
    tone: Option<char>,
}

/// The text with the selectors that it needs.
pub(super) fn respelled(chars: &[char]) -> Vec<char> {
    let mut text = Vec::with_capacity(chars.len());
    let mut rest = chars;
    while let Some((&base, after)) = rest.split_first() {
        let (selector, behind) = match after {
            [selector @ (TEXT_SELECTOR | EMOJI_SELECTOR), behind @ ..] => (Some(*selector), behind),
            _ => (None, after),
        };
        let is_sign = !base.is_ascii() || behind.first() == Some(&KEYCAP);
        let is_picture = is_emoji(base) || is_pictograph(base);
        text.push(base);
        rest = after;
        if is_picture && is_sign {
            let (_, before) = text.split_last().expect("it has the base");
            let selector = needed_selector(base, selector, before, behind);
            text.extend(selector);
            rest = behind;
        }
    }
    text
}

/// The selector of an emoji, which has `selector` now.
fn needed_selector(
    base: char,
    selector: Option<char>,
    before: &[char],
    after: &[char],
) -> Option<char> {
    if !has_two_styles(base) || is_toned(base, after.first()) {
        return None;
    }
    let is_after_joiner = before
        .strip_suffix(&[ZERO_WIDTH_JOINER])
        .is_some_and(|before| last_element(before).is_some());
    let is_before_joiner = after
        .strip_prefix(&[ZERO_WIDTH_JOINER])
        .is_some_and(|after| first_element(after).is_some());
    if base.is_ascii() || is_after_joiner || is_before_joiner {
        return Some(EMOJI_SELECTOR);
    }
    selector.filter(|selector| *selector == EMOJI_SELECTOR)
}

/// Whether a U+FE0F between these characters makes an emoji of the first one.
pub(super) fn is_selector_needed(before: &[char], after: &[char]) -> bool {
    before.last().is_some_and(|base| {
        let is_sign = !base.is_ascii() || after.first() == Some(&KEYCAP);
        has_two_styles(*base) && is_sign && !is_toned(*base, after.first())
    })
}

/// Whether a ZWJ between these characters joins emoji.
pub(super) fn is_joined(before: &[char], after: &[char]) -> bool {
    if last_element(before).is_none() || first_element(after).is_none() {
        return false;
    }
    let mut elements = Vec::new();
    let mut earlier = Some(before);
    while let Some((element, rest)) = earlier.and_then(last_element) {
        elements.push(element);
        earlier = rest.strip_suffix(&[ZERO_WIDTH_JOINER]);
    }
    elements.reverse();
    let mut later = Some(after);
    while let Some((element, rest)) = later.and_then(first_element) {
        elements.push(element);
        later = rest.strip_prefix(&[ZERO_WIDTH_JOINER]);
    }
    is_sequence(&elements)
}

/// The emoji at the end of a text, and the text before it.
fn last_element(text: &[char]) -> Option<(Element, &[char])> {
    let text = text.strip_suffix(&[EMOJI_SELECTOR]).unwrap_or(text);
    match text {
        [rest @ .., base, tone] if is_toned(*base, Some(tone)) => {
            let (base, tone) = (*base, Some(*tone));
            Some((Element { base, tone }, rest))
        }
        [rest @ .., base] if is_pictograph(*base) => {
            let (base, tone) = (*base, None);
            Some((Element { base, tone }, rest))
        }
        _ => None,
    }
}

/// The emoji at the beginning of a text, and the text after it.
fn first_element(text: &[char]) -> Option<(Element, &[char])> {
    let (&base, rest) = text.split_first()?;
    let tone = rest.first().filter(|tone| is_toned(base, Some(*tone)));
    let rest = if tone.is_some() { &rest[1..] } else { rest };
    let rest = rest.strip_prefix(&[EMOJI_SELECTOR]).unwrap_or(rest);
    let tone = tone.copied();
    is_pictograph(base).then_some((Element { base, tone }, rest))
}

/// Whether emoji with joiners between them are one emoji.
fn is_sequence(elements: &[Element]) -> bool {
    let [first, rest @ ..] = elements else {
        return false;
    };
    let followers = bases(rest);
    let is_toneless = rest.iter().all(|element| element.tone.is_none());
    let is_listed = is_toneless
        && JOINED.iter().any(|(beginnings, endings)| {
            beginnings.contains(first.base) && has_word(endings, &followers)
        });
    let is_family = is_toneless && first.tone.is_none() && is_family(&bases(elements));
    is_listed || is_family || is_pair(elements)
}

fn is_family(members: &str) -> bool {
    FAMILIES.iter().any(|(parents, children)| {
        children.split(' ').any(|children| {
            let of = members.strip_suffix(children);
            of.is_some_and(|of| has_word(parents, of))
        })
    })
}

/// Whether two people, or two hands, are one emoji. Other emoji exist for some pairs of equal tones.
fn is_pair(elements: &[Element]) -> bool {
    let [first, between @ .., last] = elements else {
        return false;
    };
    let has_tones = first.tone.is_some() && last.tone.is_some();
    let has_equal_tones = first.tone == last.tone;
    let has_two_tones = has_tones && !has_equal_tones;
    let pair = bases(&[*first, *last]);
    let is_couple = has_word(COUPLES, &pair) && between.iter().all(|e| e.tone.is_none());
    let is_neutral = pair == "🧑🧑";
    match bases(between).as_str() {
        "" => pair == "🫱🫲" && has_two_tones,
        "❤" | "❤💋" if is_neutral => is_couple && has_two_tones,
        "🤝" if !is_neutral => is_couple && has_two_tones,
        "❤" | "❤💋" | "🤝" => is_couple && (has_tones || has_equal_tones),
        "🐰" | "🫯" => is_couple && first.base == last.base && has_two_tones,
        _ => false,
    }
}

fn bases(elements: &[Element]) -> String {
    elements.iter().map(|element| element.base).collect()
}

fn has_word(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word)
}

/// Whether a character is followed by its skin tone.
fn is_toned(base: char, tone: Option<&char>) -> bool {
    let bases = CodePointSetData::new::<EmojiModifierBase>();
    let tones = CodePointSetData::new::<EmojiModifier>();
    bases.contains(base) && tone.is_some_and(|tone| tones.contains(*tone))
}

/// Whether a character is text without a selector, and an emoji with U+FE0F.
fn has_two_styles(c: char) -> bool {
    is_emoji(c) && !CodePointSetData::new::<EmojiPresentation>().contains(c)
}

fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<Emoji>().contains(c)
}

fn is_pictograph(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}
