//! The admin page.

use leptos::prelude::*;

use super::given;
use crate::components::admin::accounts::Accounts;
use crate::components::admin::audit::Audit;
use crate::components::admin::boards::Boards;
use crate::components::admin::engine::Engine;
use crate::components::admin::keys::Keys;
use crate::components::admin::metrics::Vitals;
use crate::components::admin::players::Players;
use crate::components::admin::seasons::Seasons;
use crate::components::admin::{Address, Query, Section};

/// A section, alive. Begins with which, and what the address asks for.
#[island(lazy)]
pub fn AdminIsland() -> impl IntoView {
    let (section, query) = given::<(Section, Query)>();
    provide_context(Address(StoredValue::new(query)));
    // What is pressed before the page's code is there would be lost.
    let is_ready = RwSignal::new(false);
    Effect::new(move |_| is_ready.set(true));
    let view = match section {
        Section::Engine => view! { <Engine /> }.into_any(),
        Section::Metrics => view! { <Vitals /> }.into_any(),
        Section::Boards => view! { <Boards /> }.into_any(),
        Section::Seasons => view! { <Seasons /> }.into_any(),
        Section::Players => view! { <Players /> }.into_any(),
        Section::Keys => view! { <Keys /> }.into_any(),
        Section::Accounts => view! { <Accounts /> }.into_any(),
        Section::Audit => view! { <Audit /> }.into_any(),
    };
    view! { <div class="section" class:ready=move || is_ready.get()>{view}</div> }
}
