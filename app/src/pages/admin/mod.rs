//! `/admin`: what a deployment is run by. Its code is loaded by who opens it:
//! players never download it. The service refuses whoever may not; the page only
//! shows what they may.

pub mod accounts;
pub mod audit;
pub mod boards;
pub mod engine;
pub mod keys;
pub mod players;
pub mod seasons;
pub mod vitals;

use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};

use self::accounts::Accounts;
use self::audit::Audit;
use self::boards::Boards;
use self::engine::Engine;
use self::keys::Keys;
use self::players::Players;
use self::seasons::Seasons;
use self::vitals::Vitals;
use crate::api::account::{Reader, load_reader};
use crate::components::page_title::PageTitle;
use crate::components::refused::Refused;
use crate::error::PageError;
use crate::pages::instant;
use leaderport::Role;

/// The sections: path, words, and the least role that has a use for it.
const SECTIONS: [(&str, &str, Role); 8] = [
    ("/admin", "Engine", Role::Admin),
    ("/admin/metrics", "Metrics", Role::Admin),
    ("/admin/boards", "Boards", Role::Admin),
    ("/admin/seasons", "Seasons", Role::Admin),
    ("/admin/players", "Players", Role::Moderator),
    ("/admin/keys", "Keys", Role::Admin),
    ("/admin/accounts", "Accounts", Role::Admin),
    ("/admin/audit", "Audit log", Role::Admin),
];

/// The admin page.
pub struct AdminPage {
    reader: Resource<Result<Option<Reader>, PageError>>,
}

#[lazy_route]
impl LazyRoute for AdminPage {
    fn data() -> Self {
        Self {
            reader: Resource::new(|| (), |()| load_reader()),
        }
    }

    fn view(this: Self) -> AnyView {
        let AdminPage { reader } = this;
        view! {
            <PageTitle text="Admin" />
            <Suspense fallback=|| view! { <p class="quiet">"Loading…"</p> }>
                {move || Suspend::new(async move {
                    let role = reader.await.ok().flatten().map(|reader| reader.role);
                    match role {
                        Some(role) if role >= Role::Moderator => Either::Left(view! { <Sections role /> }),
                        role => Either::Right(view! { <NoAdmin is_known=role.is_some() /> }),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

#[component]
fn NoAdmin(is_known: bool) -> impl IntoView {
    #[cfg(feature = "ssr")]
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
fn Sections(role: Role) -> impl IntoView {
    // What is pressed before the page's code is there would be lost.
    let is_ready = RwSignal::new(false);
    Effect::new(move |_| is_ready.set(true));
    let params = use_params_map();
    let section = move || params.with(|p| p.get("section")).unwrap_or_default();
    let tab = move |path: &'static str, words: &'static str| {
        let of = path.strip_prefix("/admin").unwrap_or(path);
        let of = of.trim_start_matches('/');
        let current = move || (section() == of).then_some("page");
        view! {
            <li>
                <a href=path class="tab" aria-current=current>{words}</a>
            </li>
        }
    };
    view! {
        <div class="admin" class:ready=move || is_ready.get()>
            <h1>"Admin"</h1>
            <nav aria-label="Admin">
                <ul class="tabs">
                    {SECTIONS.into_iter().filter(|s| role >= s.2).map(|(path, words, _)| tab(path, words)).collect_view()}
                </ul>
            </nav>
            {move || match section().as_str() {
                "" if role < Role::Admin => view! { <Players /> }.into_any(),
                "" => view! { <Engine /> }.into_any(),
                "players" => view! { <Players /> }.into_any(),
                "audit" => view! { <Audit /> }.into_any(),
                "seasons" => view! { <Seasons /> }.into_any(),
                "metrics" => view! { <Vitals /> }.into_any(),
                "boards" => view! { <Boards /> }.into_any(),
                "keys" => view! { <Keys /> }.into_any(),
                "accounts" => view! { <Accounts /> }.into_any(),
                _ => view! { <crate::pages::not_found::NotFound /> }.into_any(),
            }}
        </div>
    }
}

/// What became of the last action: why it was refused, else nothing.
#[component]
fn WhyNot<T: Send + Sync + Clone + 'static>(
    /// The answers of the action.
    #[prop(into)]
    value: Signal<Option<Result<T, PageError>>>,
) -> impl IntoView {
    let words = move || value.get().and_then(Result::err).map(|error| error.message);
    view! { <p class="said" role="status" data-said="refused">{words}</p> }
}

/// Has the safe answer at hand while something is asked.
fn focus_when(is_asking: Signal<bool>, no: NodeRef<leptos::html::Button>) {
    Effect::new(move |_| {
        if let (true, Some(no)) = (is_asking.get(), no.get()) {
            // A browser that does not let us leaves the focus where it is.
            let _ = no.focus();
        }
    });
}

/// A button that says what will happen and asks again before it does it.
#[component]
fn Confirm(
    /// What the button says.
    label: &'static str,
    /// What will happen, as a question.
    #[prop(into)]
    question: String,
    /// Does it.
    yes: Callback<()>,
) -> impl IntoView {
    let is_asking = RwSignal::new(false);
    let no = NodeRef::<leptos::html::Button>::new();
    focus_when(is_asking.into(), no);
    let question = StoredValue::new(question);
    view! {
        <Show
            when=move || is_asking.get()
            fallback=move || view! {
                <button type="button" class="small" on:click=move |_| is_asking.set(true)>{label}</button>
            }
        >
            <span class="confirm" role="group" aria-label=question.get_value()>
                <span>{question.get_value()}</span>
                <button
                    type="button"
                    class="small danger"
                    on:click=move |_| {
                        is_asking.set(false);
                        yes.run(());
                    }
                >
                    {label}
                </button>
                <button type="button" class="small" node_ref=no on:click=move |_| is_asking.set(false)>"Leave it"</button>
            </span>
        </Show>
    }
}
