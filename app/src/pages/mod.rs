//! The pages, one file for each route. A page loads its data and renders it into the document.

pub mod account;
pub mod admin;
pub mod board;
pub mod docs;
pub mod home;
pub mod not_found;
pub mod player;
pub mod settings;

use leptos::prelude::*;

use crate::components::page::page_title::PageTitle;
use crate::components::page::refused::{Refused, title};
use crate::error::PageError;

/// A page that cannot be shown, with its title.
#[component]
fn RefusedPage(error: PageError) -> impl IntoView {
    view! {
        <PageTitle text=title(&error) />
        <Refused error />
    }
}
