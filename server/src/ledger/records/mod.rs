//! Submissions, players and the audit log in SQL, with one text for both databases.

mod dead_letters;
mod deletion;
mod emblems;
mod judged;
mod look;
mod recount;
mod rulings;

use async_trait::async_trait;
use leaderport::admin::audit::AuditNote;
use leaderport::people::player::search_text::MAX_INNER_WORDS;
use leaderport::service::Records;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::records::{DeletedBoard, Deletion, Recount, Recounted, RuledBatch};
use leaderport::service::ports::stored::{BatchId, StoredStanding};
use leaderport::{
    AuditEntry, AuditFilter, Board, BoardSize, DeadLetter, Explanation, InvalidValue, Milestone,
    NodeProfile, NodeState, PlayerId, PlayerName, PlayerRecord, RecountState, Role, Ruling, Season,
    SeasonKey, Slug, SubmissionId, SubmissionRecord, Timestamp,
};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use self::judged::{player, submissions};
use super::database::any::{AnyDatabase, LONG_PATIENCE, instant, maybe_text, query, text};
use super::database::columns::{all_readable, corrupt, readable};
use super::{audit, names};

/// The id of a recorded player.
const RECORDED: &str = "SELECT player FROM players WHERE player = $1 UNION
     SELECT player FROM accounts WHERE player = $1 UNION
     SELECT player FROM player_rulings WHERE player = $1 UNION
     SELECT max(player) FROM submissions WHERE player = $1 HAVING count(*) > 0";

/// Submissions, players and the audit log of a database.
pub struct SqlRecords {
    db: AnyDatabase,
}

