//! The distance of a score to the best one of the season, as texts.

use leaderport::Score;
use leaderport::protocol::MyPlace;
use leptos::prelude::*;

use crate::core::list::gap::gap;
use crate::features::board::board_state::BoardState;
use crate::features::list::row_view::signed;
use crate::locale::numbers;
use crate::words;

/// The distance with its sign: `+12`, or `−12` where more is better. None for the best score.
#[must_use]
pub fn signed_gap(state: BoardState, score: Score) -> Option<String> {
    let board = state.board();
    let gap = gap(score, state.best_score()?, board.order)?;
    Some(signed(board.format, gap))
}

/// The distance in words: `12 ms behind the leader`. None for the best score.
#[must_use]
pub fn behind_leader(state: BoardState, score: Score) -> Option<String> {
    let board = state.board();
    let gap = gap(score, state.best_score()?, board.order)?;
    let distance = Score::new(gap.get().abs()).ok()?;
    let distance = numbers::score(board.format, distance);
    Some(words::behind_leader(match board.unit.as_str() {
        "" => distance,
        unit => words::score_with_unit(distance, unit),
    }))
}

/// The distance of the reader to the leader. Empty for the leader, without a rank, and while a score
/// is pending. Also empty if the card names the leader as the next player to overtake.
#[component]
pub fn GapToLeader(state: BoardState) -> impl IntoView {
    let text = move || {
        if state.overlay.read().is_some() {
            return None;
        }
        let standing = state.my_standing()?;
        let best = state.best_score()?;
        if score_of_next(state, &standing) == Some(best) {
            return None;
        }
        behind_leader(state, standing.score)
    };
    view! { <p class="behind-leader">{text}</p> }
}

/// The score of the next player to overtake; none if the rows up to that player are not loaded.
fn score_of_next(state: BoardState, standing: &MyPlace) -> Option<Score> {
    let (order, replica) = (state.view().board.order, state.replica.read());
    let next = replica.next_better(standing.place, standing.score, order);
    next.map(|row| row.score)
}
