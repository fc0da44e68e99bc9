//! A part of an island, which comes alive in a turn of its own.
//!
//! The server writes an island whole. To hydrate it whole would be one task: a browser compiles
//! each function as it is first called, so that on a phone a board took a third of a second, in
//! which the page answered nobody. Between parts it answers.

use leptos::prelude::*;

/// A part. Parts come alive in the order in which they stand in the view; what one of them may
/// change before the next is alive must be nothing that the next is drawn from, for it takes over
/// what the server wrote.
#[component]
pub fn Part<C: IntoView + 'static>(
    /// What its element is called in the styles.
    class: &'static str,
    /// What is in it.
    children: TypedChildren<C>,
) -> impl IntoView {
    let children = children.into_inner();
    let place = NodeRef::<leptos::html::Div>::new();
    #[cfg(feature = "ssr")]
    let html = super::written(children);
    #[cfg(not(feature = "ssr"))]
    let html = String::new();
    #[cfg(feature = "hydrate")]
    crate::browser::hydration_queue::in_turn(move || {
        if let Some(place) = place.get_untracked() {
            // It lives as long as the page.
            std::mem::forget(children().hydrate_from::<true>(&place));
        }
    });
    view! { <div class=class node_ref=place inner_html=html></div> }
}
