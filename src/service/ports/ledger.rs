//! The port of the durable truth.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::audit::AuditNote;
use crate::board::Ranking;
use crate::service::error::Error;
use crate::service::ports::error::LedgerError;
use crate::service::ports::stored::{BatchId, Ranks, StoredStanding};
use crate::standing::SumOutOfRange;
use crate::{
    Board, PlayerId, PlayerName, Season, SeasonKey, Slug, Standing, Submission, SubmissionId,
    Timestamp,
};

/// A checked submission, ready to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The board, as its rules are now.
    pub board: Arc<Board>,
    /// What was submitted.
    pub submission: Submission,
    /// When it arrived.
    pub arrived: Timestamp,
    /// Its time: its own, else that of its arrival.
    pub at: Timestamp,
    /// The seasons it feeds, one a period.
    pub seasons: Vec<Season>,
    /// Why it must not be recorded, if so. A repeat is answered all the same.
    pub refusal: Option<Error>,
}

/// What became of an entry.
#[derive(Debug, Clone)]
pub enum Recorded {
    /// It is recorded.
    New(NewRecord),
    /// It had been recorded before, with the same content: the standings of
    /// then, and the ranks where they were settled.
    Before(Vec<SettledStanding>),
    /// Its id had been recorded before with another content.
    Conflict,
    /// It was never recorded, and its refusal stands.
    Refused,
    /// It was never recorded, and its player is banned.
    Banned,
    /// A sum would leave the range of scores.
    OutOfRange(SumOutOfRange),
}

/// What a new submission came to.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// Whose standings it feeds: its player's, or those of whom they were merged into.
    pub player: PlayerId,
    /// The name that it gives them; none where it gives none, or may not.
    pub name: Option<PlayerName>,
    /// The standing of every season it feeds.
    pub standings: Vec<RecordedStanding>,
}

/// A standing after a submission.
#[derive(Debug, Clone)]
pub struct RecordedStanding {
    /// The season.
    pub season: Season,
    /// The standing.
    pub standing: Standing,
    /// Counts the changes of this standing, from 1.
    pub version: u64,
    /// Whether score or existence changed.
    pub changed: bool,
}

/// What a submission's first answer said of a season.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledStanding {
    /// The season.
    pub season: Season,
    /// The standing.
    pub standing: Standing,
    /// Rank and previous rank, where [`Settled`] was stored.
    pub ranks: Option<Ranks>,
}

/// The ranks of an answer, to be stored with the submission, so that a repeat
/// gets the same answer. One a season, as [`Recorded::New`] listed them.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The submission.
    pub id: SubmissionId,
    /// Its answer's ranks.
    pub ranks: Vec<Option<Ranks>>,
}

/// Consecutive rows of a season, not ranked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerSlice {
    /// Everybody in the season.
    pub total: u64,
    /// Those with a better score than the first row's.
    pub better: u64,
    /// Distinct better scores.
    pub distinct: u64,
    /// In the total order.
    pub rows: Vec<RankedStanding>,
}

/// A player's standing, and who stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerPlace {
    /// The standing.
    pub ranked: RankedStanding,
    /// Everybody in the season.
    pub total: u64,
    /// Those before it in the total order.
    pub ordinal: u64,
    /// Those with a better score.
    pub better: u64,
    /// Those with a worse one.
    pub worse: u64,
    /// Distinct better scores.
    pub distinct: u64,
}

/// What became known of earlier batches when they were applied. Stored with the
/// next batch.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// Ranks of answers.
    pub answers: Vec<Settled>,
    /// Batches whose changes the broker has.
    pub applied: Vec<BatchId>,
}

impl Settlement {
    /// Whether there is nothing to store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.applied.is_empty()
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Default)]
pub struct RecordedBatch {
    /// Its place in the outbox; none when nothing new was recorded.
    pub id: Option<BatchId>,
    /// One an entry, in order.
    pub outcomes: Vec<Recorded>,
    /// Nothing was recorded, because a board has been defined since its entries
    /// were admitted: admit them again by its rules of now.
    pub is_outdated: bool,
}

/// A batch of the outbox, with the standings that it changed as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unapplied {
    /// The batch.
    pub id: BatchId,
    /// What the broker may lack.
    pub standings: Vec<(SeasonKey, StoredStanding)>,
    /// Seasons that were counted anew as a whole.
    pub seasons: Vec<SeasonKey>,
    /// Names that were given, or taken away: then they are the ids.
    pub names: Vec<(PlayerId, PlayerName)>,
}

/// A standing that counts, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedStanding {
    /// Who.
    pub player: PlayerId,
    /// Their name, where they gave one.
    pub name: Option<PlayerName>,
    /// The standing.
    pub standing: Standing,
}

/// The durable truth, in SQL.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Every board.
    async fn boards(&self) -> Result<Vec<Board>, LedgerError>;

    /// One board.
    async fn board(&self, slug: &Slug) -> Result<Option<Board>, LedgerError>;

    /// Stores a board: a new one at version 1, else in the place of the version
    /// before its own; and the note into the audit log. `false` when another version
    /// is there, and then nothing changes.
    async fn put_board(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError>;

    /// In one transaction, durable when this returns: stores what earlier
    /// batches came to, then records the entries in order, each seeing those
    /// before it, and puts the batch into the outbox. One outcome each.
    async fn record(
        &self,
        settlement: &Settlement,
        entries: &[Entry],
    ) -> Result<RecordedBatch, LedgerError>;

    /// Up to `limit` batches of the outbox that were recorded at least `age`
    /// ago, oldest first.
    async fn unapplied(&self, age: Duration, limit: u32) -> Result<Vec<Unapplied>, LedgerError>;

    /// How many batches are in the outbox.
    async fn outbox(&self) -> Result<u64, LedgerError>;

    /// Every season that somebody stands in and how many do, by board.
    async fn seasons(&self) -> Result<Vec<(SeasonKey, u64)>, LedgerError>;

    /// The seasons of a board that somebody stands in, and how many do.
    async fn seasons_of(&self, board: &Slug) -> Result<Vec<(Season, u64)>, LedgerError>;

    /// Every standing of a season, in no order; also those that count no more.
    async fn standings(&self, key: &SeasonKey) -> Result<Vec<StoredStanding>, LedgerError>;

    /// Rows of a season in the total order, sorted for this read alone: for when
    /// the broker is away.
    async fn slice(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        start: u64,
        limit: usize,
    ) -> Result<LedgerSlice, LedgerError>;

    /// Where a player stands, counted for this read alone.
    async fn place(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        player: &PlayerId,
    ) -> Result<Option<LedgerPlace>, LedgerError>;

    /// How often a submission is in the ledger: 0 or 1.
    async fn count(&self, id: SubmissionId) -> Result<u64, LedgerError>;

    /// Answers when the ledger does.
    async fn ping(&self) -> Result<(), LedgerError>;
}
