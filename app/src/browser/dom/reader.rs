//! The reader of the document, named in its header, and the player whose name others may see, named by
//! its root element.

use leaderport::PlayerId;
use leptos::prelude::document;

use crate::core::submit::outbox::ScoreOwner;

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

/// The attribute of the root element with the player whose name others may see (`document/mod.rs`).
const VISIBLE_AS: &str = "data-visible-as";

/// The player whose name others may see, by the reader's settings.
#[must_use]
pub fn visible_player() -> Option<String> {
    document().document_element()?.get_attribute(VISIBLE_AS)
}

/// Notes the player whose name others may see in the current document.
pub fn set_visible_player(player: Option<&PlayerId>) {
    let Some(root) = document().document_element() else {
        return;
    };
    // Fails only for a malformed name.
    let _ = match player {
        Some(player) => root.set_attribute(VISIBLE_AS, player.as_str()),
        None => root.remove_attribute(VISIBLE_AS),
    };
}
