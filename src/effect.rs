//! What other rules would do to a season: who would stand where.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{PlayerId, PlayerName, Rank, RowRanks, Score, Season, SortKey, TieRule};

/// Rows that a preview lists.
pub const LISTED: usize = 10;

/// What other rules would do to a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The season.
    pub season: Season,
    /// Everybody who would stand there.
    pub players: u64,
    /// How many would have another rank.
    pub reranked: u64,
    /// How many would have another score.
    pub rescored: u64,
    /// The first ten, as they would stand.
    pub first: Vec<Moved>,
}

/// Somebody before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Who.
    pub player: PlayerId,
    /// As boards show them.
    pub name: PlayerName,
    /// Rank and score as they are; none for who does not stand there.
    pub before: Option<(Rank, Score)>,
    /// Rank and score as they would be.
    pub after: (Rank, Score),
}

/// Who stands in a season, in no order.
pub struct Field<'a> {
    /// How equal scores share ranks.
    pub tie: TieRule,
    /// Everybody, by where they stand.
    pub players: Vec<(SortKey, Score, &'a PlayerId)>,
}

impl<'a> Field<'a> {
    /// Everybody in order, with ranks.
    fn ranked(mut self) -> Vec<(Rank, Score, &'a PlayerId)> {
        self.players
            .sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.2.cmp(b.2)));
        let mut ranks = RowRanks::new(self.tie, 0, 0, 0);
        let players = self.players.into_iter();
        players
            .map(|(_, score, player)| (ranks.next(score), score, player))
            .collect()
    }
}

impl Effect {
    /// Compares a season as it is and as it would be; `name` knows players' names.
    #[must_use]
    pub fn of(
        season: Season,
        before: Field<'_>,
        after: Field<'_>,
        name: impl Fn(&PlayerId) -> PlayerName,
    ) -> Self {
        let before = before.ranked().into_iter();
        let before: HashMap<&PlayerId, (Rank, Score)> = before
            .map(|(rank, score, player)| (player, (rank, score)))
            .collect();
        let after = after.ranked();
        let (mut reranked, mut rescored) = (0, 0);
        for (rank, score, player) in &after {
            let was = before.get(player).copied();
            reranked += u64::from(was.is_none_or(|(was, _)| was != *rank));
            rescored += u64::from(was.is_none_or(|(_, was)| was != *score));
        }
        let first = after.iter().take(LISTED);
        let first = first.map(|(rank, score, player)| Moved {
            player: (*player).clone(),
            name: name(player),
            before: before.get(player).copied(),
            after: (*rank, *score),
        });
        Self {
            season,
            players: after.len() as u64,
            reranked,
            rescored,
            first: first.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Order, Timestamp};

    #[test]
    fn an_effect_counts_who_would_stand_elsewhere() {
        let ids: Vec<PlayerId> = ["ann", "bob", "cat"]
            .map(|id| PlayerId::new(id).unwrap())
            .to_vec();
        let field = |order, tie, scores: [i64; 3]| {
            let players = ids.iter().zip(scores).map(|(player, score)| {
                let score = Score::new(score).unwrap();
                (SortKey::new(score, order, Timestamp::MIN), score, player)
            });
            Field {
                tie,
                players: players.collect(),
            }
        };
        let before = field(Order::Descending, TieRule::Shared, [9, 9, 5]);
        let after = field(Order::Ascending, TieRule::Dense, [9, 9, 4]);
        let effect = Effect::of(Season::AllTime, before, after, |p| p.into());
        assert_eq!(
            (effect.players, effect.reranked, effect.rescored),
            (3, 3, 1)
        );
        let shown: Vec<_> = effect
            .first
            .iter()
            .map(|m| {
                (
                    m.name.as_str(),
                    m.before.map(|b| b.0.get()),
                    m.after.0.get(),
                )
            })
            .collect();
        let expected = [
            ("cat", Some(3), 1),
            ("ann", Some(1), 2),
            ("bob", Some(1), 2),
        ];
        assert_eq!(shown, expected);
    }
}
