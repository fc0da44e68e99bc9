//! The browser's storage of short texts, which outlive the page.

use leptos::prelude::window;
use web_sys::Storage;

/// The storage; none if the browser refuses it.
#[must_use]
pub fn local_storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// The text stored under a key.
#[must_use]
pub fn stored_text(key: &str) -> Option<String> {
    local_storage()?.get_item(key).ok().flatten()
}

/// Stores a text under a key, or removes it. A full storage keeps what it has.
pub fn store_text(key: &str, text: Option<&str>) {
    if let Some(storage) = local_storage() {
        let _ = match text {
            Some(text) => storage.set_item(key, text),
            None => storage.remove_item(key),
        };
    }
}
