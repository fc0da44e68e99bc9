//! Submits a score: as a form without JavaScript, optimistically with it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api::submit::SubmitScore;
use crate::components::{text, written};
use crate::features::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// What the form says of the last attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Nothing yet.
    Nothing,
    /// On its way.
    Pending(String),
    /// Recorded.
    Done(String),
    /// Refused: why.
    Refused(String),
}

/// The form to submit a score as a guest.
#[component]
pub fn SubmitForm(state: BoardState) -> impl IntoView {
    let said = state.said;
    #[cfg(feature = "hydrate")]
    let desk = desk(state);
    let submit = move |event: leptos::ev::SubmitEvent| {
        #[cfg(feature = "hydrate")]
        crate::features::submit_score::submit(&desk, &event);
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    let closed = state.closed();
    let is_closed = closed.is_some();
    let fields = written(|| fields(state));
    view! {
        <section class="panel" aria-labelledby="submit">
            <h2 id="submit">{words::submit_a_score()}</h2>
            <p class="closed" hidden=!is_closed>{closed.unwrap_or_default()}</p>
            <div hidden=is_closed>
                <form method="post" action=SubmitScore::url() class="submit" on:submit=submit inner_html=fields></form>
            </div>
            // What waits is listed here, as soon as anything does.
            <div id="waiting"></div>
            <p class="said" role="status" data-said=text(move || said.with(Said::kind).to_owned())>{text(move || said.with(Said::words))}</p>
        </section>
    }
}

/// What is filled in.
fn fields(state: BoardState) -> impl IntoView {
    let board = state.board();
    let name = state
        .me
        .with(|me| me.as_ref().map(|me| me.name.to_string()))
        .unwrap_or_default();
    let placeholder = numbers::score(
        board.format,
        leaderport::Score::new(12_345).unwrap_or_default(),
    );
    let label = if board.unit.is_empty() {
        words::score().to_owned()
    } else {
        words::score_in_unit(board.unit)
    };
    view! {
        <input type="hidden" name="slug" value=board.slug.to_string() />
        <label for="name">{words::name()}</label>
        <input id="name" name="name" required maxlength="40" autocomplete="nickname" value=name />
        <label for="score">{label}</label>
        <input id="score" name="score" required inputmode="decimal" autocomplete="off" placeholder=placeholder />
        <button type="submit" class="button">{words::submit()}</button>
    }
}

/// What scores are sent with, from now until the page is left.
#[cfg(feature = "hydrate")]
fn desk(state: BoardState) -> crate::features::submit_outcome::Desk {
    let desk = crate::features::submit_outcome::Desk {
        state,
        kept: use_context().unwrap_or_default(),
        toasts: use_context().unwrap_or_default(),
        owner: Owner::current().unwrap_or_default(),
    };
    let begun = desk.clone();
    let is_alive = state.is_alive;
    Effect::new(move |is_begun: Option<bool>| {
        let is_begun = is_begun.unwrap_or_default();
        if is_alive.get() && !is_begun {
            crate::features::submit_outcome::begin(begun.clone());
        }
        is_begun || is_alive.get_untracked()
    });
    desk
}

impl Said {
    fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Pending(_) => "pending",
            Self::Done(_) => "done",
            Self::Refused(_) => "refused",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Pending(words) | Self::Done(words) | Self::Refused(words) => words.clone(),
        }
    }
}
