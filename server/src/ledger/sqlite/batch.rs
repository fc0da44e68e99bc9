//! One batch inside one transaction: read what the entries meet, decide each in
//! order by the domain's rules, write everything that changed.

use std::collections::{BTreeMap, HashMap};

use leaderport::service::ledger::{
    Entry, LedgerError, Ranks, Recorded, RecordedStanding, Settled, SettledStanding,
};
use leaderport::{
    Epoch, PlayerId, PlayerName, Position, Rank, Season, Slug, Standing, Submission, SubmissionId,
};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::rows::{Cell, execute, fetch};
use super::{corrupt, failed, standing, version};

/// One of a player's standings: board, season, player.
type StandingKey = (Slug, Season, PlayerId);
/// A standing and its version.
type Versioned = (Standing, u64);

/// Rank, previous rank, epoch and offset, as `answers.ranks` lists them.
type StoredRanks = (Rank, Option<Rank>, Epoch, u64);

/// What a submission was, and was answered.
struct Earlier {
    content: Content,
    standings: Vec<SettledStanding>,
}

/// What must be the same for a repeat.
#[derive(PartialEq, Eq)]
struct Content {
    board: String,
    player: String,
    value: i64,
    claimed_at: Option<i64>,
}

impl Content {
    fn of(entry: &Entry) -> Self {
        Self {
            board: entry.submission.board.to_string(),
            player: entry.submission.player.to_string(),
            value: entry.submission.value.get(),
            claimed_at: entry.submission.at.map(leaderport::Timestamp::millis_i64),
        }
    }
}

/// Stores the ranks of earlier answers.
pub(super) async fn settle(
    db: &mut SqliteConnection,
    settled: &[Settled],
) -> Result<(), LedgerError> {
    let rows = settled.iter().map(|s| {
        let stored = |r: Ranks| (r.rank, r.previous, r.position.epoch, r.position.offset);
        let ranks: Vec<_> = s.ranks.iter().map(|r| r.map(stored)).collect();
        Ok([Cell::Bytes(s.id.0.as_bytes()), json(&ranks)?])
    });
    let rows = rows.collect::<Result<Vec<_>, LedgerError>>()?;
    let sql = (
        "WITH settled (id, ranks) AS (",
        ") INSERT INTO answers (id, ranks)
           SELECT settled.id, settled.ranks
           FROM settled CROSS JOIN submissions AS s ON s.id = settled.id
           WHERE true ON CONFLICT (id) DO NOTHING",
    );
    execute(db, sql, &rows).await
}

/// Records entries in order, each seeing those before it.
pub(super) async fn record(
    db: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<Vec<Recorded>, LedgerError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let mut batch = Batch {
        earlier: earlier(db, entries).await?,
        names: names(db, entries).await?,
        standings: standings(db, entries).await?,
        new_names: BTreeMap::new(),
        new_standings: BTreeMap::new(),
    };
    let mut recorded = Vec::with_capacity(entries.len());
    for entry in entries {
        recorded.push(batch.record(entry));
    }
    batch.write(db, entries, &recorded).await?;
    Ok(recorded)
}

struct Batch {
    earlier: HashMap<SubmissionId, Earlier>,
    names: HashMap<PlayerId, PlayerName>,
    standings: HashMap<StandingKey, Versioned>,
    new_names: BTreeMap<PlayerId, PlayerName>,
    new_standings: BTreeMap<StandingKey, Versioned>,
}

impl Batch {
    fn record(&mut self, entry: &Entry) -> Recorded {
        let id = entry.submission.id;
        if let Some(earlier) = self.earlier.get(&id) {
            return if earlier.content == Content::of(entry) {
                Recorded::Before(earlier.standings.clone())
            } else {
                Recorded::Conflict
            };
        }
        if entry.refusal.is_some() {
            return Recorded::Refused;
        }
        let player = &entry.submission.player;
        let board = &entry.board;
        let mut after = Vec::with_capacity(entry.seasons.len());
        for season in &entry.seasons {
            let key = (board.slug.clone(), *season, player.clone());
            let before = self.standings.get(&key).copied();
            let value = entry.submission.value;
            let standing = before.map(|(s, _)| s);
            match Standing::after(standing, value, entry.at, board.policy, board.order) {
                Ok(standing) => after.push((key, before, standing)),
                Err(error) => return Recorded::OutOfRange(error),
            }
        }
        self.rename(entry);
        let mut recorded = Vec::with_capacity(after.len());
        for (key, before, standing) in after {
            let ranked = |s: Standing| (s.score, s.achieved_at);
            let changed = before.is_none_or(|(b, _)| ranked(b) != ranked(standing));
            let version = before.map_or(0, |(_, v)| v) + u64::from(changed);
            recorded.push(RecordedStanding {
                season: key.1,
                standing,
                version,
                changed,
            });
            if before != Some((standing, version)) {
                self.standings.insert(key.clone(), (standing, version));
                self.new_standings.insert(key, (standing, version));
            }
        }
        self.keep(entry, &recorded);
        Recorded::New(recorded)
    }

