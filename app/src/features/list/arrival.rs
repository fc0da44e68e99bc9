//! Rewards a score that the reader has just submitted: the list glides to its row, and the status
//! compares it with the reader's earlier score.
//!
//! The place of the row is known with the new standing, which can arrive before the confirmation or
//! after it. The list stays where it is if the reader scrolls first.

use leaderport::{Rank, Score, ScorePolicy};
use leptos::prelude::*;

use super::jump::show_my_score;
use crate::core::board::BoardSummary;
use crate::core::list::arrival::Arrival;
use crate::core::submit::confirmation::SeasonConfirmation;
use crate::core::sync::overlay::Overlay;
use crate::features::board::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// Expects the row of a score that was submitted on this page.
pub fn expect_arrival(state: BoardState, id: &str) {
    state.arrival.set_value(Some(Arrival::Sent(id.to_owned())));
}

/// Leaves the list where it is, because the reader scrolls it.
pub fn cancel_arrival(state: BoardState) {
    state.arrival.set_value(None);
}

/// Scrolls to the row of the expected score once it is recorded. `score` is that of the reader's new
/// standing.
pub fn arrive_recorded(state: BoardState, id: &str, score: Score) {
    let is_expected = |sent: &Arrival| matches!(sent, Arrival::Sent(sent) if sent == id);
    if state.arrival.get_value().as_ref().is_some_and(is_expected) {
        state.arrival.set_value(Some(Arrival::Recorded(score)));
        arrive(state);
    }
}

/// Scrolls to the row of a recorded score, if its place is known. Call it after each change of the
/// reader's standing.
pub fn arrive(state: BoardState) {
    let Some(Arrival::Recorded(score)) = state.arrival.get_value() else {
        return;
    };
    let overlay = state.overlay.read_untracked();
    let predicted = overlay.as_ref().and_then(Overlay::exact_place);
    drop(overlay);
    let standing = untrack(|| state.my_standing());
    let standing = standing.filter(|standing| standing.score == score);
    if let Some(place) = predicted.or(standing.map(|standing| standing.place)) {
        state.arrival.set_value(None);
        show_my_score(state, place);
    }
}

/// The sentences about a recorded score in the displayed season: the rank, the places gained or
/// lost, and whether it is the reader's best. `before` is the score before the submission.
#[must_use]
pub fn outcome_text(
    board: &BoardSummary,
    mine: Option<&SeasonConfirmation>,
    before: Option<Score>,
) -> String {
    let Some((mine, rank)) = mine.and_then(|mine| Some((mine, mine.rank?))) else {
        return words::recorded().to_owned();
    };
    let sentences = [
        Some(words::recorded_at_rank(numbers::rank(rank))),
        mine.previous_rank.and_then(|before| moved(before, rank)),
        before.and_then(|before| compared(board, before, mine.score)),
    ];
    let sentences: Vec<String> = sentences.into_iter().flatten().collect();
    sentences.join(" ")
}

/// The places between two ranks; none if they are equal.
fn moved(before: Rank, now: Rank) -> Option<String> {
    let places = before.get().abs_diff(now.get());
    match places {
        0 => None,
        _ if now < before => Some(words::up_places(places)),
        _ => Some(words::down_places(places)),
    }
}

/// Whether a score beats the best score before. Boards of other policies have no best score.
fn compared(board: &BoardSummary, before: Score, now: Score) -> Option<String> {
    match board.policy {
        ScorePolicy::Best if board.order.is_better(now, before) => {
            Some(words::new_best().to_owned())
        }
        ScorePolicy::Best => Some(words::best_stays(words::full_score(
            board.format,
            &board.unit,
            now,
        ))),
        ScorePolicy::Latest | ScorePolicy::Sum => None,
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{Order, Season};

    use super::*;
    use crate::api::board::tests::views;

    fn score(value: i64) -> Score {
        Score::new(value).unwrap()
    }

    fn text(policy: ScorePolicy, ranks: [Option<u64>; 2], now: i64, before: Option<i64>) -> String {
        let [view, _] = views();
        let board = BoardSummary {
            policy,
            order: Order::Descending,
            format: leaderport::ScoreFormat::Integer,
            ..view.board
        };
        let [previous_rank, rank] = ranks.map(|rank| rank.map(|rank| Rank::after(rank - 1)));
        let mine = SeasonConfirmation {
            season: Season::AllTime,
            score: score(now),
            rank,
            previous_rank,
            position: None,
        };
        outcome_text(&board, Some(&mine), before.map(score))
    }

    #[test]
    fn the_outcome_names_the_places_gained_and_a_new_best() {
        let best = ScorePolicy::Best;
        assert_eq!(
            text(best, [Some(826), Some(606)], 9, Some(4)),
            "Recorded. You rank #606. Up 220 places. New best."
        );
        assert_eq!(
            text(best, [Some(7), Some(7)], 9, Some(9)),
            "Recorded. You rank #7. Your best is still 9 km."
        );
        assert_eq!(
            text(best, [None, Some(7)], 9, None),
            "Recorded. You rank #7."
        );
        assert_eq!(
            text(ScorePolicy::Latest, [Some(6), Some(7)], 3, Some(9)),
            "Recorded. You rank #7. Down 1 place."
        );
        assert_eq!(text(best, [Some(6), None], 9, Some(4)), "Recorded.");
        assert_eq!(
            outcome_text(&views()[0].board, None, Some(score(1))),
            "Recorded."
        );
    }
}
