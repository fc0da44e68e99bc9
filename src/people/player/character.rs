//! Properties of single characters (Unicode Character Database).

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

pub(super) const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
pub(super) const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Characters that show nothing, although their categories are visible: a musical notehead,
/// an object without a text, blank hieroglyphs, a filler.
const BLANK: [char; 5] = [
    '\u{fffc}',
    '\u{13441}',
    '\u{13442}',
    '\u{16fe4}',
    '\u{1d159}',
];

/// Whether a character is text in every context.
pub(super) fn is_text(c: char) -> bool {
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

pub(super) fn is_mark(c: char) -> bool {
    matches!(
        category(c),
        GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    )
}

/// Whether a character is a letter of a script without upper and lower case.
pub(super) fn is_letter(c: char) -> bool {
    category(c) == GeneralCategory::OtherLetter
}

pub(super) fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

pub(super) fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}