    /// Keeps the name that the entry gives its player, if it is another one.
    fn rename(&mut self, entry: &Entry) {
        let Submission { player, name, .. } = &entry.submission;
        if let Some(name) = name
            && self.names.get(player) != Some(name)
        {
            self.names.insert(player.clone(), name.clone());
            self.new_names.insert(player.clone(), name.clone());
        }
    }

    fn keep(&mut self, entry: &Entry, recorded: &[RecordedStanding]) {
        let standings = recorded
            .iter()
            .map(|r| SettledStanding {
                season: r.season,
                standing: r.standing,
                ranks: None,
            })
            .collect();
        let content = Content::of(entry);
        self.earlier
            .insert(entry.submission.id, Earlier { content, standings });
    }

    async fn write(
        self,
        db: &mut SqliteConnection,
        entries: &[Entry],
        recorded: &[Recorded],
    ) -> Result<(), LedgerError> {
        let new = entries
            .iter()
            .zip(recorded)
            .filter_map(|(entry, r)| match r {
                Recorded::New(standings) => Some(submission_row(entry, standings)),
                _ => None,
            });
        let submissions = new.collect::<Result<Vec<_>, LedgerError>>()?;
        let sql = "INSERT INTO submissions (id, board, player, value, claimed_at, at, standings)";
        execute(db, (sql, ""), &submissions).await?;

        let names = self.new_names.iter();
        let names: Vec<_> = names
            .map(|(player, name)| [Cell::Text(player.as_str()), Cell::Text(name.as_str())])
            .collect();
        let sql = (
            "INSERT INTO players (player, name)",
            "ON CONFLICT (player) DO UPDATE SET name = excluded.name",
        );
        execute(db, sql, &names).await?;

        let standings = self.new_standings.iter();
        let standings: Vec<_> = standings
            .map(|((board, season, player), (s, version))| {
                [
                    Cell::Text(board.as_str()),
                    Cell::Owned(season.to_string()),
                    Cell::Text(player.as_str()),
                    Cell::Number(s.score.get()),
                    Cell::Number(s.achieved_at.millis_i64()),
                    Cell::Number(s.latest_at.millis_i64()),
                    Cell::Number(version.cast_signed()),
                ]
            })
            .collect();
        let sql = (
            "INSERT INTO standings (board, season, player, score, achieved_at, latest_at, version)",
            "ON CONFLICT (board, season, player) DO UPDATE SET
                score = excluded.score, achieved_at = excluded.achieved_at,
                latest_at = excluded.latest_at, version = excluded.version",
        );
        execute(db, sql, &standings).await
    }
}

fn submission_row<'a>(
    entry: &'a Entry,
    recorded: &[RecordedStanding],
) -> Result<[Cell<'a>; 7], LedgerError> {
    let standings = recorded.iter().map(|r| {
        let s = r.standing;
        let (achieved, latest) = (s.achieved_at.millis(), s.latest_at.millis());
        (r.season, s.score, achieved, latest)
    });
    let submission = &entry.submission;
    let claimed = submission
        .at
        .map_or(Cell::Nothing, |at| Cell::Number(at.millis_i64()));
    Ok([
        Cell::Bytes(submission.id.0.as_bytes()),
        Cell::Text(submission.board.as_str()),
        Cell::Text(submission.player.as_str()),
        Cell::Number(submission.value.get()),
        claimed,
        Cell::Number(entry.at.millis_i64()),
        json(&standings.collect::<Vec<_>>())?,
    ])
}

fn json(value: &impl serde::Serialize) -> Result<Cell<'static>, LedgerError> {
    Ok(Cell::Owned(serde_json::to_string(value).map_err(corrupt)?))
}

