//! The read path: pages, standings, around a player. Everything comes from the
//! broker's ranked state, with the position of the state that was read.

use super::broker::{Missed, Notice, PlaceRead, Slice};
use super::{Error, Leaderboards};
use crate::{
    Board, Epoch, InvalidValue, PAGE_SIZE, Page, PageNumber, Period, PlayerId, Position, Rank, Row,
    Score, Season, SeasonKey, Slug, Timestamp,
};

/// The most rows of one read.
pub const MAX_LIMIT: usize = 200;

/// The position of a season that was never begun: no epoch of a stream is 0.
const NOWHERE: Position = Position {
    epoch: Epoch(0),
    offset: 0,
};

/// A season, for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeasonInfo {
    /// Of which board.
    pub key: SeasonKey,
    /// Its first instant.
    pub starts_at: Timestamp,
    /// When the next one starts; never for `all`.
    pub next_reset: Option<Timestamp>,
}

/// Consecutive rows of a season.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standings {
    /// Which season.
    pub season: SeasonInfo,
    /// The rows.
    pub slice: Slice,
}

/// A player's standing in a season.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayerStanding {
    /// Which season.
    pub season: SeasonInfo,
    /// The row.
    pub row: Row,
    /// The place, counted from 0.
    pub ordinal: u64,
    /// Among whom.
    pub totals: Totals,
    /// Of the state read.
    pub position: Position,
}

/// A rank among how many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// Everybody ranked.
    pub total: u64,
    /// The share of the others ranked strictly below, 0 to 100; 100 when alone.
    pub percentile: f64,
}

impl Totals {
    fn new(total: u64, below: u64) -> Self {
        let others = total.saturating_sub(1);
        #[expect(clippy::cast_precision_loss, reason = "members are fewer than 2^32")]
        let percentile = if others == 0 {
            100.0
        } else {
            below as f64 * 100.0 / others as f64
        };
        Self { total, percentile }
    }
}

impl Leaderboards {
    /// The season that a reader means: `season` itself, else the current one of
    /// `period`, else the current one of the board's longest period.
    ///
    /// # Errors
    /// When the board has no such period, or season and period disagree.
    pub fn season(
        &self,
        board: &Board,
        period: Option<Period>,
        season: Option<Season>,
    ) -> Result<SeasonInfo, Error> {
        let zone = board.zone();
        let wanted = period
            .or(season.map(Season::period))
            .unwrap_or(board.periods.first());
        if !board.periods.contains(wanted) {
            let names: Vec<_> = board.periods.iter().map(Period::name).collect();
            let reason = format!("must be a period of this board: {}", names.join(", "));
            return Err(InvalidValue::new("period", wanted, reason).into());
        }
        if let Some(season) = season.filter(|s| s.period() != wanted) {
            let reason = format!("must be a season of the period {wanted}");
            return Err(InvalidValue::new("season", season, reason).into());
        }
        let season = season.unwrap_or_else(|| Season::at(wanted, &zone, self.clock.now()));
        let bounds = season.bounds(&zone);
        let key = SeasonKey {
            board: board.slug.clone(),
            season,
        };
        Ok(SeasonInfo {
            key,
            starts_at: bounds.start,
            next_reset: bounds.end,
        })
    }

    /// Up to `limit` rows of a season from a place counted from 0.
    ///
    /// # Errors
    /// When an engine is away.
    pub async fn standings(
        &self,
        season: SeasonInfo,
        offset: u64,
        limit: usize,
    ) -> Result<Standings, Error> {
        let slice = self
            .slice(&season.key, offset, limit.min(MAX_LIMIT))
            .await?;
        Ok(Standings { season, slice })
    }

