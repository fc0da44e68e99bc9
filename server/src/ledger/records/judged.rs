//! Submissions and players, with the rulings on them.

use std::collections::BTreeSet;

use leaderport::ranking::standing::SubmittedAt;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::stored::StoredName;
use leaderport::{
    Handle, PlayerId, PlayerName, PlayerRecord, Role, Score, Slug, SubmissionId, SubmissionRecord,
    SubmissionState,
};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::ledger::database::any::{
    AnyDatabase, instant, maybe_instant, maybe_text, number, query, text,
};
use crate::ledger::database::columns::{self, corrupt, failed, readable, version};

/// Selects submissions with the rulings on them and on their players. `$ID` is replaced by the SQL
/// for the id as text.
const SUBMISSIONS: &str = "SELECT $ID, s.board, s.player, s.value, s.at, s.standings,
       coalesce(r.state, 'counted'), s.seq, coalesce(p.merged_into, s.player),
       coalesce(p.is_banned, 0), s.claimed_at
     FROM submissions AS s LEFT JOIN submission_rulings AS r ON r.seq = s.seq
       LEFT JOIN player_rulings AS p ON p.player = s.player";

/// A submission with the rulings on it and on its player.
pub(super) struct Judged {
    pub(super) record: SubmissionRecord,
    /// The player whose standings the submission changes, if it counts.
    pub(super) feeds: PlayerId,
    pub(super) at: SubmittedAt,
    is_banned: bool,
}

impl Judged {
    /// Whether it counts towards a standing.
    pub(super) fn counts(&self) -> bool {
        self.record.state == SubmissionState::Counted && !self.is_banned
    }
}

/// Selects the [`SUBMISSIONS`] that match a condition.
pub(super) fn submissions(db: &AnyDatabase, condition: &str) -> String {
    let all = SUBMISSIONS.replace("$ID", db.dialect.id_text);
    format!("{all} {condition}")
}

/// Reads the columns of [`SUBMISSIONS`]. A ruling or a recount must not leave out a submission that
/// cannot be read: it would store a standing without it.
pub(super) fn judged(row: &AnyRow) -> Result<Judged, LedgerError> {
    let seq = number(row, 7)?;
    let unreadable = |error: LedgerError| {
        LedgerError(format!(
            "submission {seq} (submissions.seq), or the ruling on it or its player, cannot be read; correct it in the database: {error}"
        ))
    };
    let record = record(row).map_err(unreadable)?;
    let feeds = PlayerId::stored(&text(row, 8)?).map_err(corrupt);
    let claimed_at = maybe_instant(row, 10).map_err(unreadable)?;
    Ok(Judged {
        at: SubmittedAt::new(claimed_at, record.at),
        feeds: feeds.map_err(unreadable)?,
        record,
        is_banned: number(row, 9)? > 0,
    })
}

/// Reads a submission from the columns of [`SUBMISSIONS`], without the rulings on its player.
pub(super) fn record(row: &AnyRow) -> Result<SubmissionRecord, LedgerError> {
    let board = text(row, 1)?;
    let seasons = columns::seasons(&board, &text(row, 5)?)?;
    Ok(SubmissionRecord {
        id: SubmissionId(text(row, 0)?.parse().map_err(corrupt)?),
        board: Slug::new(&board).map_err(corrupt)?,
        player: PlayerId::stored(&text(row, 2)?).map_err(corrupt)?,
        value: Score::new(number(row, 3)?).map_err(corrupt)?,
        at: instant(row, 4)?,
        seasons: seasons.into_iter().map(|key| key.season).collect(),
        state: state(&text(row, 6)?)?,
        seq: version(number(row, 7)?)?,
    })
}

fn state(text: &str) -> Result<SubmissionState, LedgerError> {
    let state = SubmissionState::ALL
        .into_iter()
        .find(|s| s.as_str() == text);
    state.ok_or_else(|| corrupt(format!("the state {text:?}")))
}

/// The name that boards show, if there is one.
pub(super) async fn name_of(
    db: &mut AnyConnection,
    player: &PlayerId,
) -> Result<Option<StoredName>, LedgerError> {
    let row = sqlx::query("SELECT name, version FROM players WHERE player = $1");
    let row = row.bind(player.as_str().to_owned()).fetch_optional(db);
    let Some(row) = row.await.map_err(failed)? else {
        return Ok(None);
    };
    columns::stored_name(player, Some(&text(&row, 0)?), Some(number(&row, 1)?))
}

/// Reads a player with the rulings on them. A merge that cannot be read is left out.
pub(super) async fn player(
    db: &mut AnyConnection,
    player: &PlayerId,
) -> Result<PlayerRecord, LedgerError> {
    let (record, merged_into) = player_and_merge(db, player).await?;
    Ok(PlayerRecord {
        merged_into: readable("player_rulings", merged_into).flatten(),
        ..record
    })
}

/// Like [`player`], for a ruling. Fails if a merge cannot be read, because the ruling would change
/// the standings of another player than the merge's.
pub(super) async fn player_to_rule(
    db: &mut AnyConnection,
    player: &PlayerId,
) -> Result<PlayerRecord, LedgerError> {
    let (record, merged_into) = player_and_merge(db, player).await?;
    Ok(PlayerRecord {
        merged_into: merged_into?,
        ..record
    })
}

