//! `/admin`: who may see which of its sections.

use leaderport::Role;
use leptos::either::EitherOf3;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::api::account::load_reader;
use crate::components::refused::Refused;
use crate::document::page_title::PageTitle;
use crate::error::PageError;
use crate::islands::admin::{AdminIsland, Query, SECTIONS};
use crate::pages::not_found::NotFound;

/// The admin page.
#[component]
pub fn AdminPage() -> impl IntoView {
    let section = use_params_map().with_untracked(|p| p.get("section"));
    let section = section.unwrap_or_default();
    let query = use_query_map().get_untracked().into_iter();
    let query: Query = query.map(|(name, value)| (name.into_owned(), value)).collect();
    view! {
        <PageTitle text="Admin" />
        <Suspense>
            {move || {
                let (section, query) = (section.clone(), query.clone());
                Suspend::new(async move {
                    let role = load_reader().await.map(|reader| reader.role);
                    match role {
                        Some(role) if role < Role::Moderator => EitherOf3::A(view! { <NoAdmin is_known=true /> }),
                        None => EitherOf3::A(view! { <NoAdmin is_known=false /> }),
                        Some(_) if path(&section).is_none() => EitherOf3::B(view! { <NotFound /> }),
                        Some(role) => EitherOf3::C(view! { <Sections section query role /> }),
                    }
                })
            }}
        </Suspense>
    }
}

/// The path of a section that there is.
fn path(section: &str) -> Option<&'static str> {
    let of = |path: &&str| path.trim_start_matches("/admin").trim_start_matches('/') == section;
    SECTIONS.iter().map(|(path, ..)| *path).find(of)
}

#[component]
fn NoAdmin(is_known: bool) -> impl IntoView {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(if is_known {
            http::StatusCode::FORBIDDEN
        } else {
            http::StatusCode::UNAUTHORIZED
        });
    }
    let error = if is_known {
        PageError::new(
            "forbidden",
            "This page is for moderators and admins, and you are neither.",
        )
    } else {
        PageError::new(
            "unauthorized",
            "This page is for moderators and admins. Sign in as one.",
        )
    };
    view! { <Refused error /> }
}

#[component]
fn Sections(section: String, query: Query, role: Role) -> impl IntoView {
    let current = path(&section);
    let tab = |(path, words, _): (&'static str, &'static str, Role)| {
        let is_current = (current == Some(path)).then_some("page");
        view! { <li><a href=path class="tab" aria-current=is_current>{words}</a></li> }
    };
    let tabs = SECTIONS.into_iter().filter(|s| role >= s.2).map(tab);
    view! {
        <div class="admin">
            <h1>"Admin"</h1>
            <nav aria-label="Admin">
                <ul class="tabs">{tabs.collect_view()}</ul>
            </nav>
            <AdminIsland section query role />
        </div>
    }
}
