//! One batch inside one transaction: read what the entries meet, decide each in
//! order by the domain's rules, write everything that changed.

use std::collections::{BTreeMap, HashMap};

use leaderport::service::ledger::{
    Entry, LedgerError, Ranks, Recorded, RecordedStanding, Settled, SettledStanding,
};
use leaderport::{
    Epoch, PlayerId, PlayerName, Position, Rank, Season, Slug, Standing, Submission, SubmissionId,
};
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::{corrupt, failed, standing, version};

/// One of a player's standings: board, season, player.
type StandingKey = (Slug, Season, PlayerId);
/// A standing and its version.
type Versioned = (Standing, u64);

/// Rank, previous rank, epoch and offset, as `submissions.ranks` lists them.
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
    if settled.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = settled
        .iter()
        .map(|s| {
            let stored = |r: Ranks| (r.rank, r.previous, r.position.epoch, r.position.offset);
            let ranks: Vec<_> = s.ranks.iter().map(|r| r.map(stored)).collect();
            json!([s.id.0.simple().to_string(), ranks])
        })
        .collect();
    execute(
        db,
        "UPDATE submissions SET ranks = j.ranks
         FROM (SELECT unhex(value ->> 0) AS id, value -> 1 AS ranks FROM json_each(?)) AS j
         WHERE submissions.id = j.id AND submissions.ranks IS NULL",
        &rows,
    )
    .await
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
        submissions: Vec::new(),
    };
    let recorded: Vec<Recorded> = entries.iter().map(|e| batch.record(e)).collect();
    batch.write(db).await?;
    Ok(recorded)
}

struct Batch {
    earlier: HashMap<SubmissionId, Earlier>,
    names: HashMap<PlayerId, PlayerName>,
    standings: HashMap<StandingKey, Versioned>,
    new_names: BTreeMap<PlayerId, PlayerName>,
    new_standings: BTreeMap<StandingKey, Versioned>,
    submissions: Vec<serde_json::Value>,
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
        let content = Content::of(entry);
        let standings: Vec<_> = recorded
            .iter()
            .map(|r| {
                let s = r.standing;
                (
                    r.season,
                    s.score,
                    s.achieved_at.millis(),
                    s.latest_at.millis(),
                )
            })
            .collect();
        self.submissions.push(json!([
            entry.submission.id.0.simple().to_string(),
            content.board,
            content.player,
            content.value,
            content.claimed_at,
            entry.at.millis(),
            standings,
        ]));
        let standings = recorded
            .iter()
            .map(|r| SettledStanding {
                season: r.season,
                standing: r.standing,
                ranks: None,
            })
            .collect();
        self.earlier
            .insert(entry.submission.id, Earlier { content, standings });
    }

    async fn write(self, db: &mut SqliteConnection) -> Result<(), LedgerError> {
        execute(
            db,
            "INSERT INTO submissions (id, board, player, value, claimed_at, at, standings)
             SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4,
                    value ->> 5, value -> 6
             FROM json_each(?)",
            &self.submissions,
        )
        .await?;
        let names: Vec<_> = self.new_names.iter().map(|(p, n)| json!([p, n])).collect();
        execute(
            db,
            "INSERT INTO players (player, name)
             SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
             ON CONFLICT (player) DO UPDATE SET name = excluded.name",
            &names,
        )
        .await?;
        let standings: Vec<_> = self
            .new_standings
            .iter()
            .map(|((board, season, player), (s, version))| {
                let (achieved, latest) = (s.achieved_at.millis(), s.latest_at.millis());
                json!([board, season, player, s.score, achieved, latest, version])
            })
            .collect();
        execute(
            db,
            "INSERT INTO standings (board, season, player, score, achieved_at, latest_at, version)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                    value ->> 6
             FROM json_each(?) WHERE true
             ON CONFLICT (board, season, player) DO UPDATE SET
                score = excluded.score, achieved_at = excluded.achieved_at,
                latest_at = excluded.latest_at, version = excluded.version",
            &standings,
        )
        .await
    }
}

async fn earlier(
    db: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<HashMap<SubmissionId, Earlier>, LedgerError> {
    let ids: Vec<_> = entries
        .iter()
        .map(|e| e.submission.id.0.simple().to_string())
        .collect();
    let rows = fetch(
        db,
        "SELECT s.id, s.board, s.player, s.value, s.claimed_at, s.standings, s.ranks
         FROM json_each(?) AS j JOIN submissions AS s ON s.id = unhex(j.value)",
        &ids,
    )
    .await?;
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

/// Reads `standings` and `ranks` of a submission's row.
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
    let players: Vec<_> = named.map(|e| &e.submission.player).collect();
    let rows = fetch(
        db,
        "SELECT p.player, p.name FROM json_each(?) AS j JOIN players AS p ON p.player = j.value",
        &players,
    )
    .await?;
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
    let keys: Vec<_> = entries
        .iter()
        .flat_map(|e| {
            e.seasons
                .iter()
                .map(|s| (&e.board.slug, *s, &e.submission.player))
        })
        .collect();
    let rows = fetch(
        db,
        "SELECT s.board, s.season, s.player, s.score, s.achieved_at, s.latest_at, s.version
         FROM json_each(?) AS j JOIN standings AS s
           ON s.board = j.value ->> 0 AND s.season = j.value ->> 1 AND s.player = j.value ->> 2",
        &keys,
    )
    .await?;
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

async fn fetch(
    db: &mut SqliteConnection,
    sql: &'static str,
    rows: &[impl serde::Serialize],
) -> Result<Vec<SqliteRow>, LedgerError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let json = serde_json::to_string(rows).map_err(corrupt)?;
    sqlx::query(sql)
        .bind(json)
        .fetch_all(db)
        .await
        .map_err(failed)
}

async fn execute(
    db: &mut SqliteConnection,
    sql: &'static str,
    rows: &[serde_json::Value],
) -> Result<(), LedgerError> {
    if rows.is_empty() {
        return Ok(());
    }
    let json = serde_json::to_string(rows).map_err(corrupt)?;
    sqlx::query(sql)
        .bind(json)
        .execute(db)
        .await
        .map_err(failed)?;
    Ok(())
}
