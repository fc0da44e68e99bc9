//! Port of the ledger: the durable truth.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::admin::audit::AuditNote;
use crate::board::Ranking;
use crate::ranking::standing::SumOutOfRange;
use crate::service::error::Error;
use crate::service::error::LedgerError;
use crate::service::ports::stored::{BatchId, Ranks, StoredName, StoredStanding};
use crate::{
    Board, PlayerId, PlayerName, Rank, Season, SeasonKey, Slug, Standing, Submission, SubmissionId,
    Timestamp,
};

/// Origin of a submission. It decides if the submission brings an erased player back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A game server or the operator: it does.
    Server,
    /// The player: it does not if its credential may be from before the erasure.
    Player,
    /// An import: it does not, unless its given time is after the erasure.
    Import,
}

/// A checked submission, ready to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The board with the rules used for the checks.
    pub board: Arc<Board>,
    /// The submission.
    pub submission: Submission,
    /// Time of arrival.
    pub arrived: Timestamp,
    /// Submission time given by a trusted caller, or else the time of arrival.
    pub at: Timestamp,
    /// The seasons in which it counts, at most one for each period.
    pub seasons: Vec<Season>,
    /// Its origin.
    pub origin: Origin,
    /// Whether its name replaces the player's. Else it only names a player without a name.
    pub may_rename: bool,
    /// The reason to refuse it, if any. A repeat of a recorded submission is still
    /// answered.
    pub refusal: Option<Error>,
}

/// A name that a player chose, without a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renaming {
    /// The player.
    pub player: PlayerId,
    /// The new name.
    pub name: PlayerName,
    /// Time of arrival.
    pub arrived: Timestamp,
}

/// Result of a renaming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// The player has this name now.
    Now(StoredName),
    /// A moderator fixed the name.
    Fixed,
    /// The player was erased at this time, and the credential may be from before.
    Erased(Timestamp),
    /// A row of the player cannot be read. A retry helps once it is corrected.
    Unreadable(LedgerError),
}

impl Renamed {
    /// The new name, if any.
    #[must_use]
    pub const fn name(&self) -> Option<&StoredName> {
        match self {
            Self::Now(name) => Some(name),
            Self::Fixed | Self::Erased(_) | Self::Unreadable(_) => None,
        }
    }
}

/// Result of recording an entry.
#[derive(Debug, Clone)]
pub enum Recorded {
    /// Recorded now.
    New(NewRecord),
    /// Recorded earlier with the same content: the standings of the first answer, and its
    /// ranks if stored.
    Before(Vec<SettledStanding>),
    /// The id was recorded earlier with other content.
    Conflict,
    /// Not recorded, because of the entry's refusal.
    Refused,
    /// Not recorded, because the player is banned.
    Banned,
    /// Not recorded: the player was erased at this time, and its [`Origin`] does not bring the
    /// player back.
    Erased(Timestamp),
    /// Not recorded, because the sum is out of range.
    OutOfRange(SumOutOfRange),
    /// Not recorded, because a row of the player, or a standing that it changes, cannot be read.
    /// A retry helps once the row is corrected.
    Unreadable(LedgerError),
}

/// Result of a new submission.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// The player whose standings change: the submitter, or the player they were merged
    /// into.
    pub player: PlayerId,
    /// The new display name; absent if the submission has none or may not change it.
    pub name: Option<StoredName>,
    /// The standing in every season in which the submission counts.
    pub standings: Vec<RecordedStanding>,
}

/// A standing after a submission.
#[derive(Debug, Clone)]
pub struct RecordedStanding {
    /// The season.
    pub season: Season,
    /// The standing.
    pub standing: Standing,
    /// Number of changes of this standing, from 1.
    pub version: u64,
    /// Whether the score changed or the standing is new.
    pub changed: bool,
}

/// A season's standing in the first answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledStanding {
    /// The season.
    pub season: Season,
    /// The standing.
    pub standing: Standing,
    /// Rank and previous rank, if [`Settled`] was stored.
    pub ranks: Option<Ranks>,
}

/// The ranks of an answer, one for each season in the order of [`Recorded::New`]. They are
/// stored with the submission, so that a repeat gets the same answer.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Id of the submission.
    pub id: SubmissionId,
    /// The ranks in its answer.
    pub ranks: Vec<Option<Ranks>>,
}

impl Settled {
    /// The answer, if it has every rank. Another one is not stored, because a stored answer is
    /// never replaced.
    #[must_use]
    pub fn complete(self) -> Option<Self> {
        self.ranks.iter().all(Option::is_some).then_some(self)
    }
}

/// Consecutive rows of a season, without ranks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerSlice {
    /// Number of players in the season.
    pub total: u64,
    /// Number of players with a better score than the first row's.
    pub better: u64,
    /// Number of distinct better scores.
    pub distinct: u64,
    /// The rows, in the total order.
    pub rows: Vec<RankedStanding>,
}

/// A player's standing, and the numbers of players before and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerPlace {
    /// The standing.
    pub ranked: RankedStanding,
    /// Number of players in the season.
    pub total: u64,
    /// Number of players before it in the total order.
    pub ordinal: u64,
    /// Number of players with a better score.
    pub better: u64,
    /// Number of players with a worse score.
    pub worse: u64,
    /// Number of distinct better scores.
    pub distinct: u64,
}

/// Results of applying earlier batches to the broker. They are stored with the next batch.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// The ranks in each answer.
    pub answers: Vec<Settled>,
    /// Batches that the broker has applied.
    pub applied: Vec<BatchId>,
}

impl Settlement {
    /// Whether there is nothing to store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.applied.is_empty()
    }
}

