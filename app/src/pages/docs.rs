//! `/docs` and all addresses below: the documents, with a table of contents at the side.

use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::docs::{self, Document, Group, Heading};
use crate::components::page::page_title::PageTitle;
use crate::pages::not_found::NotFound;
use crate::words;

/// The language of the documents.
const LANGUAGE: &str = "en";

/// The document of the address.
#[component]
pub fn DocsPage() -> impl IntoView {
    let page = use_params_map().with_untracked(|params| params.get("page"));
    let address = format!("/docs/{}", page.unwrap_or_default());
    match docs::find(address.trim_end_matches('/')) {
        Some(document) => Either::Left(view! { <DocumentPage document /> }),
        None => Either::Right(view! { <NotFound /> }),
    }
}

#[component]
fn DocumentPage(document: &'static Document) -> impl IntoView {
    let title = &document.title;
    view! {
        <PageTitle text=title.text.clone() />
        <div class="docs">
            <Contents document />
            <article class="prose" lang=LANGUAGE>
                <h1 id=title.anchor.as_str()>{title.text.as_str()}</h1>
                <div inner_html=document.html.as_str()></div>
            </article>
        </div>
    }
}

/// The list of all documents. A small screen shows it after a tap.
#[component]
fn Contents(document: &'static Document) -> impl IntoView {
    let is_decision = document.group == Some(Group::Decisions);
    view! {
        <details class="docs-menu">
            <summary>{words::contents()}</summary>
            <nav aria-label=words::documentation()>
                <p>{words::guide()}</p>
                <Entries group=Group::Guide current=document />
                <p>{words::recipes()}</p>
                <Entries group=Group::Recipes current=document />
                <details open=is_decision>
                    <summary>{words::decisions()}</summary>
                    <Entries group=Group::Decisions current=document />
                </details>
            </nav>
        </details>
    }
}

/// The links to a group's documents. The sections of the current document follow its link.
#[component]
fn Entries(group: Group, current: &'static Document) -> impl IntoView {
    let entry = |document: &'static Document| {
        let is_current = document.address == current.address;
        // The first page of a group is labelled "overview", because its title would repeat the
        // group's name.
        let (text, language) = if document.is_index {
            (words::overview(), None)
        } else {
            (document.title.text.as_str(), Some(LANGUAGE))
        };
        view! {
            <li>
                <a href=document.address.as_str() lang=language aria-current=is_current.then_some("page")>{text}</a>
                {is_current.then(|| view! { <Sections document /> })}
            </li>
        }
    };
    view! { <ul>{docs::list(group).map(entry).collect_view()}</ul> }
}

/// The links to the sections of the current document.
#[component]
fn Sections(document: &'static Document) -> impl IntoView {
    let section = |section: &'static Heading| {
        let href = format!("#{}", section.anchor);
        view! { <li><a href=href>{section.text.as_str()}</a></li> }
    };
    let has_sections = !document.sections.is_empty();
    has_sections.then(|| {
        view! {
            <p id="on-this-page">{words::on_this_page()}</p>
            <ul aria-labelledby="on-this-page" lang=LANGUAGE>{document.sections.iter().map(section).collect_view()}</ul>
        }
    })
}
