//! One file a route: what is read for it, and written into the document.

pub mod account;
pub mod admin;
pub mod board;
pub mod docs;
pub mod home;
pub mod not_found;
pub mod player;

use leptos::prelude::*;

use crate::components::page_title::PageTitle;
use crate::components::refused::{Refused, title};
use crate::error::PageError;

/// A page that could not be shown, and what it is called.
#[component]
fn RefusedPage(error: PageError) -> impl IntoView {
    view! {
        <PageTitle text=title(&error) />
        <Refused error />
    }
}