impl SqlRecords {
    /// Creates the records over a database with the ledger's tables.
    #[must_use]
    pub fn new(db: AnyDatabase) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Records for SqlRecords {
    async fn rule(
        &self,
        ruling: &Ruling,
        note: &AuditNote,
    ) -> Result<Result<RuledBatch, InvalidValue>, LedgerError> {
        rulings::rule(&self.db, ruling, note).await
    }

    async fn begin_recount(
        &self,
        board: Board,
        recount: Recount,
        note: &AuditNote,
    ) -> Result<Option<Board>, LedgerError> {
        recount::begin(&self.db, board, recount, note).await
    }

    async fn recount(&self, board: &Slug) -> Result<Option<Recounted>, LedgerError> {
        recount::run(&self.db, board).await
    }

    async fn see_recount(&self, board: &Slug, at: Timestamp) -> Result<(), LedgerError> {
        recount::see(&self.db, board, at).await
    }

    async fn end_recount(&self, board: &Slug, version: u64) -> Result<(), LedgerError> {
        recount::end(&self.db, board, version).await
    }

    async fn recounts(&self) -> Result<Vec<RecountState>, LedgerError> {
        recount::unfinished(&self.db).await
    }

    async fn board_size(&self, slug: &Slug) -> Result<BoardSize, LedgerError> {
        deletion::size(&self.db, slug).await
    }

    async fn delete_board(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError> {
        deletion::begin(&self.db, board, note).await
    }

    async fn put_emblem(
        &self,
        board: &Slug,
        png: &[u8],
        note: &AuditNote,
    ) -> Result<bool, LedgerError> {
        emblems::put(&self.db, board, png, note).await
    }

    async fn remove_emblem(&self, board: &Board, note: &AuditNote) -> Result<bool, LedgerError> {
        emblems::remove(&self.db, board, note).await
    }

    async fn emblem(&self, board: &Slug) -> Result<Option<Vec<u8>>, LedgerError> {
        emblems::read(&self.db, board).await
    }

    async fn deleted_board(&self, slug: &Slug) -> Result<Option<DeletedBoard>, LedgerError> {
        deletion::deleted(&self.db, slug).await
    }

    async fn delete_step(&self) -> Result<Option<Deletion>, LedgerError> {
        deletion::step(&self.db).await
    }

    async fn finish_deletion(&self, deletion: &Deletion) -> Result<(), LedgerError> {
        deletion::finish(&self.db, deletion).await
    }

    async fn preview(
        &self,
        board: &Board,
        season: Season,
    ) -> Result<Vec<StoredStanding>, LedgerError> {
        recount::preview(&self.db, board, season).await
    }

    async fn erase(&self, player: &PlayerId, note: &AuditNote) -> Result<RuledBatch, LedgerError> {
        rulings::erase(&self.db, player, note).await
    }

    async fn submissions(
        &self,
        player: &PlayerId,
        board: Option<&Slug>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<SubmissionRecord>, LedgerError> {
        let of_board = board.map_or("", |_| "AND s.board = $3");
        let condition = format!(
            "WHERE s.player IN (SELECT $1 UNION SELECT player FROM player_rulings
               WHERE merged_into = $1) AND s.seq < $2 {of_board}
             ORDER BY s.seq DESC LIMIT {limit}"
        );
        let before = before.and_then(|seq| i64::try_from(seq).ok());
        let mut query = query(submissions(&self.db, &condition))
            .bind(player.as_str().to_owned())
            .bind(before.unwrap_or(i64::MAX));
        if let Some(board) = board {
            query = query.bind(board.as_str().to_owned());
        }
        let rows = self.db.fetch(query).await?;
        let records = rows.iter().map(judged::record);
        Ok(all_readable("submissions", records))
    }

    async fn held(&self, limit: u32) -> Result<Vec<SubmissionRecord>, LedgerError> {
        // Few submissions are held: begin with their rulings.
        let condition = format!(
            "WHERE s.seq IN (SELECT seq FROM submission_rulings WHERE state = 'quarantined'
               ORDER BY seq DESC LIMIT {limit}) ORDER BY s.seq DESC"
        );
        let rows = self.db.fetch(query(submissions(&self.db, &condition)));
        let rows = rows.await?;
        let records = rows.iter().map(judged::record);
        Ok(all_readable("submissions", records))
    }

    async fn has_held(&self, player: &PlayerId, board: Option<&Slug>) -> Result<bool, LedgerError> {
        look::has_held(&self.db, player, board).await
    }

    async fn explain(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Explanation>, LedgerError> {
        let explain =
            async |db: &mut AnyConnection| rulings::explain(&self.db, db, key, player).await;
        self.db.with(LONG_PATIENCE, explain).await
    }

    async fn highest_role(
        &self,
        players: &[PlayerId],
        submissions: &[SubmissionId],
    ) -> Result<Role, LedgerError> {
        let read = async |db: &mut AnyConnection| {
            judged::highest_role(&self.db, db, players, submissions).await
        };
        self.db.with(LONG_PATIENCE, read).await
    }

    async fn player(&self, player: &PlayerId) -> Result<PlayerRecord, LedgerError> {
        let read = async |db: &mut AnyConnection| self::player(db, player).await;
        self.db.with(LONG_PATIENCE, read).await
    }

    async fn has_player(&self, player: &PlayerId) -> Result<bool, LedgerError> {
        let recorded = sqlx::query(RECORDED).bind(player.as_str().to_owned());
        Ok(!self.db.fetch(recorded).await?.is_empty())
    }

    async fn name(&self, player: &PlayerId) -> Result<Option<PlayerName>, LedgerError> {
        let read = async |db: &mut AnyConnection| judged::name_of(db, player).await;
        let stored = self.db.with(LONG_PATIENCE, read).await?;
        Ok(stored.map(|stored| stored.name))
    }

    async fn merges(&self, limit: u32) -> Result<Vec<(PlayerId, PlayerId)>, LedgerError> {
        look::merges(&self.db, limit).await
    }

    async fn find_players(&self, text: &str, limit: u32) -> Result<Vec<PlayerRecord>, LedgerError> {
        let handles =
            "SELECT player FROM accounts WHERE handle >= $1 AND handle < $2 ORDER BY handle";
        let [whole, words] = names::SOURCES.map(|source| {
            format!(
                "SELECT player FROM {source} WHERE folded >= $1 AND folded < $2
                 ORDER BY folded, player"
            )
        });
        let mut found: Vec<String> = Vec::new();
        let exact = sqlx::query(RECORDED).bind(text.to_owned());
        let mut rows = self.db.fetch(exact).await?;
        if let Some((first, end)) = names::range(text) {
            // Several words of a player can match.
            let lists = [
                (whole.as_str(), 1),
                (handles, 1),
                (words.as_str(), MAX_INNER_WORDS),
            ];
            for (list, rows_of_player) in lists {
                let most = limit as usize * rows_of_player;
                let query = query(format!("{list} LIMIT {most}"));
                let query = query.bind(first.clone()).bind(end.clone());
                rows.extend(self.db.fetch(query).await?);
            }
        }
        for row in &rows {
            let player = self::text(row, 0)?;
            if !found.contains(&player) {
                found.push(player);
            }
        }
        found.truncate(limit as usize);
        let read = async |db: &mut AnyConnection| {
            let mut players = Vec::with_capacity(found.len());
            for id in &found {
                let id = readable("players", PlayerId::stored(id).map_err(corrupt));
                let Some(id) = id else { continue };
                players.push(self::player(db, &id).await?);
            }
            Ok(players)
        };
        self.db.with(LONG_PATIENCE, read).await
    }

    async fn milestones(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Milestone>, LedgerError> {
        look::milestones(&self.db, key, player, after, limit).await
    }

    async fn find_standing(
        &self,
        key: &SeasonKey,
        text: &str,
        is_short: bool,
        limit: u32,
    ) -> Result<Vec<PlayerId>, LedgerError> {
        look::find_standing(&self.db, key, text, is_short, limit).await
    }

    async fn refold_names(&self) -> Result<bool, LedgerError> {
        names::refold(&self.db).await
    }

    async fn seasons(&self, board: &Slug) -> Result<Vec<Season>, LedgerError> {
        look::seasons(&self.db, board).await
    }

    async fn visit(
        &self,
        form: &str,
        visitor: &str,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<String>, LedgerError> {
        let clear = sqlx::query("DELETE FROM visits WHERE seen_at < $1").bind(since.millis_i64());
        self.db.execute(clear).await?;
        let note = sqlx::query(
            "INSERT INTO visits (form, visitor, seen_at) VALUES ($1, $2, $3)
             ON CONFLICT (form, visitor) DO UPDATE SET seen_at = excluded.seen_at",
        );
        let note = note.bind(form.to_owned()).bind(visitor.to_owned());
        self.db.execute(note.bind(now.millis_i64())).await?;
        let others = sqlx::query(
            "SELECT visitor FROM visits WHERE form = $1 AND visitor <> $2
             ORDER BY visitor LIMIT 20",
        );
        let others = others.bind(form.to_owned()).bind(visitor.to_owned());
        let rows = self.db.fetch(others).await?;
        rows.iter().map(|row| text(row, 0)).collect()
    }

    async fn forget_node(&self, node: &str) -> Result<(), LedgerError> {
        let forget = sqlx::query("DELETE FROM nodes WHERE node = $1").bind(node.to_owned());
        self.db.execute(forget).await.map(drop)
    }

    async fn nodes(
        &self,
        node: &str,
        profile: &NodeProfile,
        started: Timestamp,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Vec<NodeState>, LedgerError> {
        let clear = sqlx::query("DELETE FROM nodes WHERE seen_at < $1").bind(since.millis_i64());
        self.db.execute(clear).await?;
        let note = sqlx::query(
            "INSERT INTO nodes (node, started_at, seen_at, profile) VALUES ($1, $2, $3, $4)
             ON CONFLICT (node) DO UPDATE SET seen_at = excluded.seen_at,
               profile = excluded.profile",
        );
        let json = serde_json::to_string(profile).map_err(corrupt)?;
        let note = note.bind(node.to_owned()).bind(started.millis_i64());
        self.db
            .execute(note.bind(now.millis_i64()).bind(json))
            .await?;
        let sql = "SELECT node, started_at, seen_at, profile FROM nodes
             ORDER BY seen_at DESC, node LIMIT 200";
        let rows = self.db.fetch(sqlx::query(sql)).await?;
        let state = |row: &AnyRow| {
            let name = text(row, 0)?;
            let is_this = name == node;
            // A node of an older version has no profile, and one of a newer version may have
            // another.
            let json = maybe_text(row, 3)?;
            let other: Option<NodeProfile> = json.and_then(|json| serde_json::from_str(&json).ok());
            let differs = match &other {
                Some(other) if !is_this && !profile.is_same_place(other) => {
                    profile.differences(other)
                }
                _ => Vec::new(),
            };
            let other = other.unwrap_or_default();
            Ok(NodeState {
                is_this,
                node: name,
                started_at: instant(row, 1)?,
                seen_at: instant(row, 2)?,
                host: other.host,
                address: other.address,
                version: other.version,
                differs,
            })
        };
        Ok(all_readable("nodes", rows.iter().map(state)))
    }

    async fn note_failure(
        &self,
        batch: BatchId,
        error: &str,
        dies_at: Option<u32>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        dead_letters::note_failure(&self.db, batch, error, dies_at, now).await
    }

    async fn dead_letters(&self, limit: u32) -> Result<(u64, Vec<DeadLetter>), LedgerError> {
        dead_letters::dead_letters(&self.db, limit).await
    }

    async fn retry_dead_letters(
        &self,
        batch: Option<BatchId>,
        note: &AuditNote,
    ) -> Result<u64, LedgerError> {
        dead_letters::retry(&self.db, batch, note).await
    }

    async fn note(&self, note: &AuditNote) -> Result<(), LedgerError> {
        let written = self.db.at_once(LONG_PATIENCE, async |db| {
            audit::write(db, note).await?;
            Ok(Ok::<(), ()>(()))
        });
        written.await.map(drop)
    }

    async fn audit(
        &self,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, LedgerError> {
        let rows = self.db.fetch(audit::read(filter, limit)).await?;
        Ok(all_readable("audit", rows.iter().map(audit::entry)))
    }
}
