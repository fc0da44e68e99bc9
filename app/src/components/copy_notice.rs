//! Says that a page is a copy, and of when.

use leaderport::Timestamp;
use leptos::prelude::*;

use crate::features::home_sync::Staleness;
use crate::words;
use crate::words::dates::instant;

/// The notice. While the staleness is unknown, a style sheet that the service worker adds to cached
/// pages shows it (`public/sw.js`, `public/copy.css`).
#[component]
pub fn CopyNotice(
    /// When the page was made.
    at: Timestamp,
    /// Whether the page is current; unknown on pages without code.
    #[prop(optional, into)]
    staleness: Signal<Staleness>,
) -> impl IntoView {
    let class = move || match staleness.get() {
        Staleness::Unknown => "degraded copy-notice",
        Staleness::Current | Staleness::Stale(_) => "degraded",
    };
    let text = move || match staleness.get() {
        Staleness::Stale(Some(lost_at)) => words::last_updated(instant(lost_at)),
        Staleness::Unknown | Staleness::Current | Staleness::Stale(None) => {
            words::last_updated(instant(at))
        }
    };
    view! {
        <p class=class role="status" hidden=move || staleness.get() == Staleness::Current>{text}</p>
    }
}
