//! The optimistic view of a season: the replica, with the reader's pending submissions laid over
//! it.
//!
//! The overlay never changes the replica. While submissions are pending, the view shows the
//! reader's row at its predicted place and shifts the rows between the old and the new place. The
//! overlay is dropped once the replica includes the confirmed submission, or the server refuses it.

use leaderport::{
    PageNumber, PlayerId, PlayerName, Position, Rank, Row, Score, ScorePolicy, TieRule,
};

use crate::core::board::BoardSummary;
use crate::core::replica::Replica;

/// A submission that is unanswered, or confirmed and not yet in the replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The submission id; a retry sends the same one.
    pub id: String,
    /// The reader's player; none for a new guest, who gets a player with the first confirmation.
    pub player: Option<PlayerId>,
    /// Their name.
    pub name: PlayerName,
    /// The submitted value.
    pub value: Score,
    /// The reader's place and score before the submission, if known.
    pub before: Option<(u64, Score)>,
    /// Every state of this position or later includes the submission. The server's answer sets it.
    pub confirmed: Option<Position>,
}

/// A row of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow {
    /// The rank; a prediction while a submission is pending.
    pub rank: Rank,
    /// The player; none for a new guest.
    pub player: Option<PlayerId>,
    /// The player's name.
    pub name: PlayerName,
    /// The score.
    pub score: Score,
    /// Whether the row is that of a pending submission.
    pub is_pending: bool,
}

/// The effect of pending submissions on the rows: the reader's predicted row, and the shift of the
/// other rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    row: ViewRow,
    /// The old place and score of the reader's row; none for a newcomer.
    from: Option<(u64, Score)>,
    /// The predicted place, counted from 0.
    to: u64,
    order: leaderport::Order,
    tie: TieRule,
    /// Whether the move adds a dense rank: no other row in the replica has the new score.
    opens_rank: bool,
    /// Whether the move removes a dense rank: no other row has the old score.
    closes_rank: bool,
}

impl From<&Row> for ViewRow {
    fn from(row: &Row) -> Self {
        Self {
            rank: row.rank,
            player: Some(row.player.clone()),
            name: row.name.clone(),
            score: row.score,
            is_pending: false,
        }
    }
}

impl Pending {
    /// Whether the replica includes the confirmed submission, so that the pending one can be
    /// dropped. Pages arrive one by one, so the page with the predicted `place` decides, if it is
    /// loaded.
    #[must_use]
    pub fn is_seen(&self, place: Option<u64>, replica: &Replica) -> bool {
        let page = place.and_then(|place| replica.page(PageNumber::holding(place)));
        let current = page
            .map(|(_, position)| position)
            .or_else(|| replica.position());
        let (Some(confirmed), Some(current)) = (self.confirmed, current) else {
            return false;
        };
        current.epoch != confirmed.epoch || current.offset >= confirmed.offset
    }
}

/// The score after all pending submissions, which are given oldest first. None if a sum would leave
/// the range of scores.
#[must_use]
pub fn score_after(pending: &[Pending], board: &BoardSummary) -> Option<Score> {
    let before = pending.first()?.before.map(|(_, score)| score);
    let after = |before: Option<Score>, next: &Pending| {
        let Some(before) = before else {
            return Some(next.value);
        };
        match board.policy {
            ScorePolicy::Best if !board.order.is_better(next.value, before) => Some(before),
            ScorePolicy::Best | ScorePolicy::Latest => Some(next.value),
            ScorePolicy::Sum => before.checked_add(next.value),
        }
    };
    let score = pending
        .iter()
        .try_fold(before, |before, next| after(before, next).map(Some));
    score.flatten()
}

