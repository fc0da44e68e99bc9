//! The port of what is seldom asked of the ledger's tables: single submissions
//! and players, what is decided of them, and the audit log.

use async_trait::async_trait;

use crate::audit::AuditNote;
use crate::service::ports::error::LedgerError;
use crate::service::ports::stored::{BatchId, StoredStanding};
use crate::{
    AuditEntry, AuditFilter, Board, Explanation, InvalidValue, Milestone, NodeState, PlayerId,
    PlayerName, PlayerRecord, Ruled, Ruling, Season, SeasonKey, Slug, SubmissionRecord, Timestamp,
};

/// Whose ruling it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuledBy {
    /// Somebody who may judge others.
    Moderator,
    /// The player whom it is about.
    Player,
}

/// What a ruling came to in the ledger.
#[derive(Debug, Clone, Default)]
pub struct RuledBatch {
    /// Its place in the outbox; none when no standing changed.
    pub id: Option<BatchId>,
    /// For whoever decided.
    pub ruled: Ruled,
    /// The standings that changed, as they are now.
    pub changed: Vec<(SeasonKey, StoredStanding)>,
    /// Names to show.
    pub names: Vec<(PlayerId, PlayerName)>,
}

/// What is counted anew when a board is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recount {
    /// Every season.
    All,
    /// One.
    Season(Season),
    /// One, from the submissions that are yet to come.
    StartOver(Season),
}

/// A board that was defined, and what that changed.
#[derive(Debug, Clone)]
pub struct Redefined {
    /// As it is now.
    pub board: Board,
    /// Its place in the outbox; none when no standing changed.
    pub id: Option<BatchId>,
    /// The seasons in which standings changed.
    pub seasons: Vec<SeasonKey>,
    /// How many changed.
    pub standings: u64,
}

impl Redefined {
    /// A board of which nothing was counted.
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
    /// In one transaction, which no submission is recorded beside: decides,
    /// counts the standings anew that it touches, puts them into the outbox, and
    /// notes it in the audit log, with what takes it back as what was before. A
    /// ruling about what is not there is refused and changes nothing, and so is a
    /// player's own name where a moderator gave it; of that no names are noted.
    async fn rule(
        &self,
        ruling: &Ruling,
        by: RuledBy,
        note: &AuditNote,
    ) -> Result<Result<RuledBatch, InvalidValue>, LedgerError>;

    /// In one such transaction: puts a board in the place of the version before its
    /// own, counts its standings anew by its rules from all its submissions, puts
    /// the seasons that changed into the outbox, and the note into the audit log.
    /// None, and nothing changed, when another version is there.
    async fn redefine(
        &self,
        board: Board,
        recount: Recount,
        note: &AuditNote,
    ) -> Result<Option<Redefined>, LedgerError>;

    /// The standings of a season as the board's rules would make them.
    async fn preview(
        &self,
        board: &Board,
        season: Season,
    ) -> Result<Vec<StoredStanding>, LedgerError>;

    /// In one such transaction: removes a player's account, name, submissions and
    /// what was decided of them. Of their standings the versions are left.
    async fn erase(&self, player: &PlayerId, note: &AuditNote) -> Result<RuledBatch, LedgerError>;

    /// Up to `limit` submissions that feed a player's standings, the newest
    /// first: of one board or of all, recorded before `before`.
    async fn submissions(
        &self,
        player: &PlayerId,
        board: Option<&Slug>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<SubmissionRecord>, LedgerError>;

    /// What makes a player's standing; none where nothing of theirs counts.
    async fn explain(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Explanation>, LedgerError>;

    /// A player; one of whom nothing is known has nothing but an id.
    async fn player(&self, player: &PlayerId) -> Result<PlayerRecord, LedgerError>;

    /// Up to `limit` players whose name or handle begins with a text, whatever
    /// its letters' case, or whose id it is.
    async fn find_players(&self, text: &str, limit: u32) -> Result<Vec<PlayerRecord>, LedgerError>;

    /// The newest submissions that count for a player in a season and were recorded after
    /// `after`, up to `limit`, the oldest first: the score after each, and the rank that
    /// it was answered with.
    async fn milestones(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Milestone>, LedgerError>;

    /// Up to `limit` players who stand in a season and whose name begins with a text,
    /// whatever its letters' case, by name: in a short season of all who stand there,
    /// else of the first five hundred whose name does.
    async fn find_standing(
        &self,
        key: &SeasonKey,
        text: &str,
        is_short: bool,
        limit: u32,
    ) -> Result<Vec<PlayerId>, LedgerError>;

    /// Those of some seasons of a board that somebody was recorded in.
    async fn seasons_among(
        &self,
        board: &Slug,
        seasons: &[Season],
    ) -> Result<Vec<Season>, LedgerError>;

    /// Notes that somebody has a form open, and gives the others who had it open
    /// at `since` or later. What is older is removed.
    async fn visit(
        &self,
        form: &str,
        visitor: &str,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<String>, LedgerError>;

    /// Notes that a node is there, and gives all that were seen at `since` or later,
    /// the newest first. What is older is removed.
    async fn nodes(
        &self,
        node: &str,
        started: Timestamp,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<NodeState>, LedgerError>;

    /// Writes into the audit log what changes no table.
    async fn note(&self, note: &AuditNote) -> Result<(), LedgerError>;

    /// Up to `limit` entries of the audit log, the newest first.
    async fn audit(&self, filter: &AuditFilter, limit: u32)
    -> Result<Vec<AuditEntry>, LedgerError>;
}
