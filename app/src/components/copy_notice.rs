//! The notice that a page is a cached copy, with the copy's time.

use leaderport::Timestamp;
use leptos::prelude::*;

use crate::features::home_sync::Staleness;
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
