//! The places that players have gained or lost since the reader's visit of a board began.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};

use leaderport::{PlayerId, Rank};

/// The maximum number of remembered players. A new one replaces the player who was seen first.
const MAX_PLAYERS: usize = 5_000;

/// The move of a player since they were first seen, in ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    /// To a better rank.
    Up(u64),
    /// To a worse rank.
    Down(u64),
}

/// The ranks at which players were first seen in a visit.
#[derive(Debug, Clone, Default)]
pub struct FirstRanks {
    ranks: HashMap<PlayerId, Rank>,
    /// The players in the order in which they were first seen.
    players: VecDeque<PlayerId>,
}

impl FirstRanks {
    /// Remembers the rank of a player who was not seen before.
    pub fn see(&mut self, player: &PlayerId, rank: Rank) {
        if self.ranks.contains_key(player) {
            return;
        }
        if self.players.len() == MAX_PLAYERS
            && let Some(oldest) = self.players.pop_front()
        {
            self.ranks.remove(&oldest);
        }
        self.ranks.insert(player.clone(), rank);
        self.players.push_back(player.clone());
    }

    /// The move of a player to `rank` since they were first seen. None without a move, and for a
    /// player who was not seen.
    #[must_use]
    pub fn movement(&self, player: &PlayerId, rank: Rank) -> Option<Movement> {
        let first = *self.ranks.get(player)?;
        let places = first.get().abs_diff(rank.get());
        match rank.cmp(&first) {
            Ordering::Less => Some(Movement::Up(places)),
            Ordering::Equal => None,
            Ordering::Greater => Some(Movement::Down(places)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_counts_from_the_rank_that_was_seen_first() {
        let player = |n: usize| PlayerId::new(&format!("p{n}")).unwrap();
        let (ann, rank) = (player(0), Rank::after);
        let mut ranks = FirstRanks::default();
        assert_eq!(ranks.movement(&ann, rank(3)), None, "not seen");
        for seen in [rank(9), rank(4)] {
            ranks.see(&ann, seen);
        }
        assert_eq!(ranks.movement(&ann, rank(4)), Some(Movement::Up(5)));
        assert_eq!(ranks.movement(&ann, rank(9)), None);
        assert_eq!(ranks.movement(&ann, rank(10)), Some(Movement::Down(1)));
        // The memory is bounded.
        for n in 1..=MAX_PLAYERS {
            ranks.see(&player(n), rank(0));
        }
        assert_eq!(ranks.movement(&ann, rank(4)), None);
        assert_eq!(ranks.movement(&player(1), rank(1)), Some(Movement::Down(1)));
        assert_eq!(
            (ranks.ranks.len(), ranks.players.len()),
            (MAX_PLAYERS, MAX_PLAYERS)
        );
    }
}
