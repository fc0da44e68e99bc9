//! The reader that the document names, on pages that do not show one.

use leaderport::PlayerId;
use leptos::prelude::document;

use crate::core::outbox::ScoreOwner;

/// The id of the element in the header that names the reader (`document/reader.rs`).
pub const ELEMENT: &str = "reader";

/// The reader of the document; none if the server did not know them.
#[must_use]
pub fn reader_of_document() -> Option<ScoreOwner> {
    let element = document().get_element_by_id(ELEMENT)?;
    let player = element.get_attribute("value")?;
    Some(ScoreOwner {
        player: PlayerId::stored(&player).ok()?,
        has_account: element.has_attribute("data-account"),
    })
}
