//! Preview of a rule change: ranks and scores of the running seasons before and after.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "openapi")]
use crate::openapi::RankAndScore;
use crate::{PlayerId, PlayerName, Rank, RowRanks, Score, Season, SortKey, TieRule};

/// Number of rows in a preview.
pub const LISTED: usize = 10;

/// Effect of a definition on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// Effect on the running season of each period that the board has or gets, the longest first.
    pub seasons: Vec<Effect>,
    /// Names of the changed settings.
    pub changes: Vec<String>,
}

/// Size of a board, which a deletion removes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardSize {
    /// Number of submissions.
    pub submissions: u64,
    /// Number of players who made them.
    pub players: u64,
}

/// Effect of a rule change on one season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Effect {
    /// The season.
    pub season: Season,
    /// Whether the board loses the season's period. Its standings then stay as they are, and it
    /// takes no more submissions.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub is_removed: bool,
    /// Number of players with a standing under the new rules.
    pub players: u64,
    /// Number of players whose rank would change.
    pub reranked: u64,
    /// Number of players whose score would change.
    pub rescored: u64,
    /// The first ten players under the new rules.
    pub first: Vec<Moved>,
}

/// A player's rank and score before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moved {
    /// Id of the player.
    pub player: PlayerId,
    /// Display name.
    pub name: PlayerName,
    /// Current rank and score; absent if the player has no standing now.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<RankAndScore>))]
    pub before: Option<(Rank, Score)>,
    /// Rank and score under the new rules.
    #[cfg_attr(feature = "openapi", schema(value_type = RankAndScore))]
    pub after: (Rank, Score),
}

/// All players of a season, unordered.
pub struct Field<'a> {
    /// Ranking of equal scores.
    pub tie: TieRule,
    /// Sort key, score and id of each player.
    pub players: Vec<(SortKey, Score, &'a PlayerId)>,
}

impl<'a> Field<'a> {
    /// All players in order, with ranks.
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
    /// Compares a season before and after a rule change; `name` returns a player's display
    /// name.
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
            is_removed: false,
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
    fn effect_counts_changed_ranks_and_scores() {
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
