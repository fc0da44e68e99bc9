//! The reference model of ranking: a sorted list, with ranks counted from the scores. It is slow
//! but simple, so that its correctness is evident.

use std::collections::BTreeSet;

use leaderport::board::Ranking;
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{Order, PlayerName, Rank, Row, Score, TieRule};

/// Sorts the rows and assigns their ranks. Existing ranks are ignored.
pub(crate) fn ranked(ranking: Ranking, mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| {
        let by_score = match ranking.order {
            Order::Descending => b.score.cmp(&a.score),
            Order::Ascending => a.score.cmp(&b.score),
        };
        let bytes = |row: &Row| row.player.as_str().as_bytes().to_vec();
        by_score
            .then(a.achieved_at.cmp(&b.achieved_at))
            .then_with(|| bytes(a).cmp(&bytes(b)))
    });
    let scores: Vec<Score> = rows.iter().map(|row| row.score).collect();
    for (place, row) in rows.iter_mut().enumerate() {
        let better = scores_better_than(row.score, ranking.order, &scores);
        row.rank = Rank::after(match ranking.tie {
            TieRule::Earliest => place as u64,
            TieRule::Shared => better.len() as u64,
            TieRule::Dense => better.iter().collect::<BTreeSet<_>>().len() as u64,
        });
    }
    rows
}

/// The scores that rank better than `score`.
pub(crate) fn scores_better_than(score: Score, order: Order, scores: &[Score]) -> Vec<Score> {
    let is_better = |other: &Score| match order {
        Order::Descending => *other > score,
        Order::Ascending => *other < score,
    };
    scores.iter().copied().filter(is_better).collect()
}

/// A standing as a row; [`ranked`] fills in the rank. None if the player has no score.
pub(crate) fn row(stored: &StoredStanding) -> Option<Row> {
    let standing = stored.standing?;
    Some(Row {
        rank: Rank::after(0),
        name: stored.name.as_ref().map_or_else(
            || PlayerName::from(&stored.player),
            |stored| stored.name.clone(),
        ),
        player: stored.player.clone(),
        score: standing.score,
        achieved_at: standing.achieved_at,
    })
}
