//! Extends the reader's history while the page is open.

use leaderport::milestone::MAX_MILESTONES;
use leaderport::protocol::MyPlace;
use leaderport::{Milestone, PlayerId, Timestamp};
use leptos::prelude::*;

use super::board_state::BoardState;
use crate::browser::clock::now;

/// Adds a milestone to the history whenever the reader's score changes.
pub fn sync_history(state: BoardState) {
    let reached = Memo::new(move |_| {
        let score = state.my_standing()?.score;
        Some((state.my_player()?, score))
    });
    Effect::new(move |before: Option<Option<(PlayerId, MyPlace)>>| {
        // A memo follows its sources only once it was read.
        reached.get();
        let current = untrack(|| state.my_player().zip(state.my_standing()));
        // The rendered page shows the first one.
        if let Some(before) = before {
            extend(&mut state.history.write(), before, current.clone(), now());
        }
        current
    });
}

/// Takes in a change of the reader's standing. The history of another reader starts empty.
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
    // The page may have been rendered without the standing before.
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

    fn of(player: &str, score: i64) -> Option<(PlayerId, MyPlace)> {
        Some((PlayerId::new(player).unwrap(), place(score)))
    }

    fn scores(all: &[Milestone]) -> Vec<i64> {
        all.iter().map(|moment| moment.score.get()).collect()
    }

    #[test]
    fn a_new_score_extends_the_history() {
        let mut all = Vec::new();
        extend(&mut all, of("ann", 5), of("ann", 7), Timestamp::MIN);
        extend(&mut all, of("ann", 7), of("ann", 7), Timestamp::MIN);
        assert_eq!(scores(&all), [5, 7]);
    }

    #[test]
    fn another_reader_starts_an_empty_history() {
        let mut all = Vec::new();
        extend(&mut all, None, of("ann", 5), Timestamp::MIN);
        extend(&mut all, of("ann", 5), of("bob", 9), Timestamp::MIN);
        assert_eq!(scores(&all), [9]);
        extend(&mut all, of("bob", 9), None, Timestamp::MIN);
        assert!(all.is_empty());
    }

    #[test]
    fn the_history_is_bounded() {
        let mut all = Vec::new();
        for score in 0..150 {
            extend(&mut all, None, of("ann", score), Timestamp::MIN);
        }
        assert_eq!(all.len(), MAX_MILESTONES);
        assert_eq!(all.last().unwrap().score.get(), 149);
    }
}
