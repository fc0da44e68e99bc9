//! Port of rare reads and writes of the ledger's database: single submissions and players,
//! rulings, the audit log.

use async_trait::async_trait;

use crate::audit::AuditNote;
use crate::service::error::LedgerError;
use crate::service::ports::stored::{BatchId, StoredName, StoredStanding};
use crate::{
    AuditEntry, AuditFilter, Board, DeadLetter, Explanation, InvalidValue, Milestone, NodeState,
    PlayerId, PlayerRecord, Ruled, Ruling, Season, SeasonKey, Slug, SubmissionRecord, Timestamp,
};

/// Result of a ruling in the ledger.
#[derive(Debug, Clone, Default)]
pub struct RuledBatch {
    /// Id of the batch in the outbox; absent if no standing changed.
    pub id: Option<BatchId>,
    /// Result for the caller.
    pub ruled: Ruled,
    /// Changed standings, in their current state.
    pub changed: Vec<(SeasonKey, StoredStanding)>,
    /// New display names.
    pub names: Vec<(PlayerId, StoredName)>,
}

/// Standings to recount when a board is redefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recount {
    /// The standings of every season.
    All,
    /// The standings of one season.
    Season(Season),
    /// The standings of one season, without the submissions recorded so far.
    StartOver(Season),
}

/// A redefined board, and the resulting changes.
#[derive(Debug, Clone)]
pub struct Redefined {
    /// The board after the change.
    pub board: Board,
    /// Id in the outbox; absent if no standing changed.
    pub id: Option<BatchId>,
    /// Seasons with changed standings.
    pub seasons: Vec<SeasonKey>,
    /// Number of changed standings.
    pub standings: u64,
}

impl Redefined {
    /// A redefined board whose standings did not change.
    #[must_use]
    pub const fn uncounted(board: Board) -> Self {
        Self {
            board,
            id: None,
            seasons: Vec::new(),
            standings: 0,
        }
    }
}

/// Submissions, players, rulings, the audit log.
#[async_trait]
pub trait Records: Send + Sync + 'static {
    /// Applies the ruling and recounts affected standings, under an exclusive lock. The
    /// same transaction adds the changed standings to the outbox and writes the audit
    /// entry, with the reverting rulings as `before`.
    ///
    /// A ruling with unknown targets is refused and changes nothing.
    async fn rule(
        &self,
        ruling: &Ruling,
        note: &AuditNote,
    ) -> Result<Result<RuledBatch, InvalidValue>, LedgerError>;

    /// Replaces the previous version of a board and recounts its standings from its
    /// submissions, under an exclusive lock. The same transaction adds the changed seasons
    /// to the outbox and writes the note to the audit log. `None`, without a change, if
    /// another version is stored.
    async fn redefine(
        &self,
        board: Board,
        recount: Recount,
        note: &AuditNote,
    ) -> Result<Option<Redefined>, LedgerError>;

    /// The standings of a season under the given rules, without storing them.
    async fn preview(
        &self,
        board: &Board,
        season: Season,
    ) -> Result<Vec<StoredStanding>, LedgerError>;

    /// Erases a player's account, name, submissions and rulings, under an exclusive lock.
    /// Only the versions of their standings remain.
    async fn erase(&self, player: &PlayerId, note: &AuditNote) -> Result<RuledBatch, LedgerError>;

    /// Up to `limit` submissions of a player and of players merged into them, counted or
    /// not: newest first, on one board or on all, recorded before `before`.
    async fn submissions(
        &self,
        player: &PlayerId,
        board: Option<&Slug>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<SubmissionRecord>, LedgerError>;

    /// Explanation of a player's standing; `None` without counted submissions.
    async fn explain(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Explanation>, LedgerError>;

    /// A player's record; without data, only the id is set.
    async fn player(&self, player: &PlayerId) -> Result<PlayerRecord, LedgerError>;

    /// Up to `limit` players whose name or handle begins with a text, in any case, or whose
    /// id equals it.
    async fn find_players(&self, text: &str, limit: u32) -> Result<Vec<PlayerRecord>, LedgerError>;

    /// The newest `limit` counted submissions of a player in a season that were recorded after
    /// `after`, returned oldest first. Each has the score after the submission, and the rank
    /// in its answer.
    async fn milestones(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Milestone>, LedgerError>;

    /// Up to `limit` players of a season whose name begins with a text, in any case, sorted
    /// by name. A short season is searched completely. In a longer one, only the first five
    /// hundred players with such a name are checked.
    async fn find_standing(
        &self,
        key: &SeasonKey,
        text: &str,
        is_short: bool,
        limit: u32,
    ) -> Result<Vec<PlayerId>, LedgerError>;

    /// The seasons of a board that have recorded standings, of all periods, without an order.
    /// Reads one row a season.
    async fn seasons(&self, board: &Slug) -> Result<Vec<Season>, LedgerError>;

    /// Records a visit to a form. Returns the other visitors since `since`, and deletes
    /// older visits.
    async fn visit(
        &self,
        form: &str,
        visitor: &str,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<String>, LedgerError>;

    /// Records a heartbeat of a node. Returns the nodes seen since `since`, latest first,
    /// and deletes older ones.
    async fn nodes(
        &self,
        node: &str,
        started: Timestamp,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<NodeState>, LedgerError>;

    /// Counts a failed attempt to apply a batch of the outbox. With `dies_at`, the batch becomes
    /// a dead letter at that number of failures.
    async fn note_failure(
        &self,
        batch: BatchId,
        error: &str,
        dies_at: Option<u32>,
        now: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Number of dead letters, and the newest `limit` ones.
    async fn dead_letters(&self, limit: u32) -> Result<(u64, Vec<DeadLetter>), LedgerError>;

    /// Puts a dead letter, or all, back into the outbox. The same transaction writes the note
    /// to the audit log, unless there is none. Returns their number.
    async fn retry_dead_letters(
        &self,
        batch: Option<BatchId>,
        note: &AuditNote,
    ) -> Result<u64, LedgerError>;

    /// Writes an audit entry for an action that changes no table.
    async fn note(&self, note: &AuditNote) -> Result<(), LedgerError>;

    /// Up to `limit` entries of the audit log, newest first.
    async fn audit(&self, filter: &AuditFilter, limit: u32)
    -> Result<Vec<AuditEntry>, LedgerError>;
}
