//! The texts of a board's look: its colour and its emblem.

use leaderport::{Accent, Emblem};

use crate::words::texts;

texts! {
    board_look = "Look";
    accent = "Colour";
    emblem = "Emblem";
    accent_indigo = "Indigo";
    accent_teal = "Teal";
    accent_amber = "Amber";
    accent_rose = "Rose";
    accent_violet = "Violet";
    accent_lime = "Lime";
    accent_sky = "Sky";
    accent_slate = "Slate";
    emblem_trophy = "Trophy";
    emblem_stopwatch = "Stopwatch";
    emblem_racket = "Racket";
    emblem_flag = "Flag";
    emblem_bolt = "Bolt";
    emblem_target = "Target";
    emblem_dice = "Dice";
    emblem_crown = "Crown";
    emblem_chess = "Chess";
    emblem_mountain = "Mountain";
    emblem_of_its_own = "Your own";
    upload_emblem = "Upload your own";
    upload_explained = "An SVG or PNG of at most 64 KB. It is shown at once, to everyone.";
    upload_after_saving = "Save the board first. Then you can upload an emblem.";
    emblem_is_uploaded = "Your emblem is uploaded and shown.";
    emblem_is_too_large = "This file is too large. Choose one of at most 64 KB.";
    emblem_is_no_picture = "Choose an SVG or a PNG file.";
    emblem_is_refused(reason) = "This picture can’t be used: {reason}.";
    emblem_is_not_uploaded = "The upload failed. Try again.";
    remove_emblem = "Remove your emblem";
    remove_emblem_question = "Remove the uploaded picture? It disappears at once, for everyone, and is not kept.";
    own_emblem_is_removed = "Your emblem is removed.";
    own_emblem_is_not_removed = "Your emblem was not removed. Try again.";
    emblem_needs_a_picture = "Upload a picture first, or choose another emblem.";
    look_sample = "Sample";
    play_sample = "Play";
}

/// The display name of a colour.
#[must_use]
pub fn accent_name(accent: Accent) -> &'static str {
    match accent {
        Accent::Indigo => accent_indigo(),
        Accent::Teal => accent_teal(),
        Accent::Amber => accent_amber(),
        Accent::Rose => accent_rose(),
        Accent::Violet => accent_violet(),
        Accent::Lime => accent_lime(),
        Accent::Sky => accent_sky(),
        Accent::Slate => accent_slate(),
    }
}

/// The display name of an emblem.
#[must_use]
pub fn emblem_name(emblem: Emblem) -> &'static str {
    match emblem {
        Emblem::Trophy => emblem_trophy(),
        Emblem::Stopwatch => emblem_stopwatch(),
        Emblem::Racket => emblem_racket(),
        Emblem::Flag => emblem_flag(),
        Emblem::Bolt => emblem_bolt(),
        Emblem::Target => emblem_target(),
        Emblem::Dice => emblem_dice(),
        Emblem::Crown => emblem_crown(),
        Emblem::Chess => emblem_chess(),
        Emblem::Mountain => emblem_mountain(),
        Emblem::Custom => emblem_of_its_own(),
    }
}
