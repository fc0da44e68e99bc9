//! The admin page. The service checks every call; the page shows only what the reader may do.

use leptos::{html, prelude::*};

use crate::browser::dom::focus_guard::keep_focus_in;
use crate::components::admin::accounts::Accounts;
use crate::components::admin::audit::Audit;
use crate::components::admin::boards::Boards;
use crate::components::admin::engine::Engine;
use crate::components::admin::keys::Keys;
use crate::components::admin::metrics::Vitals;
use crate::components::admin::overview::Overview;
use crate::components::admin::players::Players;
use crate::components::admin::seasons::Seasons;
use crate::components::admin::{Address, Query, Section};

/// A section of the admin page.
#[island(lazy)]
pub fn AdminIsland(
    /// The section.
    section: Section,
    /// The query of the page's address.
    query: Query,
) -> impl IntoView {
    provide_context(Address(StoredValue::new(query)));
    // Buttons are disabled until hydration, because an earlier click would be lost.
    let is_ready = RwSignal::new(false);
    let root = NodeRef::<html::Div>::new();
    Effect::new(move || {
        if let Some(root) = root.get() {
            keep_focus_in(&root);
            is_ready.set(true);
        }
    });
    let view = match section {
        Section::Overview => view! { <Overview /> }.into_any(),
        Section::Metrics => view! { <Vitals /> }.into_any(),
        Section::Boards => view! { <Boards /> }.into_any(),
        Section::Seasons => view! { <Seasons /> }.into_any(),
        Section::Players => view! { <Players /> }.into_any(),
        Section::Keys => view! { <Keys /> }.into_any(),
        Section::Accounts => view! { <Accounts /> }.into_any(),
        Section::Audit => view! { <Audit /> }.into_any(),
        Section::System => view! { <Engine /> }.into_any(),
    };
    view! { <div class="section" node_ref=root class:ready=move || is_ready.get()>{view}</div> }
}
