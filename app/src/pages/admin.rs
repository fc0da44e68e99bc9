//! `/admin`: checks the reader's role and shows the sections for it.

use leaderport::Role;
use leptos::either::EitherOf3;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::api::reader::account::{has_admin_page, load_reader};
use crate::components::admin::{Query, Section};
use crate::components::page::page_title::PageTitle;
use crate::components::page::refused::Refused;
use crate::error::PageError;
use crate::islands::admin::AdminIsland;
use crate::pages::not_found::NotFound;
use crate::words;

/// The admin page.
#[component]
pub fn AdminPage() -> impl IntoView {
    let section = use_params_map().with_untracked(|p| p.get("section"));
    let section = section.unwrap_or_default();
    let query = use_query_map().get_untracked().into_iter();
    let query: Query = query
        .map(|(name, value)| (name.into_owned(), value))
        .collect();
    view! {
        <PageTitle text=words::admin() />
        <Suspense>
            {move || {
                let (section, query) = (section.clone(), query.clone());
                Suspend::new(async move {
                    let has_page = has_admin_page();
                    let role = load_reader().await.map(|reader| reader.role);
                    match role {
                        _ if !has_page => EitherOf3::C(view! { <NotFound /> }),
                        Some(role) if role < Role::Moderator => EitherOf3::A(view! { <NoAdmin is_known=true /> }),
                        None => EitherOf3::A(view! { <NoAdmin is_known=false /> }),
                        Some(role) => match find(&section, role) {
                            Some(section) => EitherOf3::B(view! { <Sections section query role /> }),
                            None => EitherOf3::C(view! { <NotFound /> }),
                        },
                    }
                })
            }}
        </Suspense>
    }
}

/// The section of a name. Without a name, the first section that the role can use.
fn find(name: &str, role: Role) -> Option<Section> {
    if name.is_empty() {
        return Section::ALL
            .into_iter()
            .find(|section| role >= section.role());
    }
    let of = |section: &Section| section.path().strip_prefix("/admin/") == Some(name);
    Section::ALL.into_iter().find(of)
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
        PageError::new("forbidden", words::for_moderators_and_admins())
    } else {
        PageError::new("unauthorized", words::sign_in_as_moderator())
    };
    view! { <Refused error /> }
}

#[component]
fn Sections(section: Section, query: Query, role: Role) -> impl IntoView {
    let tab = |of: Section| {
        let is_current = (section == of).then_some("page");
        view! { <li><a href=of.path() class="tab" aria-current=is_current>{of.words()}</a></li> }
    };
    let tabs = Section::ALL
        .into_iter()
        .filter(|s| role >= s.role())
        .map(tab);
    view! {
        <div class="admin">
            <h1>{words::admin()}</h1>
            <nav aria-label=words::admin()>
                <ul class="tabs">{tabs.collect_view()}</ul>
            </nav>
            <p class="quiet no-code">{words::actions_need_javascript()}</p>
            <AdminIsland section query />
        </div>
    }
}
