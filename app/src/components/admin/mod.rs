//! The interactive sections of the admin page. Only the admin page loads their code, so players
//! never download it.
//!
//! The service checks all permissions. The page only hides the sections that a role cannot use.

pub mod accounts;
pub mod audit;
pub mod board_fields;
pub mod boards;
pub mod delete_board;
pub mod engine;
pub mod keys;
pub mod look_fields;
pub mod metrics;
pub mod metrics_tiles;
pub mod overview;
pub mod players;
pub mod rules_preview;
pub mod seasons;

use std::collections::BTreeMap;

use futures::future::LocalBoxFuture;
use leaderport::Role;
use leptos::ev;
use leptos::html::{self, Button};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use web_sys::HtmlButtonElement;

use crate::browser::dom::focus::focus;
use crate::error::PageError;
use crate::words;
use crate::words::dates::instant;

/// A section of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Section {
    Overview,
    Metrics,
    Boards,
    Seasons,
    Players,
    Keys,
    Accounts,
    Audit,
    System,
}

impl Section {
    /// All sections, in the order of the tabs.
    pub const ALL: [Self; 9] = [
        Self::Overview,
        Self::Metrics,
        Self::Boards,
        Self::Seasons,
        Self::Players,
        Self::Keys,
        Self::Accounts,
        Self::Audit,
        Self::System,
    ];

    /// The path of the section.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin",
            Self::Metrics => "/admin/metrics",
            Self::Boards => "/admin/boards",
            Self::Seasons => "/admin/seasons",
            Self::Players => "/admin/players",
            Self::Keys => "/admin/keys",
            Self::Accounts => "/admin/accounts",
            Self::Audit => "/admin/audit",
            Self::System => "/admin/system",
        }
    }

    /// The title of the section.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Overview => words::overview(),
            Self::Metrics => words::metrics(),
            Self::Boards => words::boards(),
            Self::Seasons => words::seasons(),
            Self::Players => words::players(),
            Self::Keys => words::keys(),
            Self::Accounts => words::accounts(),
            Self::Audit => words::audit_log(),
            Self::System => words::system(),
        }
    }

    /// The lowest role that can use the section.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Players => Role::Moderator,
            _ => Role::Admin,
        }
    }
}

/// The query of the page's address, by name.
pub type Query = BTreeMap<String, String>;

/// The page's address, from the context.
fn address() -> Address {
    expect_context()
}

/// The page's address.
#[derive(Clone, Copy)]
pub struct Address(pub StoredValue<Query>);

impl Address {
    /// The value of a name in the query.
    fn get(self, name: &str) -> Option<String> {
        self.0.with_value(|query| query.get(name).cloned())
    }
}

/// The reason why the last action was refused; empty otherwise.
#[component]
fn WhyNot<T: Send + Sync + Clone + 'static>(
    /// The answers of the action.
    #[prop(into)]
    value: Signal<Option<Result<T, PageError>>>,
) -> impl IntoView {
    let words = move || value.get().and_then(Result::err).map(|error| error.message);
    view! { <p class="status" role="status" data-status="refused">{words}</p> }
}

/// The buttons of a confirmation that take the focus.
#[derive(Clone, Copy, Default)]
struct ConfirmButtons {
    /// Opens the confirmation; it is absent while the confirmation is open.
    opener: NodeRef<Button>,
    /// The negative answer.
    no: NodeRef<Button>,
}

/// The place of the focus around a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConfirmFocus {
    Elsewhere,
    InConfirmation,
    /// The confirmation has closed, and its opener is not in the document yet.
    Returning,
}

/// Moves the focus to the negative answer when a confirmation opens, and back to its opener when it
/// closes.
fn manage_focus(is_asking: Signal<bool>, buttons: ConfirmButtons) {
    let focus_on = |button: Option<HtmlButtonElement>| {
        // A reference may still hold the element of an earlier confirmation.
        let button = button.filter(|button| button.is_connected());
        button.inspect(|button| focus(button)).is_some()
    };
    Effect::new(move |before: Option<ConfirmFocus>| {
        let (no, opener) = (buttons.no.get(), buttons.opener.get());
        if is_asking.get() {
            focus_on(no);
            return ConfirmFocus::InConfirmation;
        }
        let was_elsewhere = matches!(before, None | Some(ConfirmFocus::Elsewhere));
        if was_elsewhere || focus_on(opener) {
            ConfirmFocus::Elsewhere
        } else {
            ConfirmFocus::Returning
        }
    });
}

