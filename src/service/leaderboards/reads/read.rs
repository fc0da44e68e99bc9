//! The read path: rows, a player's standing, and the rows around it. Data comes from the
//! broker's ranked state, with the position of that state.
//!
//! While the broker is down, rows and standings come from the ledger's SQL, with
//! [`Position::DEGRADED`]. These reads are slower for longer seasons, so only few run at a
//! time. A read that waits too long fails, and the caller can retry.

use std::time::Duration;

use tokio::sync::SemaphorePermit;

use crate::board::Ranking;
use crate::protocol::MyPlace;
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::ports::broker::{Missed, Notice, PlaceRead, Slice};
use crate::service::ports::ledger::{LedgerPlace, LedgerSlice, RankedStanding};
use crate::{
    Board, InvalidValue, Period, PlayerId, PlayerName, Position, Rank, Row, RowRanks, Score,
    Season, SeasonKey, Slug, TieRule, Timestamp,
};

/// Maximum number of rows in one read.
pub const MAX_LIMIT: usize = 200;

/// Maximum number of concurrent reads from the ledger.
pub(crate) const DEGRADED_AT_ONCE: usize = 2;

/// Maximum wait for a permit to read from the ledger.
const DEGRADED_WAIT: Duration = Duration::from_secs(2);

/// A season with its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeasonInfo {
    /// Board and season.
    pub key: SeasonKey,
    /// Start of the season.
    pub starts_at: Timestamp,
    /// Start of the next season; absent for `all`.
    pub next_reset: Option<Timestamp>,
}

/// Consecutive rows of a season.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standings {
    /// The season.
    pub season: SeasonInfo,
    /// The rows.
    pub slice: Slice,
}

/// A player's standing in a season.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayerStanding {
    /// The season.
    pub season: SeasonInfo,
    /// The row.
    pub row: Row,
    /// Place, from 0.
    pub ordinal: u64,
    /// Size of the season and percentile.
    pub totals: Totals,
    /// Position of the state read.
    pub position: Position,
}

impl From<&PlayerStanding> for MyPlace {
    fn from(standing: &PlayerStanding) -> Self {
        Self {
            rank: standing.row.rank,
            place: standing.ordinal,
            score: standing.row.score,
            total: standing.totals.total,
            percentile: standing.totals.percentile,
        }
    }
}

