//! Pages of a season, and the deltas between them.
//!
//! A *place* is the index of a row in the total order of a season. A page is 50 consecutive,
//! aligned places: the unit of reading, caching, subscribing and encoding. A delta builds the
//! new page from the old one, mostly by copying runs of rows whose ranks moved by the same
//! number.
//!
//! Invariant: `a.apply(&a.delta_to(&b)) == b`. A delta applied to another page either fails
//! or is detected by its position.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::text::csv::cell;
use crate::{InvalidValue, PlayerId, PlayerName, Rank, Score, Timestamp};

/// Number of places on a page.
pub const PAGE_SIZE: u64 = 50;

/// A page's number: page 1 contains places 1 to 50.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct PageNumber(u64);

impl PageNumber {
    /// The first page.
    pub const FIRST: Self = Self(1);
    /// The last page that can have rows: a season has at most 2^32 members.
    pub const MAX: Self = Self((1 << 32) / PAGE_SIZE + 1);

    /// # Errors
    /// Refuses 0, and pages beyond 2^32 places.
    pub fn new(number: u64) -> Result<Self, InvalidValue> {
        if (1..=Self::MAX.0).contains(&number) {
            Ok(Self(number))
        } else {
            let reason = format!("must be from 1 to {}", Self::MAX.0);
            Err(InvalidValue::new("page", number, reason))
        }
    }

    /// The page that contains a place; places count from 0.
    #[must_use]
    pub fn holding(ordinal: u64) -> Self {
        Self((ordinal / PAGE_SIZE + 1).min(Self::MAX.0))
    }

    /// The 1-based number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The first place on the page, from 0.
    #[must_use]
    pub const fn start(self) -> u64 {
        (self.0 - 1) * PAGE_SIZE
    }
}

impl TryFrom<u64> for PageNumber {
    type Error = InvalidValue;

    fn try_from(number: u64) -> Result<Self, InvalidValue> {
        Self::new(number)
    }
}

impl From<PageNumber> for u64 {
    fn from(number: PageNumber) -> Self {
        number.0
    }
}

/// One place of a season.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Row {
    /// Rank under the board's tie rule.
    pub rank: Rank,
    /// Id of the player.
    pub player: PlayerId,
    /// Display name; derived from the id if the player gave none.
    pub name: PlayerName,
    /// Score in this season.
    pub score: Score,
    /// Time at which the score was reached.
    pub achieved_at: Timestamp,
}

impl Row {
    /// Header line of the CSV export.
    pub const CSV_HEADER: &str = "rank,player,name,score,achieved_at\r\n";

    /// The row as a line of CSV.
    #[must_use]
    pub fn csv(&self) -> String {
        let (player, name) = (cell(self.player.as_str()), cell(self.name.as_str()));
        let Self {
            rank,
            score,
            achieved_at,
            ..
        } = self;
        format!("{rank},{player},{name},{score},{achieved_at}\r\n")
    }
}

/// 50 consecutive places of a season; fewer on the last page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Number of the page.
    pub number: PageNumber,
    /// Number of ranked players in the season.
    pub total: u64,
    /// At most [`PAGE_SIZE`] rows, best first.
    pub rows: Vec<Row>,
}

/// Change from one version of a page to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageDelta {
    /// Number of ranked players after the change.
    pub total: u64,
    /// The rows of the new page, top to bottom. All other rows are removed.
    pub edits: Vec<Edit>,
}

/// The next rows of the new page. In JSON: `{"copy": [from, count, shift]}` or
/// `{"row": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Rows of the old page: index of the first, number of rows, amount to add to each
    /// rank.
    Copy(u8, u8, i64),
    /// A row that the old page did not contain.
    Row(Row),
}

/// The delta does not apply to this page, because it was made for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the delta does not fit the page")]
pub struct DeltaMismatch;

impl Page {
    /// The delta from this page to `new`.
    #[must_use]
    pub fn delta_to(&self, new: &Self) -> PageDelta {
        let old: HashMap<&PlayerId, usize> = self
            .rows
            .iter()
            .enumerate()
            .map(|(i, r)| (&r.player, i))
            .collect();
        let mut edits: Vec<Edit> = Vec::new();
        for row in &new.rows {
            let copied = old.get(&row.player).and_then(|i| {
                let before = &self.rows[*i];
                let shift = row.rank.get().checked_signed_diff(before.rank.get())?;
                let same = before.score == row.score
                    && before.achieved_at == row.achieved_at
                    && before.name == row.name;
                Some((u8::try_from(*i).ok()?, shift)).filter(|_| same)
            });
            match (copied, edits.last_mut()) {
                (Some((from, shift)), Some(Edit::Copy(start, count, by)))
                    if *by == shift
                        && *count < u8::MAX
                        && start.checked_add(*count) == Some(from) =>
                {
                    *count += 1;
                }
                (Some((from, shift)), _) => edits.push(Edit::Copy(from, 1, shift)),
                (None, _) => edits.push(Edit::Row(row.clone())),
            }
        }
        PageDelta {
            total: new.total,
            edits,
        }
    }

