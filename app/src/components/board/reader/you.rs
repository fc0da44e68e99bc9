//! The reader's card: rank, score and history, and a button that scrolls to the reader's row.

use leaderport::Score;
use leptos::either::Either;
use leptos::{ev, prelude::*};

use crate::components::board::gap::GapToLeader;
use crate::components::board::reader::notify::NotifyMe;
use crate::components::board::reader::rank_at_stake::RankAtStake;
use crate::components::erased::erased;
use crate::components::player::ahead::share_ahead;
use crate::components::player::history::HistoryPlot;
use crate::core::sync::overlay::ViewRow;
use crate::features::board::board_parts::show_list;
use crate::features::board::board_state::BoardState;
use crate::features::list::jump::{is_plain_click, jump_to_me};
use crate::features::notifications::announcements::rank_announcement;
use crate::features::sync::rank_history::sync_history;
use crate::locale::numbers;
use crate::words;

/// The reader's card.
#[component]
pub fn You(state: BoardState) -> impl IntoView {
    let board = state.board();
    let announcement = rank_announcement(state);
    sync_history(state);
    let name = move || Some(state.me.read().as_ref()?.name.to_string());
    let rank = Memo::new(move |_| state.my_standing().map(|place| place.rank));
    let now = state.view().now;
    let is_known = Memo::new(move |_| state.me.read().is_some());
    let is_ranked = Memo::new(move |_| rank.read().is_some());
    let find_me = format!("{}?season={}&me=1", state.path(), state.season());
    let scroll_to_me = move |event: ev::MouseEvent| {
        if is_plain_click(&event) && jump_to_me(state) {
            event.prevent_default();
        }
    };
    let follow = move |_| {
        let is_following = state.is_following_me.get_untracked();
        state.is_following_me.set(!is_following);
        if !is_following {
            show_list(state);
        }
    };
    let not_ranked = if state.view().phase.has_winner() {
        words::not_ranked_in_season()
    } else {
        words::not_ranked_yet()
    };
    let invitation = if state.has_game() {
        words::play_to_join_as_a_guest()
    } else if state.closed().is_none() {
        words::join_as_a_guest()
    } else {
        not_ranked
    };
    // Not `Show`, which erases the type of its fallback: see `erased`.
    let facts = move || {
        if is_ranked.get() {
            Either::Left(view! { <Facts state /> })
        } else {
            Either::Right(view! { <p class="quiet">{not_ranked}</p> })
        }
    };
    let reader = move || {
        if is_known.get() {
            Either::Left(view! { <p class="you-name" title=name><bdi>{name}</bdi></p> {facts} })
        } else {
            Either::Right(view! { <p class="quiet">{invitation}</p> })
        }
    };
    erased(view! {
        <section class="panel you" aria-labelledby="you">
            <h2 id="you">{words::you()}</h2>
            <p class="sr-only" role="status">{announcement}</p>
            {state.view().review.clone().map(|review| view! { <p class="review">{review}</p> })}
            {reader}
            <div hidden=move || !is_ranked.get()>
                <p class="next">{move || distance_to_next(state)}</p>
                <GapToLeader state />
                <RankAtStake state />
                <p class="tools">
                    <a class="button quiet-button" href=find_me on:click=scroll_to_me>{words::find_me()}</a>
                    <button
                        type="button"
                        class="button quiet-button"
                        aria-pressed=move || state.is_following_me.get().to_string()
                        hidden=move || !state.is_hydrated.get()
                        on:click=follow
                    >
                        {words::follow_me()}
                    </button>
                </p>
                <NotifyMe state />
            </div>
            <HistoryPlot milestones=state.history current=rank now format=board.format />
        </section>
    })
}

/// The reader's rank and score as the list shows them, and their share of players.
#[component]
fn Facts(state: BoardState) -> impl IntoView {
    let format = state.board().format;
    let row = Memo::new(move |_| state.my_row());
    let rank = move || row.read().as_ref().map(rank_text);
    let score = move || Some(numbers::score(format, row.get()?.score));
    let share = move || {
        let standing = state.my_standing()?;
        share_ahead(&standing)
    };
    view! {
        <dl>
            <div><dt>{words::rank()}</dt><dd class="big">{rank}</dd></div>
            <div><dt>{words::score()}</dt><dd>{score}</dd></div>
            <div hidden=move || share().is_none()><dt>{words::ahead_of()}</dt><dd>{share}</dd></div>
        </dl>
    }
}

/// The rank of the reader's row: a guess while its score is pending.
pub(super) fn rank_text(row: &ViewRow) -> String {
    let rank = numbers::rank(row.rank);
    if row.is_pending {
        words::about_rank(rank)
    } else {
        format!("#{rank}")
    }
}

/// The distance to the score of the next player above with a better score; none if this player is
/// not loaded, and while a score is pending.
pub(super) fn distance_to_next(state: BoardState) -> Option<String> {
    if state.overlay.read().is_some() {
        return None;
    }
    let standing = state.my_standing()?;
    let (view, replica) = (state.view(), state.replica.read());
    let row = replica.next_better(standing.place, standing.score, view.board.order)?;
    let distance = row.score.get().abs_diff(standing.score.get());
    let distance = Score::new(i64::try_from(distance).ok()?).ok()?;
    let format = view.board.format;
    let unit = words::unit_after(format, &view.board.unit, distance);
    let distance = numbers::score(format, distance);
    let rank = numbers::rank(row.rank);
    Some(match unit {
        "" => words::behind_next(distance, &row.name, rank),
        unit => words::behind_next_in_unit(unit, &row.name, rank, distance),
    })
}
