//! The optimistic view of a season: the replica, with the reader's pending submissions laid over
//! it.
//!
//! The overlay never changes the replica. While submissions are pending, the view shows the
//! reader's row at its predicted place and shifts the rows between the old and the new place. The
//! overlay is dropped once the replica includes the confirmed submission, or the server refuses it.

use leaderport::{
    PageNumber, PlayerId, PlayerName, Position, Rank, Row, Score, ScorePolicy, Sketch, TieRule,
};

use crate::core::board::BoardSummary;
use crate::core::sync::replica::Replica;

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
    /// Whether the place is an estimate, because no loaded page shows it.
    is_estimated: bool,
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
    /// The row of the player after the submission.
    fn row(&self, rank: Rank, score: Score) -> ViewRow {
        ViewRow {
            rank,
            player: self.player.clone(),
            name: self.name.clone(),
            score,
            is_pending: true,
        }
    }

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
        let from = place_before(first, replica);
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
        Some(Self {
            row: last.row(rank, score),
            from,
            to,
            order: board.order,
            tie: board.tie,
            opens_rank: equal.is_none(),
            closes_rank,
            is_estimated: false,
        })
    }

    /// Like [`Self::of`], at the place that the sketch of the season's scores estimates between the
    /// loaded rows. None if they change nothing, and on boards with dense ranks.
    #[must_use]
    pub fn estimated(
        pending: &[Pending],
        board: &BoardSummary,
        replica: &Replica,
        sketch: &Sketch,
    ) -> Option<Self> {
        let (first, last) = (pending.first()?, pending.last()?);
        let score = score_after(pending, board)?;
        let from = place_before(first, replica);
        if from.is_some_and(|(_, before)| before == score) {
            return None;
        }
        let guess = sketch.guess(board.order, board.tie, score)?;
        // The place is after the loaded rows that are not worse, and not after the first worse one.
        let others = replica.rows();
        let mut others = others.filter(|(_, row)| last.player.as_ref() != Some(&row.player));
        let (mut least, mut most) = (0, replica.total());
        let worse = others.find(|(place, row)| {
            let is_worse = board.order.is_better(score, row.score);
            if !is_worse {
                least = place + 1;
            }
            is_worse
        });
        if let Some((place, _)) = worse {
            most = place;
        }
        let place = guess.place.min(most).max(least);
        let has_left = from.is_some_and(|(old, _)| old < place);
        let to = place - u64::from(has_left);
        Some(Self {
            row: last.row(Rank::after(to), score),
            from,
            to,
            order: board.order,
            tie: board.tie,
            opens_rank: false,
            closes_rank: false,
            is_estimated: true,
        })
    }

    /// The predicted row of the reader.
    #[must_use]
    pub fn mine(&self) -> &ViewRow {
        &self.row
    }

    /// The predicted place of the reader, if it is exact.
    #[must_use]
    pub fn exact_place(&self) -> Option<u64> {
        (!self.is_estimated).then_some(self.to)
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

/// The place and the score of the player before their first pending submission. The replica's row
/// comes first: it is newer than the standing stored with the submission.
fn place_before(first: &Pending, replica: &Replica) -> Option<(u64, Score)> {
    let mut rows = replica.rows();
    let row = rows.find(|(_, row)| first.player.as_ref() == Some(&row.player));
    row.map(|(place, row)| (place, row.score)).or(first.before)
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

/// The rank at a place of the view, counted from 0.
#[must_use]
pub fn rank_at(place: u64, overlay: Option<&Overlay>, replica: &Replica) -> Option<Rank> {
    match overlay {
        Some(overlay) => overlay.row(place, replica).map(|row| row.rank),
        None => replica.row(place).map(|row| row.rank),
    }
}

#[cfg(test)]
mod tests;
