//! Port of rare reads and writes of the ledger's database: single submissions and players,
//! rulings, the audit log.

use async_trait::async_trait;

use crate::admin::audit::AuditNote;
use crate::service::error::LedgerError;
use crate::service::ports::stored::{BatchId, StoredName, StoredStanding};
use crate::{
    AuditEntry, AuditFilter, Board, BoardSize, DeadLetter, Explanation, InvalidValue, Milestone,
    NodeProfile, NodeState, PlayerId, PlayerName, PlayerRecord, RecountState, Role, Ruled, Ruling,
    Season, SeasonKey, Slug, SubmissionId, SubmissionRecord, Timestamp,
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

/// The stored result of a recount.
#[derive(Debug, Clone)]
pub struct Recounted {
    /// Version of the rules.
    pub version: u64,
    /// Id in the outbox; absent if no standing changed.
    pub id: Option<BatchId>,
    /// Seasons with changed standings.
    pub seasons: Vec<SeasonKey>,
    /// Number of changed standings.
    pub standings: u64,
}

/// A board that was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletedBoard {
    /// The version that the next board of this slug follows.
    pub version: u64,
    /// Whether nothing of the board is left.
    pub is_done: bool,
}

/// A step of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// The board.
    pub slug: Slug,
    /// The version that the next board of this slug follows. It identifies the deletion.
    pub version: u64,
    /// Time at which the deletion began.
    pub began_at: Timestamp,
    /// Whether the ledger has no more rows of the board.
    pub is_empty: bool,
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

    /// Replaces the previous version of a board and begins a recount of its standings, under an
    /// exclusive lock. Writes the note to the audit log. Returns the board, which refuses
    /// submissions until [`Self::end_recount`]. `None`, without a change, if another version is
    /// stored.
    async fn begin_recount(
        &self,
        board: Board,
        recount: Recount,
        note: &AuditNote,
    ) -> Result<Option<Board>, LedgerError>;

    /// Recounts the standings of a board from its submissions, by its current rules. Stores the
    /// changed ones in steps, between which others write, and then adds their seasons to the
    /// outbox. Continues an interrupted recount. `None` if the board has none.
    async fn recount(&self, board: &Slug) -> Result<Option<Recounted>, LedgerError>;

    /// Notes that a node works on a recount.
    async fn see_recount(&self, board: &Slug, at: Timestamp) -> Result<(), LedgerError>;

    /// Ends the recount by this version of the rules, so that submissions are accepted again.
    async fn end_recount(&self, board: &Slug, version: u64) -> Result<(), LedgerError>;

    /// The unfinished recounts, oldest first.
    async fn recounts(&self) -> Result<Vec<RecountState>, LedgerError>;

    /// Numbers of submissions of a board, and of their players.
    async fn board_size(&self, slug: &Slug) -> Result<BoardSize, LedgerError>;

    /// Begins to delete a board, under an exclusive lock: removes its definition and its emblem,
    /// takes it out of the keys that name it, and writes the note to the audit log. `false`, without a
    /// change, if another version is stored.
    async fn delete_board(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError>;

    /// Stores the picture of a board's emblem, a PNG, and writes the note to the audit log. `false`,
    /// without a change, if the board does not exist.
    async fn put_emblem(
        &self,
        board: &Slug,
        png: &[u8],
        note: &AuditNote,
    ) -> Result<bool, LedgerError>;

    /// In one transaction, replaces the previous version of a board, removes the picture of its
    /// emblem, and writes the note to the audit log. `false`, without a change, if another version
    /// is stored.
    async fn remove_emblem(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError>;

    /// The picture of a board's emblem, a PNG, if one is stored.
    async fn emblem(&self, board: &Slug) -> Result<Option<Vec<u8>>, LedgerError>;

    /// The deleted board of a slug, if any.
    async fn deleted_board(&self, slug: &Slug) -> Result<Option<DeletedBoard>, LedgerError>;

    /// Removes some rows of a deleted board. `None` if nothing is left to delete.
    async fn delete_step(&self) -> Result<Option<Deletion>, LedgerError>;

    /// Ends a deletion, so that the slug may be used again. A later deletion of the same slug goes
    /// on.
    async fn finish_deletion(&self, deletion: &Deletion) -> Result<(), LedgerError>;

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

    /// Up to `limit` quarantined submissions of all players: newest first.
    async fn held(&self, limit: u32) -> Result<Vec<SubmissionRecord>, LedgerError>;

    /// Whether a player has a quarantined submission, on one board or on any.
    async fn has_held(&self, player: &PlayerId, board: Option<&Slug>) -> Result<bool, LedgerError>;

    /// Explanation of a player's standing; `None` without counted submissions.
    async fn explain(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Explanation>, LedgerError>;

    /// The highest role of the accounts of these players, of the authors of these submissions,
    /// and of all players merged with one of them; at least [`Role::Player`].
    async fn highest_role(
        &self,
        players: &[PlayerId],
        submissions: &[SubmissionId],
    ) -> Result<Role, LedgerError>;

    /// A player's record; without data, only the id is set.
    async fn player(&self, player: &PlayerId) -> Result<PlayerRecord, LedgerError>;

    /// Whether a player has an account, a name, a ruling or a submission.
    async fn has_player(&self, player: &PlayerId) -> Result<bool, LedgerError>;

    /// A player's name on boards. An account's name is not one until it is recorded.
    async fn name(&self, player: &PlayerId) -> Result<Option<PlayerName>, LedgerError>;

    /// Up to `limit` merged players, each with the player who receives their standings.
    async fn merges(&self, limit: u32) -> Result<Vec<(PlayerId, PlayerId)>, LedgerError>;

    /// Up to `limit` players whose id equals a text, or whose name, handle or word inside the
    /// name begins with it, compared as [`crate::people::player::search_text`].
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

    /// Up to `limit` players of a season whose name begins with a text, and then those with a
    /// word inside the name that does, both sorted; compared as [`crate::people::player::search_text`].
    /// Then players without a name, by their ids. A short season, of up to ten thousand players, is
    /// searched completely. In a longer one, the first ten thousand matching names of all
    /// players are checked, as many words, and five hundred ids, which must begin with the text as it
    /// is written. The result can then have fewer players than match.
    async fn find_standing(
        &self,
        key: &SeasonKey,
        text: &str,
        is_short: bool,
        limit: u32,
    ) -> Result<Vec<PlayerId>, LedgerError>;

    /// Folds some names again whose text for searches is of an earlier version, and leaves those of
    /// a newer one. Returns whether more are left. Until the last call, a search may miss such names.
    async fn refold_names(&self) -> Result<bool, LedgerError>;

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

    /// Deletes a node that has stopped.
    async fn forget_node(&self, node: &str) -> Result<(), LedgerError>;

    /// Records a heartbeat of a node. Returns the nodes seen since `since`, latest first,
    /// with their differences to this one, and deletes older ones.
    async fn nodes(
        &self,
        node: &str,
        profile: &NodeProfile,
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
