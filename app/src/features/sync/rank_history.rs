//! Extends the reader's history while the page is open.

use leaderport::protocol::MyPlace;
use leaderport::ranking::milestone::MAX_MILESTONES;
use leaderport::{Milestone, PlayerId, Timestamp};
use leptos::prelude::*;

use crate::browser::clock::now;
use crate::features::board::board_state::BoardState;

/// Adds a milestone to the history whenever the reader's score changes.
pub fn sync_history(state: BoardState) {
    let reached = Memo::new(move |_| {
        let score = state.my_standing()?.score;
        Some((state.my_player()?, score))
    });
    Effect::new(move |before: Option<Option<(PlayerId, MyPlace)>>| {
        // A memo tracks its sources only after it was read once.
        reached.get();
        let current = untrack(|| state.my_player().zip(state.my_standing()));
        // The history of the rendered page already includes the first value.
        if let Some(before) = before {
            extend(&mut state.history.write(), before, current.clone(), now());
        }
        current
    });
}

/// Adds a change of the reader's standing to the history. If the reader is another one than before,
/// the history starts empty.
fn extend(
    all: &mut Vec<Milestone>,
    before: Option<(PlayerId, MyPlace)>,
    current: Option<(PlayerId, MyPlace)>,
    at: Timestamp,
) {
    let Some((player, standing)) = current else {
        return all.clear();
    };
    let is_another = before.as_ref().is_some_and(|(was, _)| *was != player);
    if is_another {
        all.clear();
    }
    // The page may have been rendered without the previous standing, so add it first.
    let before = before.filter(|_| !is_another).map(|(_, place)| place);
    for place in before.into_iter().chain([standing]) {
        if all.last().is_none_or(|last| last.score != place.score) {
            let surplus = (all.len() + 1).saturating_sub(MAX_MILESTONES);
            all.drain(..surplus);
            all.push(Milestone {
                at,
                score: place.score,
                rank: Some(place.rank),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{Rank, Score};

    use super::*;

    fn place(score: i64) -> MyPlace {
        MyPlace {
            place: 4,
            rank: Rank::after(4),
            score: Score::new(score).unwrap(),
            total: 10,
            percentile: 50.0,
        }
    }

    fn of(player: &str, score: i64) -> (PlayerId, MyPlace) {
        (PlayerId::new(player).unwrap(), place(score))
    }

    fn scores(all: &[Milestone]) -> Vec<i64> {
        all.iter().map(|moment| moment.score.get()).collect()
    }

    #[test]
    fn a_new_score_extends_the_history() {
        let mut all = Vec::new();
        extend(
            &mut all,
            Some(of("ann", 5)),
            Some(of("ann", 7)),
            Timestamp::MIN,
        );
        extend(
            &mut all,
            Some(of("ann", 7)),
            Some(of("ann", 7)),
            Timestamp::MIN,
        );
        assert_eq!(scores(&all), [5, 7]);
    }

    #[test]
    fn another_reader_starts_an_empty_history() {
        let mut all = Vec::new();
        extend(&mut all, None, Some(of("ann", 5)), Timestamp::MIN);
        extend(
            &mut all,
            Some(of("ann", 5)),
            Some(of("bob", 9)),
            Timestamp::MIN,
        );
        assert_eq!(scores(&all), [9]);
        extend(&mut all, Some(of("bob", 9)), None, Timestamp::MIN);
        assert!(all.is_empty());
    }

    #[test]
    fn the_history_is_bounded() {
        let mut all = Vec::new();
        for score in 0..150 {
            extend(&mut all, None, Some(of("ann", score)), Timestamp::MIN);
        }
        assert_eq!(all.len(), MAX_MILESTONES);
        assert_eq!(all.last().unwrap().score.get(), 149);
    }
}