    /// Applies a delta.
    ///
    /// # Errors
    /// Refuses a delta that copies missing rows or yields more than [`PAGE_SIZE`] rows.
    pub fn apply(&self, delta: &PageDelta) -> Result<Self, DeltaMismatch> {
        let mut rows = Vec::with_capacity(self.rows.len());
        for edit in &delta.edits {
            match edit {
                Edit::Row(row) => rows.push(row.clone()),
                Edit::Copy(from, count, shift) => {
                    let from = usize::from(*from);
                    let run = self.rows.get(from..from + usize::from(*count));
                    for row in run.ok_or(DeltaMismatch)? {
                        let rank = row.rank.shifted(*shift).ok_or(DeltaMismatch)?;
                        rows.push(Row {
                            rank,
                            ..row.clone()
                        });
                    }
                }
            }
            if rows.len() as u64 > PAGE_SIZE {
                return Err(DeltaMismatch);
            }
        }
        Ok(Self {
            number: self.number,
            total: delta.total,
            rows,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(player: u8, rank: u64, score: i64) -> Row {
        let player = PlayerId::new(&format!("p{player}")).unwrap();
        Row {
            rank: Rank::after(rank),
            name: PlayerName::from(&player),
            player,
            score: Score::new(score).unwrap(),
            achieved_at: Timestamp::MIN,
        }
    }

    fn page(rows: Vec<Row>, total: u64) -> Page {
        Page {
            number: PageNumber::FIRST,
            total,
            rows,
        }
    }

    /// Pages of distinct players from a small set, so that two pages share many players.
    fn pages() -> impl Strategy<Value = Page> {
        let players = Just((0_u8..60).collect::<Vec<_>>()).prop_shuffle();
        (
            players,
            0_usize..=50,
            prop::collection::vec((0_u64..3, 0_i64..3), 50),
            0_u64..1000,
        )
            .prop_map(|(players, len, values, total)| {
                let mut rank = 0;
                let rows = players
                    .iter()
                    .zip(values)
                    .take(len)
                    .map(|(p, (step, score))| {
                        rank += step;
                        row(*p, rank, score)
                    });
                page(rows.collect(), total)
            })
    }

    proptest! {
        #[test]
        fn delta_applied_to_the_old_page_yields_the_new_page(a in pages(), b in pages()) {
            let delta = a.delta_to(&b);
            prop_assert_eq!(a.apply(&delta), Ok(b));
            let json = serde_json::to_string(&delta).unwrap();
            prop_assert_eq!(serde_json::from_str::<PageDelta>(&json).unwrap(), delta);
        }

        #[test]
        fn delta_of_another_page_never_panics(a in pages(), edits in prop::collection::vec(
            (any::<u8>(), any::<u8>(), any::<i64>()).prop_map(|(f, c, s)| Edit::Copy(f, c, s)), 0..9)
        ) {
            let _ = a.apply(&PageDelta { total: 0, edits });
        }
    }

    #[test]
    fn new_leader_takes_one_row_and_one_copy() {
        let a = page((0..50).map(|i| row(i, u64::from(i), 0)).collect(), 50);
        let mut rows = vec![row(99, 0, 7)];
        rows.extend((0..49).map(|i| row(i, u64::from(i) + 1, 0)));
        let delta = a.delta_to(&page(rows, 51));
        assert_eq!(
            delta.edits,
            [Edit::Row(row(99, 0, 7)), Edit::Copy(0, 49, 1)]
        );
    }

    #[test]
    fn page_numbers_start_at_one_and_cover_fifty_places() {
        assert!(PageNumber::new(0).is_err());
        assert!(PageNumber::new(u64::MAX).is_err());
        assert_eq!(PageNumber::holding(49), PageNumber::FIRST);
        assert_eq!(PageNumber::holding(50).start(), 50);
    }
}