/// Result of recording a batch.
#[derive(Debug, Clone, Default)]
pub struct RecordedBatch {
    /// Id in the outbox; absent if nothing new was recorded.
    pub id: Option<BatchId>,
    /// One result for each entry, in order.
    pub outcomes: Vec<Recorded>,
    /// One result for each renaming, in order.
    pub renamed: Vec<Renamed>,
    /// Display names after the batch, of the entries' players that have one.
    pub names: HashMap<PlayerId, StoredName>,
    /// Whether a board was redefined after the entries were admitted. Then nothing was
    /// recorded: admit the entries again under the current rules.
    pub is_outdated: bool,
}

/// A batch in the outbox, with the current state of its changed standings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unapplied {
    /// The batch.
    pub id: BatchId,
    /// Standings that the broker may lack.
    pub standings: Vec<(SeasonKey, StoredStanding)>,
    /// Seasons that were recounted as a whole.
    pub seasons: Vec<SeasonKey>,
    /// New display names, of submissions too; the id where a name was removed.
    pub names: Vec<(PlayerId, StoredName)>,
    /// The error, if the batch could not be read. Its lists are empty then.
    pub unreadable: Option<String>,
}

impl Unapplied {
    /// A batch that could not be read.
    #[must_use]
    pub fn unreadable(id: BatchId, error: &LedgerError) -> Self {
        Self {
            id,
            standings: Vec::new(),
            seasons: Vec::new(),
            names: Vec::new(),
            unreadable: Some(error.to_string()),
        }
    }
}

/// A counted standing with its player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedStanding {
    /// Id of the player.
    pub player: PlayerId,
    /// Display name; absent if the player gave none.
    pub name: Option<PlayerName>,
    /// The standing.
    pub standing: Standing,
}

/// The boards of the ledger.
#[derive(Debug, Clone, Default)]
pub struct StoredBoards {
    /// The boards, by slug.
    pub boards: Vec<Board>,
    /// The boards whose definitions this version cannot read, as those of a newer version. They
    /// exist: a node keeps what it knows of them.
    pub unreadable: BTreeSet<Slug>,
}

/// The durable truth, in SQL.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Every board.
    async fn boards(&self) -> Result<StoredBoards, LedgerError>;

    /// One board. Fails if its definition cannot be read.
    async fn board(&self, slug: &Slug) -> Result<Option<Board>, LedgerError>;

    /// Stores a board and writes the note to the audit log. A new board has version 1;
    /// otherwise the board replaces the previous version. `false`, without a change, if
    /// another version is stored.
    async fn put_board(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError>;

    /// Records entries and renamings in one transaction, durable on return. First stores the
    /// settlement of earlier batches. Then records the entries and the renamings in order,
    /// each with the effects of the previous ones, and adds the batch to the outbox.
    async fn record_all(
        &self,
        settlement: &Settlement,
        entries: &[Entry],
        renamings: &[Renaming],
    ) -> Result<RecordedBatch, LedgerError>;

    /// Records entries, as [`Self::record_all`] does.
    async fn record(
        &self,
        settlement: &Settlement,
        entries: &[Entry],
    ) -> Result<RecordedBatch, LedgerError> {
        self.record_all(settlement, entries, &[]).await
    }

    /// Up to `limit` batches in the outbox that were recorded at least `age` ago, without dead
    /// letters: those with the fewest failures first, then the oldest. A batch that cannot be
    /// read leaves the others readable.
    async fn unapplied(&self, age: Duration, limit: u32) -> Result<Vec<Unapplied>, LedgerError>;

    /// Number of batches in the outbox, without dead letters.
    async fn outbox(&self) -> Result<u64, LedgerError>;

    /// Age of the oldest batch in the outbox, without dead letters; `None` if it is empty.
    async fn outbox_age(&self) -> Result<Option<Duration>, LedgerError>;

    /// Every season with standings and their number, by board.
    async fn seasons(&self) -> Result<Vec<(SeasonKey, u64)>, LedgerError>;

    /// The seasons of a board with standings, and their numbers.
    async fn seasons_of(&self, board: &Slug) -> Result<Vec<(Season, u64)>, LedgerError>;

    /// Every standing of a season, unordered, including those that no longer count.
    async fn standings(&self, key: &SeasonKey) -> Result<Vec<StoredStanding>, LedgerError>;

    /// Rows of a season in the total order, for reads while the broker is down. Each call
    /// sorts the season.
    async fn slice(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        start: u64,
        limit: usize,
    ) -> Result<LedgerSlice, LedgerError>;

    /// Sends every row of a season to `sink`, in the total order and some hundred at a time:
    /// one snapshot, of the time of this call or later. Sorts the season in bounded memory.
    /// Ends early, without an error, if the receiver is dropped. A caller that drops the future
    /// ends the sort soon as well.
    async fn export(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        sink: mpsc::Sender<Vec<RankedStanding>>,
    ) -> Result<(), LedgerError>;

    /// The place of a player. Each call counts the season.
    async fn place(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        player: &PlayerId,
    ) -> Result<Option<LedgerPlace>, LedgerError>;

    /// Version of a player's standing, also of one that no longer counts; 0 without any.
    async fn version(&self, key: &SeasonKey, player: &PlayerId) -> Result<u64, LedgerError>;

    /// The place of the first row of a rank, from 0, as the broker answers it. Each call counts
    /// the season.
    async fn place_of_rank(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        rank: Rank,
    ) -> Result<u64, LedgerError>;

    /// Number of records of a submission in the ledger: 0 or 1.
    async fn count(&self, id: SubmissionId) -> Result<u64, LedgerError>;

    /// Whether only this process can use it.
    fn is_local(&self) -> bool {
        false
    }

    /// Lasting tasks of this ledger in this process that panicked and have not started again.
    fn tasks_down(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Checks that the ledger responds.
    async fn ping(&self) -> Result<(), LedgerError>;
}