impl Overlay {
    /// The overlay of pending submissions, which are of one player, oldest first. None if they
    /// change nothing, or if the replica lacks the pages to predict the place.
    #[must_use]
    pub fn of(pending: &[Pending], board: &BoardSummary, replica: &Replica) -> Option<Self> {
        let (first, last) = (pending.first()?, pending.last()?);
        let score = score_after(pending, board)?;
        let is_mine = |row: &Row| last.player.as_ref() == Some(&row.player);
        // Prefer the replica's row: it is newer than the standing stored with the submission.
        let from = replica
            .rows()
            .find(|(_, row)| is_mine(row))
            .map(|(place, row)| (place, row.score))
            .or(first.before);
        if from.is_some_and(|(_, before)| before == score) {
            return None;
        }
        let closes_rank = from.is_some_and(|(old, before)| is_score_unique(old, before, replica));
        let beats = |row: &Row| board.order.is_better(score, row.score);
        let others = || replica.rows().filter(|(_, row)| !is_mine(row));
        // The first row with a worse score. A row above it that is not loaded could be the real
        // first one, so the replica must have the row directly above.
        let beaten = others().find(|(_, row)| beats(row));
        let (place, rank) = match beaten {
            Some((place, row)) if place == 0 || replica.row(place - 1).is_some() => {
                (place, row.rank)
            }
            Some(_) => return None,
            None => {
                // No loaded row has a worse score: the place is the last one, if the last row is
                // loaded.
                let end = replica.total();
                if end > 0 && replica.row(end - 1).is_none() {
                    return None;
                }
                (end, Rank::after(end))
            }
        };
        let equal = others()
            .find(|(_, row)| row.score == score)
            .map(|(_, row)| row.rank);
        // If the row moves down, the rows below its old place move up by one.
        let to = if from.is_some_and(|(old, _)| old < place) {
            place - 1
        } else {
            place
        };
        let rank = match (board.tie, equal) {
            (TieRule::Shared | TieRule::Dense, Some(shared)) => shared,
            (TieRule::Earliest | TieRule::Shared, _) => Rank::after(to),
            (TieRule::Dense, None) => match beaten {
                Some(_) => rank,
                // The rank after the last one of the other rows.
                None => others()
                    .last()
                    .map_or(rank, |(_, last)| last.rank.shifted(1).unwrap_or(last.rank)),
            },
        };
        let has_left = from.is_some_and(|(_, before)| board.order.is_better(before, score));
        let rank = if board.tie == TieRule::Dense && closes_rank && has_left {
            rank.shifted(-1).unwrap_or(rank)
        } else {
            rank
        };
        let row = ViewRow {
            rank,
            player: last.player.clone(),
            name: last.name.clone(),
            score,
            is_pending: true,
        };
        Some(Self {
            row,
            from,
            to,
            order: board.order,
            tie: board.tie,
            opens_rank: equal.is_none(),
            closes_rank,
        })
    }

    /// The predicted place of the reader, counted from 0.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.to
    }

    /// The number of rows that the overlay adds to the replica: 1 for a newcomer, else 0.
    #[must_use]
    pub fn added(&self) -> u64 {
        u64::from(self.from.is_none())
    }

    /// The row at a place of the view, counted from 0.
    #[must_use]
    pub fn row(&self, place: u64, replica: &Replica) -> Option<ViewRow> {
        if place == self.to {
            return Some(self.row.clone());
        }
        // The rows between the reader's old and new place are shifted by one.
        let without_new = if place > self.to { place - 1 } else { place };
        let beneath = match self.from {
            Some((old, _)) if without_new >= old => without_new + 1,
            _ => without_new,
        };
        let row = replica.row(beneath)?;
        Some(ViewRow {
            rank: self.shifted(row, beneath),
            ..ViewRow::from(row)
        })
    }

    /// The rank of another row after the reader's move. `beneath` is the row's place in the
    /// replica.
    fn shifted(&self, row: &Row, beneath: u64) -> Rank {
        let (was_above, is_above) = match self.tie {
            TieRule::Earliest => (
                self.from.is_some_and(|(old, _)| old < beneath),
                self.order.is_better(self.row.score, row.score),
            ),
            TieRule::Shared => (
                self.from
                    .is_some_and(|(_, score)| self.order.is_better(score, row.score)),
                self.order.is_better(self.row.score, row.score),
            ),
            // A dense rank appears or disappears only with a score that no other row has.
            TieRule::Dense => {
                let was_above = |(_, score)| self.order.is_better(score, row.score);
                (
                    self.closes_rank && self.from.is_some_and(was_above),
                    self.opens_rank && self.order.is_better(self.row.score, row.score),
                )
            }
        };
        let shift = i64::from(is_above) - i64::from(was_above);
        row.rank.shifted(shift).unwrap_or(row.rank)
    }
}