/// The receiving player of a merged player, as read.
type Merge = Result<Option<PlayerId>, LedgerError>;

async fn player_and_merge(
    db: &mut AnyConnection,
    player: &PlayerId,
) -> Result<(PlayerRecord, Merge), LedgerError> {
    let sql = "SELECT p.name, a.handle, coalesce(r.is_banned, 0), r.merged_into,
           coalesce(r.is_name_fixed, 0), a.name, coalesce(a.role, 'player')
         FROM (SELECT CAST($1 AS TEXT) AS player) AS w
           LEFT JOIN players AS p ON p.player = w.player
           LEFT JOIN accounts AS a ON a.player = w.player
           LEFT JOIN player_rulings AS r ON r.player = w.player";
    let row = sqlx::query(sql).bind(player.as_str().to_owned());
    let row = row.fetch_one(db).await.map_err(failed)?;
    let name = maybe_text(&row, 0)?.or(maybe_text(&row, 5)?);
    let handle = maybe_text(&row, 1)?.map(|handle| Handle::new(&handle).map_err(corrupt));
    let merged_into = maybe_text(&row, 3)?.map(|into| PlayerId::stored(&into).map_err(corrupt));
    let record = PlayerRecord {
        player: player.clone(),
        name: name.map(|name| PlayerName::shown(&name, player)),
        handle: handle.and_then(|handle| readable("accounts", handle)),
        role: columns::role(&text(&row, 6)?),
        is_banned: number(&row, 2)? > 0,
        merged_into: None,
        is_name_fixed: number(&row, 4)? > 0,
    };
    Ok((record, merged_into.transpose()))
}

/// The highest role of the accounts of these players, of the authors of these submissions, and of
/// all players merged with one of them.
pub(super) async fn highest_role(
    any: &AnyDatabase,
    db: &mut AnyConnection,
    players: &[PlayerId],
    submissions: &[SubmissionId],
) -> Result<Role, LedgerError> {
    let mut named: BTreeSet<String> = players.iter().map(|p| p.as_str().to_owned()).collect();
    let author = format!(
        "SELECT s.player FROM submissions AS s WHERE s.id = {}",
        any.dialect.id
    );
    for id in submissions {
        let rows = query(author.clone()).bind(id.to_string());
        let rows = rows.fetch_all(&mut *db).await.map_err(failed)?;
        for row in &rows {
            named.insert(text(row, 0)?);
        }
    }
    let roles = "WITH root AS (SELECT coalesce(
           (SELECT merged_into FROM player_rulings WHERE player = CAST($1 AS TEXT)),
           CAST($1 AS TEXT)) AS player)
         SELECT role FROM accounts WHERE player IN (SELECT player FROM root UNION
           SELECT r.player FROM player_rulings AS r JOIN root ON r.merged_into = root.player)";
    let mut highest = Role::Player;
    for player in named {
        let rows = sqlx::query(roles).bind(player);
        for row in rows.fetch_all(&mut *db).await.map_err(failed)? {
            highest = highest.max(Role::stored(&text(&row, 0)?).map_err(corrupt)?);
        }
    }
    Ok(highest)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ledger::database::any::query;
    use crate::ledger::database::sqlite_file::SqliteFile;
    use crate::ledger::database::stopped::Stopped;
    use crate::ledger::sqlite::Sqlite;

    /// `PostgreSQL` plans by its own statistics.
    #[tokio::test]
    async fn sqlite_finds_submissions_of_a_board_or_a_player_by_the_right_index() {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteFile::at(folder.path().join("ledger.db"));
        Sqlite::open(&file, Arc::new(Stopped)).await.unwrap();
        let db = AnyDatabase::sqlite(&file).await.unwrap();
        let of_player = "IN (SELECT player FROM player_rulings WHERE merged_into = $2)";
        for (condition, index) in [
            ("WHERE s.board = $1 ORDER BY s.seq", "submissions_of_board"),
            (
                &format!("WHERE s.board = $1 AND s.player {of_player} ORDER BY s.seq DESC LIMIT 9"),
                "submissions_of_player",
            ),
            (
                &format!("WHERE s.board = $1 AND (s.player = $2 OR s.player {of_player})"),
                "submissions_of_player",
            ),
        ] {
            let plan = query(format!(
                "EXPLAIN QUERY PLAN {}",
                submissions(&db, condition)
            ));
            let mut plan = plan.bind("board".to_owned());
            if condition.contains("$2") {
                plan = plan.bind("player".to_owned());
            }
            let steps = db.fetch(plan).await.unwrap();
            let steps: Vec<String> = steps.iter().map(|row| text(row, 3).unwrap()).collect();
            let used = steps.iter().filter(|step| step.contains("submissions_of"));
            let used: Vec<_> = used.collect();
            assert!(!used.is_empty(), "{condition}: {steps:?}");
            assert!(
                used.iter().all(|s| s.contains(index)),
                "{condition}: {steps:?}"
            );
        }
    }
}
