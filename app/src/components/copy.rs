//! Says of a page that the browser kept that it is a copy, and of when.

use std::sync::Arc;

use leaderport::service::Leaderboards;
use leptos::prelude::*;

use crate::locale::dates;
use crate::words;

/// Hidden as the server writes it: the worker shows it in a page that it kept (`public/sw.js`),
/// and a page that hears of changes hides it again.
#[component]
pub fn Copy() -> impl IntoView {
    let now = expect_context::<Arc<Leaderboards>>().now();
    view! {
        <p id="copy" class="degraded" role="status" hidden>{words::this_is_a_copy(dates::instant(now))}</p>
    }
}