/// Whether no other row has the same score as the row at a place. Equal scores are adjacent, so
/// only the two neighbours are compared. False if the replica lacks a neighbour.
fn is_score_unique(place: u64, score: Score, replica: &Replica) -> bool {
    let neighbours = [place.checked_sub(1), Some(place + 1)]
        .into_iter()
        .flatten();
    let mut neighbours = neighbours.filter(|place| *place < replica.total());
    neighbours.all(|place| replica.row(place).is_some_and(|row| row.score != score))
}

/// The row at a place of the view, counted from 0.
#[must_use]
pub fn row_at(place: u64, overlay: Option<&Overlay>, replica: &Replica) -> Option<ViewRow> {
    match overlay {
        Some(overlay) => overlay.row(place, replica),
        None => replica.row(place).map(ViewRow::from),
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{Epoch, Order, Page, Timestamp};

    use super::*;

    fn board(policy: ScorePolicy, order: Order, tie: TieRule) -> BoardSummary {
        serde_json::from_value(serde_json::json!({
            "slug": "b", "title": "B", "description": "", "policy": policy, "order": order,
            "tie": tie, "periods": ["all_time"], "min_score": 0, "max_score": 1000,
            "format": "integer", "unit": "", "version": 1,
        }))
        .unwrap()
    }

    fn replica(rows: &[(&str, i64, u64)]) -> Replica {
        let rows = rows.iter().map(|(player, score, rank)| Row {
            rank: Rank::after(rank - 1),
            player: PlayerId::new(player).unwrap(),
            name: PlayerName::new(player).unwrap(),
            score: Score::new(*score).unwrap(),
            achieved_at: Timestamp::MIN,
        });
        let rows: Vec<Row> = rows.collect();
        let mut replica = Replica::default();
        let total = rows.len() as u64;
        let position = Position {
            epoch: Epoch(1),
            offset: 5,
        };
        replica.snapshot(
            Page {
                number: PageNumber::FIRST,
                total,
                rows,
            },
            position,
        );
        replica
    }

    fn pending(value: i64) -> Pending {
        Pending {
            id: "x".into(),
            player: Some(PlayerId::new("me").unwrap()),
            name: PlayerName::new("Me").unwrap(),
            value: Score::new(value).unwrap(),
            before: None,
            confirmed: None,
        }
    }

    /// The view as `player:rank`, the pending row starred.
    fn view(board: &BoardSummary, replica: &Replica, pending: &Pending) -> String {
        let overlay = Overlay::of(std::slice::from_ref(pending), board, replica);
        let total = replica.total() + overlay.as_ref().map_or(0, Overlay::added);
        let rows = (0..total).map(|place| {
            let shown = row_at(place, overlay.as_ref(), replica).unwrap();
            let star = if shown.is_pending { "*" } else { "" };
            let player = shown.player.as_ref().map_or("new", PlayerId::as_str);
            format!("{player}{star}:{}", shown.rank)
        });
        rows.collect::<Vec<_>>().join(" ")
    }

    use Order::{Ascending, Descending};
    use ScorePolicy::{Best, Latest, Sum};
    use TieRule::{Dense, Earliest, Shared};

    #[test]
    fn a_newcomer_moves_beaten_rows_down() {
        let replica = replica(&[("a", 90, 1), ("b", 80, 2), ("c", 70, 3)]);
        let board = board(Best, Descending, Earliest);
        assert_eq!(view(&board, &replica, &pending(85)), "a:1 me*:2 b:3 c:4");
        assert_eq!(view(&board, &replica, &pending(99)), "me*:1 a:2 b:3 c:4");
        assert_eq!(view(&board, &replica, &pending(1)), "a:1 b:2 c:3 me*:4");
        // An equal score ranks below the earlier one.
        assert_eq!(view(&board, &replica, &pending(80)), "a:1 b:2 me*:3 c:4");
    }

    #[test]
    fn a_new_guest_is_no_player_of_the_board() {
        let board = board(Best, Descending, Earliest);
        let guest = Pending {
            player: None,
            ..pending(85)
        };
        for id in ["me", "new", "nobody"] {
            let replica = replica(&[("a", 90, 1), (id, 80, 2)]);
            assert_eq!(view(&board, &replica, &guest), format!("a:1 new*:2 {id}:3"));
        }
    }

    #[test]
    fn a_rise_and_a_fall_shift_the_rows_in_between() {
        let replica = replica(&[
            ("a", 90, 1),
            ("b", 80, 2),
            ("me", 75, 3),
            ("c", 70, 4),
            ("d", 60, 5),
        ]);
        let up = board(Best, Descending, Earliest);
        assert_eq!(view(&up, &replica, &pending(95)), "me*:1 a:2 b:3 c:4 d:5");
        let down = board(Latest, Descending, Earliest);
        assert_eq!(view(&down, &replica, &pending(65)), "a:1 b:2 c:3 me*:4 d:5");
        let mut sum = pending(10);
        sum.before = Some((2, Score::new(75).unwrap()));
        assert_eq!(
            view(&board(Sum, Descending, Earliest), &replica, &sum),
            "a:1 me*:2 b:3 c:4 d:5"
        );
    }

    #[test]
    fn a_worse_score_on_a_best_board_changes_nothing() {
        let replica = replica(&[("a", 90, 1), ("me", 75, 2)]);
        let mut worse = pending(50);
        worse.before = Some((1, Score::new(75).unwrap()));
        assert_eq!(
            view(&board(Best, Descending, Earliest), &replica, &worse),
            "a:1 me:2"
        );
    }

    #[test]
    fn several_pending_submissions_show_one_row_with_the_final_score() {
        let replica = replica(&[("a", 90, 1), ("b", 80, 2), ("me", 30, 3)]);
        let queue = |values: &[i64]| {
            let mut queue: Vec<_> = values.iter().copied().map(pending).collect();
            queue[0].before = Some((2, Score::new(30).unwrap()));
            queue
        };
        let predicted = |policy, values: &[i64]| {
            let board = board(policy, Descending, Earliest);
            let overlay = Overlay::of(&queue(values), &board, &replica)?;
            let row = overlay.row(overlay.place(), &replica).unwrap();
            Some((overlay.place(), row.score.get()))
        };
        assert_eq!(
            predicted(Best, &[85, 40]),
            Some((1, 85)),
            "the better score stays"
        );
        assert_eq!(predicted(Latest, &[85, 40]), Some((2, 40)));
        assert_eq!(predicted(Sum, &[20, 35]), Some((1, 85)));
        assert_eq!(predicted(Sum, &[5, -5]), None, "the sum is unchanged");
    }

    #[test]
    fn an_ascending_board_ranks_the_lowest_score_first() {
        let replica = replica(&[("a", 10, 1), ("b", 20, 2)]);
        assert_eq!(
            view(&board(Best, Ascending, Earliest), &replica, &pending(15)),
            "a:1 me*:2 b:3"
        );
    }

    #[test]
    fn tied_ranks_follow_the_tie_rule() {
        let replica = replica(&[("a", 90, 1), ("b", 80, 2), ("c", 80, 2), ("d", 70, 4)]);
        assert_eq!(
            view(&board(Best, Descending, Shared), &replica, &pending(80)),
            "a:1 b:2 c:2 me*:2 d:5"
        );
        assert_eq!(
            view(&board(Best, Descending, Dense), &replica, &pending(80)),
            "a:1 b:2 c:2 me*:2 d:4"
        );
    }

    #[test]
    fn dense_ranks_change_when_a_score_appears_or_disappears() {
        let board = board(Latest, Descending, Dense);
        let rows = [("a", 90, 1), ("b", 80, 2), ("c", 80, 2), ("d", 70, 3)];
        let others = replica(&rows);
        assert_eq!(view(&board, &others, &pending(75)), "a:1 b:2 c:2 me*:3 d:4");
        assert_eq!(view(&board, &others, &pending(70)), "a:1 b:2 c:2 d:3 me*:3");
        assert_eq!(view(&board, &others, &pending(5)), "a:1 b:2 c:2 d:3 me*:4");
        let alone = replica(&[("me", 90, 1), ("b", 80, 2), ("c", 70, 3)]);
        assert_eq!(view(&board, &alone, &pending(60)), "b:1 c:2 me*:3");
        assert_eq!(view(&board, &alone, &pending(75)), "b:1 me*:2 c:3");
        let tied = replica(&[("me", 80, 1), ("b", 80, 1), ("c", 70, 2)]);
        assert_eq!(view(&board, &tied, &pending(60)), "b:1 c:2 me*:3");
        let below = replica(&[("a", 90, 1), ("b", 80, 2), ("me", 70, 3), ("c", 60, 4)]);
        assert_eq!(view(&board, &below, &pending(85)), "a:1 me*:2 b:3 c:4");
        assert_eq!(view(&board, &below, &pending(90)), "a:1 me*:1 b:2 c:3");
    }

    #[test]
    fn a_pending_submission_is_the_first_row_of_an_empty_board() {
        let board = board(Best, Descending, Shared);
        let mut empty = Replica::default();
        let page = Page {
            number: PageNumber::FIRST,
            total: 0,
            rows: vec![],
        };
        empty.snapshot(
            page,
            Position {
                epoch: Epoch(1),
                offset: 0,
            },
        );
        assert_eq!(view(&board, &empty, &pending(5)), "me*:1");
    }

    #[test]
    fn a_confirmed_submission_is_dropped_when_the_replica_has_it() {
        let replica = replica(&[("a", 90, 1)]);
        let mut p = pending(5);
        assert!(!p.is_seen(Some(0), &replica));
        let at = |epoch, offset| {
            Some(Position {
                epoch: Epoch(epoch),
                offset,
            })
        };
        p.confirmed = at(1, 6);
        assert!(!p.is_seen(Some(0), &replica));
        p.confirmed = at(1, 5);
        assert!(p.is_seen(Some(0), &replica));
        p.confirmed = at(2, 99);
        assert!(p.is_seen(Some(0), &replica));
    }

    #[test]
    fn a_confirmed_submission_stays_until_the_page_of_its_place_has_it() {
        let mut replica = Replica::default();
        let at = |offset| Position {
            epoch: Epoch(1),
            offset,
        };
        let page = |number| Page {
            number: PageNumber::new(number).unwrap(),
            total: 100,
            rows: vec![],
        };
        replica.snapshot(page(1), at(5));
        replica.snapshot(page(2), at(5));
        let mut p = pending(5);
        p.confirmed = Some(at(6));
        replica.snapshot(page(1), at(7));
        assert!(!p.is_seen(Some(60), &replica), "only another page is newer");
        assert!(p.is_seen(None, &replica), "it is not shown");
        assert!(p.is_seen(Some(260), &replica), "its page is not loaded");
        replica.snapshot(page(2), at(6));
        assert!(p.is_seen(Some(60), &replica));
    }
}