/// Size of a season, and a player's percentile in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// Number of ranked players.
    pub total: u64,
    /// Share of the other players ranked strictly below, 0 to 100; 100 if there are none.
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
    /// Resolves a season: `season` itself, else the running one of `period`, else the
    /// running one of the board's longest period.
    ///
    /// # Errors
    /// Fails if the board lacks the period, or if season and period disagree.
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

    /// A player's standing in a season; for a merged player, that of the receiving player.
    ///
    /// # Errors
    /// Returns [`Error::UnknownPlayer`], or fails if an engine is down.
    pub async fn standing(
        &self,
        season: SeasonInfo,
        player: &PlayerId,
    ) -> Result<PlayerStanding, Error> {
        match self.own_standing(season.clone(), player).await {
            Err(error @ Error::UnknownPlayer(..)) => match self.merged_into(player).await {
                Some(into) => self.own_standing(season, &into).await,
                None => Err(error),
            },
            found => found,
        }
    }

    /// Checks that `who` may send a submission made earlier as `player`. Either both are
    /// the same player, or one was merged into the other.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] for another player and [`Error::Unauthorized`] for an
    /// anonymous caller. Fails if the ledger is down.
    pub async fn check_is(&self, player: &PlayerId, who: Option<&PlayerId>) -> Result<(), Error> {
        let Some(who) = who else {
            let why = "your sign-in has expired; sign in again, then send it";
            return Err(Error::Unauthorized(why.to_owned()));
        };
        let is_into = async |one: &PlayerId, other: &PlayerId| {
            let record = self.records.player(one).await?;
            Ok::<_, Error>(record.merged_into.as_ref() == Some(other))
        };
        if who == player || is_into(who, player).await? || is_into(player, who).await? {
            return Ok(());
        }
        let why = "this score was made by another player; sign in as that player, or \
                   submit it again as yourself";
        Err(Error::Forbidden(why.to_owned()))
    }

    /// The name of a player on boards; none if the player has none yet, even if they have an
    /// account with a name.
    ///
    /// # Errors
    /// Fails if the ledger is down.
    pub async fn display_name(&self, player: &PlayerId) -> Result<Option<PlayerName>, Error> {
        Ok(self.records.name(player).await?)
    }

    /// The player whose standings receive this player's submissions, if merged. Also `None`
    /// while the ledger is down, so that reads do not fail.
    pub(crate) async fn merged_into(&self, player: &PlayerId) -> Option<PlayerId> {
        self.merges.of(player, &*self.records).await
    }

    pub(crate) async fn own_standing(
        &self,
        season: SeasonInfo,
        player: &PlayerId,
    ) -> Result<PlayerStanding, Error> {
        let key = &season.key;
        let read = match self.place(key, player).await {
            Err(error) if error.is_of_broker() => {
                let (ranking, _turn) = self.degrade(key, &error).await?;
                let place = self.ledger.place(key, ranking, player).await?;
                place.map(|p| degraded_place(p, ranking, player))
            }
            read => read?,
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

    /// Up to `limit` rows with a player in the middle; for a merged player, with the receiving
    /// player.
    ///
    /// # Errors
    /// Returns [`Error::UnknownPlayer`], or fails if an engine is down.
    pub async fn around(
        &self,
        season: SeasonInfo,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Standings, Error> {
        match self.around_own(season.clone(), player, limit).await {
            Err(error @ Error::UnknownPlayer(..)) => match self.merged_into(player).await {
                Some(into) => self.around_own(season, &into, limit).await,
                None => Err(error),
            },
            found => found,
        }
    }

    async fn around_own(
        &self,
        season: SeasonInfo,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Standings, Error> {
        let (key, limit) = (&season.key, limit.min(MAX_LIMIT));
        let read = match self.live_around(key, player, limit).await {
            Err(error) if error.is_of_broker() => {
                let (ranking, _turn) = self.degrade(key, &error).await?;
                match self.ledger.place(key, ranking, player).await? {
                    Some(place) => {
                        let window = limit as u64;
                        let middle = place.ordinal.saturating_sub(window / 2);
                        let start = middle.min(place.total.saturating_sub(window));
                        let slice = self.ledger.slice(key, ranking, start, limit).await?;
                        Some(degraded_slice(slice, ranking, start))
                    }
                    None => None,
                }
            }
            read => read?,
        };
        let slice = read.ok_or_else(|| Error::unknown_player(player, key))?;
        Ok(Standings { season, slice })
    }

    /// The rank of a new player with this score.
    ///
    /// # Errors
    /// Fails if an engine is down.
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

    /// The place of the first row of a rank, from 0: under the tie rule `dense`, many rows can
    /// have each rank. A rank that `shared` skips has the place at which it would be. A rank
    /// beyond the last has the last place.
    ///
    /// # Errors
    /// Fails if an engine is down.
    pub async fn place_of_rank(&self, key: &SeasonKey, rank: Rank) -> Result<u64, Error> {
        match self.live_place_of_rank(key, rank).await {
            Err(error) if error.is_of_broker() => {
                let (ranking, _turn) = self.degrade(key, &error).await?;
                Ok(self.ledger.place_of_rank(key, ranking, rank).await?)
            }
            read => read,
        }
    }

    async fn live_place_of_rank(&self, key: &SeasonKey, rank: Rank) -> Result<u64, Error> {
        loop {
            if let Some(place) = self.broker.place_of_rank(key, rank).await? {
                return Ok(place);
            }
            if !self.hold(key).await? {
                return Ok(0);
            }
        }
    }

    /// The publications after a position.
    ///
    /// # Errors
    /// Fails if an engine is down.
    pub async fn missed(&self, key: &SeasonKey, since: Position) -> Result<Missed, Error> {
        Ok(self
            .broker
            .missed(key, since)
            .await?
            .unwrap_or(Missed::Gone))
    }

    /// Subscribes to all later changes.
    #[must_use]
    pub fn notices(&self) -> tokio::sync::broadcast::Receiver<Notice> {
        self.broker.subscribe()
    }

    /// Resolves a slug, a period and a season.
    ///
    /// # Errors
    /// Fails like [`Self::board`] and [`Self::season`].
    pub fn find(
        &self,
        slug: &Slug,
        period: Option<Period>,
        season: Option<Season>,
    ) -> Result<SeasonInfo, Error> {
        self.season(&*self.board(slug)?, period, season)
    }

    pub(crate) async fn slice(
        &self,
        key: &SeasonKey,
        start: u64,
        limit: usize,
    ) -> Result<Slice, Error> {
        match self.live_slice(key, start, limit).await {
            Err(error) if error.is_of_broker() => {
                let (ranking, _turn) = self.degrade(key, &error).await?;
                let slice = self.ledger.slice(key, ranking, start, limit).await?;
                Ok(degraded_slice(slice, ranking, start))
            }
            read => read,
        }
    }

    async fn live_slice(&self, key: &SeasonKey, start: u64, limit: usize) -> Result<Slice, Error> {
        loop {
            if let Some(slice) = self.broker.slice(key, start, limit).await? {
                self.near.see(key, slice.position);
                return Ok(slice);
            }
            if !self.hold(key).await? {
                return Ok(Slice {
                    total: 0,
                    start,
                    rows: Vec::new(),
                    position: Position::NOWHERE,
                });
            }
        }
    }

    async fn live_around(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Option<Slice>, Error> {
        loop {
            if let Some(read) = self.broker.around(key, player, limit).await? {
                if let Some(slice) = &read {
                    self.near.see(key, slice.position);
                }
                return Ok(read);
            }
            if !self.hold(key).await? {
                return Ok(None);
            }
        }
    }

    async fn place(&self, key: &SeasonKey, player: &PlayerId) -> Result<Option<PlaceRead>, Error> {
        loop {
            if let Some(read) = self.broker.place(key, player).await? {
                if let Some(place) = &read {
                    self.near.see(key, place.position);
                }
                return Ok(read);
            }
            if !self.hold(key).await? {
                return Ok(None);
            }
        }
    }

    /// The board's rules and a permit, for a read from the ledger.
    async fn degrade(
        &self,
        key: &SeasonKey,
        why: &Error,
    ) -> Result<(Ranking, SemaphorePermit<'_>), Error> {
        metrics::counter!("leaderport_degraded_reads_total").increment(1);
        tracing::debug!(season = %key, ?why, "the broker failed; this read uses the ledger");
        let ranking = self.board(&key.board)?.as_ref().into();
        let turn = tokio::time::timeout(DEGRADED_WAIT, self.degraded.acquire()).await;
        match turn {
            Ok(Ok(turn)) => Ok((ranking, turn)),
            Ok(Err(_)) | Err(_) => Err(why.clone()),
        }
    }

    /// Ensures that the broker holds a season, if the season is running or has standings.
    /// Returns whether the broker holds it.
    async fn hold(&self, key: &SeasonKey) -> Result<bool, Error> {
        let is_running = self
            .board(&key.board)?
            .seasons_at(self.clock.now())
            .contains(&key.season);
        self.loader.ensure_for_reader(key, !is_running).await
    }
}

/// Converts the ledger's rows to ranked rows.
fn degraded_slice(read: LedgerSlice, ranking: Ranking, start: u64) -> Slice {
    let mut ranks = RowRanks::new(ranking.tie, start, read.better, read.distinct);
    let rows = read.rows.into_iter().map(|ranked| Row {
        rank: ranks.next(ranked.standing.score),
        name: ranked.name.unwrap_or_else(|| (&ranked.player).into()),
        player: ranked.player,
        score: ranked.standing.score,
        achieved_at: ranked.standing.achieved_at,
    });
    Slice {
        rows: rows.collect(),
        total: read.total,
        start,
        position: Position::DEGRADED,
    }
}

fn degraded_place(read: LedgerPlace, ranking: Ranking, player: &PlayerId) -> PlaceRead {
    let better = match ranking.tie {
        TieRule::Earliest => read.ordinal,
        TieRule::Shared => read.better,
        TieRule::Dense => read.distinct,
    };
    let below = match ranking.tie {
        TieRule::Earliest => read.total - read.ordinal - 1,
        TieRule::Shared | TieRule::Dense => read.worse,
    };
    let rank = Rank::after(better);
    let RankedStanding { name, standing, .. } = read.ranked;
    PlaceRead {
        row: Some(Row {
            rank,
            name: name.unwrap_or_else(|| player.into()),
            player: player.clone(),
            score: standing.score,
            achieved_at: standing.achieved_at,
        }),
        rank,
        ordinal: read.ordinal,
        total: read.total,
        below,
        position: Position::DEGRADED,
    }
}
