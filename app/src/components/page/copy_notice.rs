//! The notice that a page is a cached copy, with the copy's time.

use leaderport::Timestamp;
use leptos::prelude::*;

use crate::features::sync::home_sync::Staleness;
use crate::words;
use crate::words::dates::instant;

/// The notice. While the staleness is unknown, the notice is visible only on pages that the service
/// worker serves from its cache: it adds a style sheet (`public/sw.js`, `public/copy.css`).
#[component]
pub fn CopyNotice(
    /// When the server rendered the page.
    at: Timestamp,
    /// Whether the page is current; unknown on pages that load no code.
    #[prop(optional, into)]
    staleness: Signal<Staleness>,
) -> impl IntoView {
    let copy = move || {
        let is_unknown = staleness.get() == Staleness::Unknown;
        let text = words::last_updated(instant(at));
        is_unknown.then(|| view! { <p class="degraded copy-notice">{text}</p> })
    };
    let stale = move || match staleness.get() {
        Staleness::Stale(lost_at) => {
            let text = words::last_updated(instant(lost_at.unwrap_or(at)));
            Some(view! { <p class="degraded">{text}</p> })
        }
        Staleness::Unknown | Staleness::Current => None,
    };
    // The live region is empty at first, so that screen readers know it before it changes.
    view! {
        {copy}
        <div role="status">{stale}</div>
    }
}
