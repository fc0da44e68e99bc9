//! A watched player on a board: notices whether others overtook the player between two reads of the
//! player's rank.

use leaderport::service::PlayerStanding;
use leaderport::service::ports::broker::Publication;
use leaderport::{PlayerId, Rank};

/// A player whose rank is watched.
#[derive(Debug)]
pub(super) struct Watched {
    /// The row at the last read; none before it, and for a player without a standing.
    row: Option<Row>,
    /// Whether the row may have changed since the last read.
    pub(super) is_stale: bool,
    /// The last player who passed this one since the last read.
    passed_by: Option<PlayerId>,
}

/// A player's row: the ranked player (after a merge, the receiving one), place and rank.
#[derive(Debug)]
struct Row {
    player: PlayerId,
    place: u64,
    rank: Rank,
}

impl Watched {
    pub(super) fn new() -> Self {
        Self {
            row: None,
            is_stale: true,
            passed_by: None,
        }
    }

    /// Whether the last read found a standing.
    pub(super) fn has_row(&self) -> bool {
        self.row.is_some()
    }

    /// Handles publications of the season. `player` is the watched player.
    pub(super) fn receive(&mut self, player: &PlayerId, publications: &[Publication]) {
        for publication in publications {
            let is_own = publication.player == *player;
            let Some(row) = &self.row else {
                self.is_stale |= is_own;
                continue;
            };
            let is_own = is_own || publication.player == row.player;
            let (top, bottom) = publication.touched;
            self.is_stale |= is_own || (top..=bottom).contains(&row.place);
            let was_behind = |before: Rank| before >= row.rank;
            let has_passed = publication.now.is_some_and(|(_, rank)| rank <= row.rank)
                && publication.previous.is_none_or(was_behind);
            if !is_own && top <= row.place && has_passed {
                self.passed_by = Some(publication.player.clone());
            }
        }
    }

    /// Takes the result of a read. Returns the player's rank and the last player who passed, if the
    /// rank is worse than at the last read.
    pub(super) fn update(&mut self, standing: Option<&PlayerStanding>) -> Option<(Rank, PlayerId)> {
        let now = standing.map(|standing| Row {
            player: standing.row.player.clone(),
            place: standing.ordinal,
            rank: standing.row.rank,
        });
        let before = std::mem::replace(&mut self.row, now);
        let passed_by = self.passed_by.take();
        self.is_stale = false;
        let (now, before) = (self.row.as_ref()?, before?);
        (now.player == before.player && now.rank > before.rank)
            .then_some(now.rank)
            .zip(passed_by)
    }
}

#[cfg(test)]
mod tests {
    use leaderport::service::{SeasonInfo, Totals};
    use leaderport::{Epoch, PlayerName, Position, Score, Season, SeasonKey, Slug, Timestamp};

    use super::*;

    fn player(id: &str) -> PlayerId {
        PlayerId::new(id).unwrap()
    }

    fn position() -> Position {
        Position {
            epoch: Epoch(1),
            offset: 1,
        }
    }

    /// The standing of a player at a place, from 0, without ties.
    fn at(id: &str, place: u64) -> PlayerStanding {
        PlayerStanding {
            season: SeasonInfo {
                key: SeasonKey {
                    board: Slug::new("arena").unwrap(),
                    season: Season::AllTime,
                },
                starts_at: Timestamp::MIN,
                next_reset: None,
            },
            row: leaderport::Row {
                rank: Rank::after(place),
                player: player(id),
                name: PlayerName::new(id).unwrap(),
                score: Score::new(1).unwrap(),
                achieved_at: Timestamp::MIN,
            },
            ordinal: place,
            totals: Totals {
                total: 100,
                percentile: 1.0,
            },
            position: position(),
        }
    }

    /// A player moves between places, from 0.
    fn moved(id: &str, from: Option<u64>, to: u64) -> Publication {
        let bottom = from.unwrap_or(100);
        Publication {
            player: player(id),
            now: Some((Score::new(1).unwrap(), Rank::after(to))),
            previous: from.map(Rank::after),
            previous_score: None,
            position: position(),
            touched: (to.min(bottom), to.max(bottom)),
            total: 100,
        }
    }

    /// A watched player "ann" at place 5, as of the last read.
    fn ann() -> Watched {
        let mut ann = Watched::new();
        assert!(ann.is_stale);
        assert_eq!(ann.update(Some(&at("ann", 5))), None);
        ann
    }

    #[test]
    fn player_behind_who_comes_ahead_has_overtaken() {
        for from in [Some(9), Some(6), None] {
            let mut ann = ann();
            ann.receive(&player("ann"), &[moved("bob", from, 2)]);
            assert!(ann.is_stale);
            let overtaken = ann.update(Some(&at("ann", 6)));
            assert_eq!(overtaken, Some((Rank::after(6), player("bob"))));
            assert!(!ann.is_stale);
            assert_eq!(ann.update(Some(&at("ann", 6))), None, "reported twice");
        }
    }

    #[test]
    fn changes_on_one_side_of_the_player_overtake_nothing() {
        for (from, to) in [(Some(9), 7), (Some(2), 4), (Some(4), 1)] {
            let mut ann = ann();
            ann.receive(&player("ann"), &[moved("bob", from, to)]);
            assert!(!ann.is_stale, "{from:?} to {to}");
        }
    }

    #[test]
    fn player_who_recovers_before_the_read_is_not_overtaken() {
        let mut ann = ann();
        let passed = [moved("bob", Some(9), 2), moved("ann", Some(6), 1)];
        ann.receive(&player("ann"), &passed);
        assert_eq!(ann.update(Some(&at("ann", 1))), None);
    }

    #[test]
    fn own_worse_score_is_no_overtaking() {
        let mut ann = ann();
        ann.receive(&player("ann"), &[moved("ann", Some(5), 9)]);
        assert!(ann.is_stale);
        assert_eq!(ann.update(Some(&at("ann", 9))), None);
    }

    #[test]
    fn first_standing_of_a_player_is_read_and_overtakes_nothing() {
        let mut ann = Watched::new();
        assert_eq!(ann.update(None), None);
        assert!(!ann.has_row());
        ann.receive(&player("ann"), &[moved("bob", None, 0)]);
        assert!(!ann.is_stale);
        ann.receive(&player("ann"), &[moved("ann", None, 7)]);
        assert!(ann.is_stale);
        assert_eq!(ann.update(Some(&at("ann", 7))), None);
        assert!(ann.has_row());
    }
}