async fn earlier(
    db: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<HashMap<SubmissionId, Earlier>, LedgerError> {
    let ids = entries
        .iter()
        .map(|e| [Cell::Bytes(e.submission.id.0.as_bytes())]);
    let sql = (
        "WITH wanted (id) AS (",
        ") SELECT s.id, s.board, s.player, s.value, s.claimed_at, s.standings, a.ranks
           FROM wanted CROSS JOIN submissions AS s ON s.id = wanted.id
           LEFT JOIN answers AS a ON a.id = s.id",
    );
    let rows = fetch(db, sql, &ids.collect::<Vec<_>>()).await?;
    let mut earlier = HashMap::with_capacity(rows.len());
    for row in rows {
        let id: &[u8] = row.try_get(0).map_err(failed)?;
        let content = Content {
            board: row.try_get(1).map_err(failed)?,
            player: row.try_get(2).map_err(failed)?,
            value: row.try_get(3).map_err(failed)?,
            claimed_at: row.try_get(4).map_err(failed)?,
        };
        let standings = settled(
            row.try_get(5).map_err(failed)?,
            row.try_get(6).map_err(failed)?,
        )?;
        let id = SubmissionId(uuid::Uuid::from_slice(id).map_err(corrupt)?);
        earlier.insert(id, Earlier { content, standings });
    }
    Ok(earlier)
}

/// Reads a submission's `standings` and its answer's `ranks`.
fn settled(standings: &str, ranks: Option<&str>) -> Result<Vec<SettledStanding>, LedgerError> {
    let standings: Vec<(Season, i64, i64, i64)> =
        serde_json::from_str(standings).map_err(corrupt)?;
    let ranks: Vec<Option<StoredRanks>> = ranks
        .map_or(Ok(Vec::new()), serde_json::from_str)
        .map_err(corrupt)?;
    let settled =
        standings
            .into_iter()
            .enumerate()
            .map(|(i, (season, score, achieved, latest))| {
                let ranks = ranks.get(i).copied().flatten();
                let ranks = ranks.map(|(rank, previous, epoch, offset)| Ranks {
                    rank,
                    previous,
                    position: Position { epoch, offset },
                });
                Ok(SettledStanding {
                    season,
                    standing: standing(score, achieved, latest)?,
                    ranks,
                })
            });
    settled.collect()
}

async fn names(
    db: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<HashMap<PlayerId, PlayerName>, LedgerError> {
    let named = entries.iter().filter(|e| e.submission.name.is_some());
    let players = named.map(|e| [Cell::Text(e.submission.player.as_str())]);
    let sql = (
        "WITH wanted (player) AS (",
        ") SELECT p.player, p.name
           FROM wanted CROSS JOIN players AS p ON p.player = wanted.player",
    );
    let rows = fetch(db, sql, &players.collect::<Vec<_>>()).await?;
    rows.iter()
        .map(|row| {
            let player = PlayerId::new(row.try_get(0).map_err(failed)?).map_err(corrupt)?;
            let name = PlayerName::new(row.try_get(1).map_err(failed)?).map_err(corrupt)?;
            Ok((player, name))
        })
        .collect()
}

async fn standings(
    db: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<HashMap<StandingKey, Versioned>, LedgerError> {
    let admitted = entries.iter().filter(|e| e.refusal.is_none());
    let keys = admitted.flat_map(|e| {
        e.seasons.iter().map(|season| {
            [
                Cell::Text(e.board.slug.as_str()),
                Cell::Owned(season.to_string()),
                Cell::Text(e.submission.player.as_str()),
            ]
        })
    });
    let sql = (
        "WITH wanted (board, season, player) AS (",
        ") SELECT s.board, s.season, s.player, s.score, s.achieved_at, s.latest_at, s.version
           FROM wanted AS w CROSS JOIN standings AS s
             ON s.board = w.board AND s.season = w.season AND s.player = w.player",
    );
    let rows = fetch(db, sql, &keys.collect::<Vec<_>>()).await?;
    rows.iter().map(standing_row).collect()
}

fn standing_row(row: &SqliteRow) -> Result<(StandingKey, Versioned), LedgerError> {
    let text = |i: usize| row.try_get::<&str, _>(i).map_err(failed);
    let number = |i: usize| row.try_get::<i64, _>(i).map_err(failed);
    let key = (
        Slug::new(text(0)?).map_err(corrupt)?,
        text(1)?.parse().map_err(corrupt)?,
        PlayerId::new(text(2)?).map_err(corrupt)?,
    );
    Ok((
        key,
        (
            standing(number(3)?, number(4)?, number(5)?)?,
            version(number(6)?)?,
        ),
    ))
}
