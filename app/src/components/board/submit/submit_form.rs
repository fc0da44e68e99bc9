//! The form that submits a score: a plain form without JavaScript, with optimistic updates
//! otherwise. A board with a game has none, because its scores come from the game.

use leptos::server_fn::ServerFn;
use leptos::{ev, prelude::*};

use super::unsent_scores::UnsentScores;
use crate::api::submit::SubmitScore;
use crate::components::board::season::season_result::CurrentSeason;
use crate::components::form::field_error::FieldError;
use crate::core::submit::submit_status::SubmitField;
use crate::features::board::board_state::BoardState;
use crate::features::submit::submit_outcome::start_sending;
use crate::features::submit::submit_score::{forget_error, submit_form, sync_name_field};
use crate::locale::numbers;
use crate::words;

/// An example score, which the field's placeholder shows in the board's format.
const EXAMPLE: i64 = 12_345;

/// The form and the outcome of submissions, or the reason why there is no form. Nothing on a board
/// with a game.
#[component]
pub fn SubmitForm(state: BoardState) -> impl IntoView {
    start_sending(state);
    sync_name_field(state);
    (!state.has_game()).then(|| view! { <ScoreForm state /> })
}

/// The reader's scores that were not recorded, and the state of the last submission.
#[component]
pub fn SubmitOutcome(state: BoardState) -> impl IntoView {
    view! {
        <UnsentScores state />
        <p class="status" role="status" data-status=move || state.submit_status.read().kind()>
            {move || state.submit_status.read().text().to_owned()}
        </p>
    }
}

#[component]
fn ScoreForm(state: BoardState) -> impl IntoView {
    let board = state.board();
    let closed = state.closed();
    let is_closed = closed.is_some();
    let me = state.me.get_untracked();
    let name = me.map(|me| me.name.to_string()).unwrap_or_default();
    let example = leaderport::Score::new(EXAMPLE).unwrap_or_default();
    let label = if board.unit.is_empty() {
        words::score().to_owned()
    } else {
        words::score_in_unit(board.unit)
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        submit_form(state);
    };
    let error_at = move |field| {
        Signal::derive(move || {
            let status = state.submit_status.read();
            status.reason_at(field).map(str::to_owned)
        })
    };
    let [of_name, of_score] = [SubmitField::Name, SubmitField::Score].map(error_at);
    let is_invalid =
        |error: Signal<Option<String>>| move || error.read().is_some().then_some("true");
    // A score that was refused without JavaScript is in a new document.
    let gets_focus = |error: Signal<Option<String>>| error.read_untracked().is_some();
    view! {
        <section class="panel" aria-labelledby="submit">
            <h2 id="submit">{words::submit_a_score()}</h2>
            <p class="closed" hidden=!is_closed>{closed}</p>
            <CurrentSeason state />
            <div hidden=is_closed>
                <form method="post" action=SubmitScore::url() class="submit" novalidate=move || state.is_hydrated.get() on:submit=submit>
                    <input type="hidden" name="slug" value=board.slug.to_string() />
                    <input type="hidden" name="shown_name" value=name.clone() />
                    <label for="name">{words::name()}</label>
                    <input
                        id="name"
                        name="name"
                        node_ref=state.form.name
                        required
                        maxlength="40"
                        autocomplete="nickname"
                        value=name
                        aria-invalid=is_invalid(of_name)
                        aria-describedby="name-error"
                        autofocus=gets_focus(of_name)
                        on:input=move |_| forget_error(state, SubmitField::Name)
                    />
                    <FieldError field="name" text=of_name />
                    <label for="score">{label}</label>
                    <input
                        id="score"
                        name="score"
                        node_ref=state.form.score
                        required
                        inputmode="decimal"
                        autocomplete="off"
                        placeholder=numbers::score(board.format, example)
                        aria-invalid=is_invalid(of_score)
                        aria-describedby="score-error"
                        autofocus=gets_focus(of_score)
                        on:input=move |_| forget_error(state, SubmitField::Score)
                    />
                    <FieldError field="score" text=of_score />
                    <button type="submit" class="button">{words::submit()}</button>
                </form>
            </div>
            <SubmitOutcome state />
        </section>
    }
}