/// A button that explains its effect and asks for confirmation.
#[component]
fn Confirm(
    /// The label of the button.
    label: &'static str,
    /// The effect, as a question.
    #[prop(into)]
    question: Signal<String>,
    /// Called after the confirmation.
    yes: Callback<()>,
    /// Whether the action removes data or access.
    #[prop(optional)]
    is_dangerous: bool,
) -> impl IntoView {
    let is_asking = RwSignal::new(false);
    let buttons = ConfirmButtons::default();
    manage_focus(is_asking.into(), buttons);
    let close = Callback::new(move |()| is_asking.set(false));
    view! {
        <Show
            when=move || is_asking.get()
            fallback=move || view! {
                <button type="button" class="small" class:danger=is_dangerous node_ref=buttons.opener on:click=move |_| is_asking.set(true)>{label}</button>
            }
        >
            <Question text=question label is_dangerous no=buttons.no close yes />
        </Show>
    }
}

/// Loads the question of a confirmation.
type LoadQuestion = Callback<(), LocalBoxFuture<'static, Result<String, PageError>>>;

/// A button that loads its effect when it is pressed, and then asks for confirmation.
#[component]
fn AskFirst(
    /// The label of the button.
    label: &'static str,
    /// Loads the effect, as a question.
    load: LoadQuestion,
    /// Called after the confirmation.
    yes: Callback<()>,
    /// Called if the question cannot be loaded.
    refuse: Callback<PageError>,
    /// Whether the action removes data or access.
    #[prop(optional)]
    is_dangerous: bool,
) -> impl IntoView {
    let question = RwSignal::new(None::<String>);
    let buttons = ConfirmButtons::default();
    let is_asking = Signal::derive(move || question.with(Option::is_some));
    manage_focus(is_asking, buttons);
    let ask = move |_| {
        let loading = load.run(());
        leptos::task::spawn_local(async move {
            // The button is disposed if its row is rendered again before the answer.
            match loading.await {
                Ok(text) => {
                    question.try_set(Some(text));
                }
                Err(error) => {
                    refuse.try_run(error);
                }
            }
        });
    };
    let close = Callback::new(move |()| question.set(None));
    view! {
        {move || match question.get() {
            None => view! { <button type="button" class="small" class:danger=is_dangerous node_ref=buttons.opener on:click=ask>{label}</button> }.into_any(),
            Some(text) => view! { <Question text=Signal::stored(text) label is_dangerous no=buttons.no close yes /> }.into_any(),
        }}
    }
}

/// The question of a confirmation, with its answers. Escape is the negative one.
#[component]
fn Question(
    text: Signal<String>,
    /// The label of the positive answer.
    label: &'static str,
    /// Whether the positive answer is red.
    is_dangerous: bool,
    /// The negative answer.
    no: NodeRef<Button>,
    /// Called with each answer.
    close: Callback<()>,
    /// Called with the positive answer.
    yes: Callback<()>,
) -> impl IntoView {
    let confirm = move |_| {
        close.run(());
        yes.run(());
    };
    let press_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close.run(());
        }
    };
    let is_harmless = !is_dangerous;
    view! {
        <span class="confirm" role="group" aria-label=move || text.get() on:keydown=press_key>
            <span>{move || text.get()}</span>
            <button type="button" class="small" class:danger=is_dangerous class:sure=is_harmless on:click=confirm>{label}</button>
            <button type="button" class="small" node_ref=no on:click=move |_| close.run(())>{words::cancel()}</button>
        </span>
    }
}

/// A menu of actions that few readers need. It closes when an action begins.
#[component]
fn Overflow<B>(
    /// The label of the menu.
    label: &'static str,
    /// Whether an action is running.
    is_busy: B,
    children: Children,
) -> impl IntoView
where
    B: Fn() -> bool + Send + Sync + 'static,
{
    let menu = NodeRef::<html::Details>::new();
    Effect::new(move || {
        // A reload of the table disposes the menu, perhaps before this effect.
        let menu = menu.try_get().flatten();
        if let Some(menu) = menu.filter(|_| is_busy()) {
            menu.set_open(false);
        }
    });
    view! {
        <details class="overflow" node_ref=menu>
            <summary class="small">{label}</summary>
            <div class="tools">{children()}</div>
        </details>
    }
}