    /// A page of a season, with its position.
    ///
    /// # Errors
    /// When an engine is away.
    pub async fn page(
        &self,
        key: &SeasonKey,
        number: PageNumber,
    ) -> Result<(Page, Position), Error> {
        let limit = usize::try_from(PAGE_SIZE).expect("a page is small");
        let slice = self.slice(key, number.start(), limit).await?;
        Ok((
            Page {
                number,
                total: slice.total,
                rows: slice.rows,
            },
            slice.position,
        ))
    }

    /// A player's standing in a season.
    ///
    /// # Errors
    /// [`Error::UnknownPlayer`], or an engine is away.
    pub async fn standing(
        &self,
        season: SeasonInfo,
        player: &PlayerId,
    ) -> Result<PlayerStanding, Error> {
        let key = &season.key;
        let read = loop {
            if let Some(read) = self.broker.place(key, player).await? {
                break read;
            }
            if !self.hold(key).await? {
                break None;
            }
        };
        let Some(PlaceRead {
            row: Some(row),
            ordinal,
            total,
            below,
            position,
            ..
        }) = read
        else {
            return Err(Error::unknown_player(player, key));
        };
        Ok(PlayerStanding {
            season,
            row,
            ordinal,
            totals: Totals::new(total, below),
            position,
        })
    }

    /// Up to `limit` rows with a player in their middle.
    ///
    /// # Errors
    /// [`Error::UnknownPlayer`], or an engine is away.
    pub async fn around(
        &self,
        season: SeasonInfo,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Standings, Error> {
        let limit = limit.min(MAX_LIMIT);
        loop {
            if let Some(read) = self.broker.around(&season.key, player, limit).await? {
                let slice = read.ok_or_else(|| Error::unknown_player(player, &season.key))?;
                return Ok(Standings { season, slice });
            }
            if !self.hold(&season.key).await? {
                return Err(Error::unknown_player(player, &season.key));
            }
        }
    }

    /// The rank that a newcomer with this score would have.
    ///
    /// # Errors
    /// When an engine is away.
    pub async fn rank_of_score(&self, key: &SeasonKey, score: Score) -> Result<Rank, Error> {
        loop {
            if let Some(read) = self.broker.place_of_score(key, score).await? {
                return Ok(read.rank);
            }
            if !self.hold(key).await? {
                return Ok(Rank::after(0));
            }
        }
    }

    /// What was published after a position.
    ///
    /// # Errors
    /// When an engine is away.
    pub async fn missed(&self, key: &SeasonKey, since: Position) -> Result<Missed, Error> {
        Ok(self
            .broker
            .missed(key, since)
            .await?
            .unwrap_or(Missed::Gone))
    }

    /// Hears every change from now on.
    #[must_use]
    pub fn notices(&self) -> tokio::sync::broadcast::Receiver<Notice> {
        self.broker.subscribe()
    }

    /// The board and season that a slug, period and season name.
    ///
    /// # Errors
    /// As [`Self::board`] and [`Self::season`].
    pub fn find(
        &self,
        slug: &Slug,
        period: Option<Period>,
        season: Option<Season>,
    ) -> Result<SeasonInfo, Error> {
        self.season(&*self.board(slug)?, period, season)
    }

    async fn slice(&self, key: &SeasonKey, start: u64, limit: usize) -> Result<Slice, Error> {
        loop {
            if let Some(slice) = self.broker.slice(key, start, limit).await? {
                return Ok(slice);
            }
            if !self.hold(key).await? {
                return Ok(Slice {
                    total: 0,
                    start,
                    rows: Vec::new(),
                    position: NOWHERE,
                });
            }
        }
    }

    /// Has the broker hold a season: a running one always, another one if
    /// anybody stands in it. Whether it does.
    async fn hold(&self, key: &SeasonKey) -> Result<bool, Error> {
        let is_running = self
            .board(&key.board)?
            .seasons_at(self.clock.now())
            .contains(&key.season);
        if is_running {
            self.loader.ensure(key).await?;
            return Ok(true);
        }
        self.loader.ensure_if_any(key).await
    }
}
