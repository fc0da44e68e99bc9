//! What every SQL ledger shares: the decision of each entry of a batch, in
//! order, by the domain's rules, over what the engine read; and the texts in
//! which submissions keep their standings and answers.
//!
//! An engine reads what the entries meet into a [`Batch`], lets it decide, and
//! writes what it says is new, all in one transaction.

use std::collections::{BTreeMap, HashMap};

use leaderport::service::ledger::{
    Entry, LedgerError, Ranks, Recorded, RecordedStanding, Settled, SettledStanding, StoredStanding,
};
use leaderport::{
    Epoch, PlayerId, PlayerName, Position, Rank, Score, Season, SeasonKey, Slug, Standing,
    Submission, SubmissionId, Timestamp,
};

/// One of a player's standings: board, season, player.
pub(super) type StandingKey = (Slug, Season, PlayerId);
/// A standing and its version.
pub(super) type Versioned = (Standing, u64);

/// Rank, previous rank, epoch and offset, as `answers.ranks` lists them.
type StoredRanks = (Rank, Option<Rank>, Epoch, u64);

/// What a submission was, and was answered.
pub(super) struct Earlier {
    content: Content,
    standings: Vec<SettledStanding>,
}

impl Earlier {
    /// From what was stored: the content, and the texts that [`standings_text`]
    /// and [`ranks_text`] gave.
    pub(super) fn new(
        content: Content,
        standings: &str,
        ranks: Option<&str>,
    ) -> Result<Self, LedgerError> {
        Ok(Self {
            content,
            standings: settled(standings, ranks)?,
        })
    }
}

/// What must be the same for a repeat.
#[derive(PartialEq, Eq)]
pub(super) struct Content {
    pub(super) board: String,
    pub(super) player: String,
    pub(super) value: i64,
    pub(super) claimed_at: Option<i64>,
}

impl Content {
    fn of(entry: &Entry) -> Self {
        Self {
            board: entry.submission.board.to_string(),
            player: entry.submission.player.to_string(),
            value: entry.submission.value.get(),
            claimed_at: entry.submission.at.map(Timestamp::millis_i64),
        }
    }
}

/// What a batch meets in the ledger, then what it changes there.
#[derive(Default)]
pub(super) struct Batch {
    /// Submissions of the same ids.
    pub(super) earlier: HashMap<SubmissionId, Earlier>,
    /// Names of the players that the entries name.
    pub(super) names: HashMap<PlayerId, PlayerName>,
    /// Standings of the seasons that the entries feed.
    pub(super) standings: HashMap<StandingKey, Versioned>,
    /// Names to store.
    pub(super) new_names: BTreeMap<PlayerId, PlayerName>,
    /// Standings to store, in the order of their keys.
    pub(super) new_standings: BTreeMap<StandingKey, Versioned>,
}

impl Batch {
    /// Decides the entries in order, each seeing those before it.
    pub(super) fn record(&mut self, entries: &[Entry]) -> Vec<Recorded> {
        entries.iter().map(|entry| self.record_one(entry)).collect()
    }

    fn record_one(&mut self, entry: &Entry) -> Recorded {
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
}

/// The entries that are recorded as new, with their standings.
pub(super) fn new<'a>(
    entries: &'a [Entry],
    recorded: &'a [Recorded],
) -> impl Iterator<Item = (&'a Entry, &'a [RecordedStanding])> {
    entries
        .iter()
        .zip(recorded)
        .filter_map(|(entry, recorded)| match recorded {
            Recorded::New(standings) => Some((entry, standings.as_slice())),
            _ => None,
        })
}

/// The seasons that entries feed which may be recorded: each of them once.
pub(super) fn wanted(entries: &[Entry]) -> Vec<(&Slug, Season, &PlayerId)> {
    let admitted = entries.iter().filter(|e| e.refusal.is_none());
    let mut keys: Vec<_> = admitted
        .flat_map(|e| {
            let one = |s: &Season| (&e.board.slug, *s, &e.submission.player);
            e.seasons.iter().map(one)
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The players that entries name: each of them once.
pub(super) fn named(entries: &[Entry]) -> Vec<&PlayerId> {
    let named = entries.iter().filter(|e| e.submission.name.is_some());
    let mut players: Vec<_> = named.map(|e| &e.submission.player).collect();
    players.sort_unstable();
    players.dedup();
    players
}

/// `submissions.standings`: JSON, `[[season, score, achieved_at, latest_at], ...]`.
pub(super) fn standings_text(recorded: &[RecordedStanding]) -> Result<String, LedgerError> {
    let standings = recorded.iter().map(|r| {
        let s = r.standing;
        let (achieved, latest) = (s.achieved_at.millis(), s.latest_at.millis());
        (r.season, s.score, achieved, latest)
    });
    json(&standings.collect::<Vec<_>>())
}

/// `answers.ranks`: JSON, `[[rank, previous rank or null, epoch, offset] or null, ...]`.
pub(super) fn ranks_text(settled: &Settled) -> Result<String, LedgerError> {
    let stored = |r: Ranks| (r.rank, r.previous, r.position.epoch, r.position.offset);
    let ranks: Vec<_> = settled.ranks.iter().map(|r| r.map(stored)).collect();
    json(&ranks)
}

/// The seasons of `submissions.standings`.
pub(super) fn seasons(board: &str, standings: &str) -> Result<Vec<SeasonKey>, LedgerError> {
    let board = Slug::new(board).map_err(corrupt)?;
    let settled = settled(standings, None)?;
    let key = |s: SettledStanding| SeasonKey {
        board: board.clone(),
        season: s.season,
    };
    Ok(settled.into_iter().map(key).collect())
}

fn json(value: &impl serde::Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(corrupt)
}

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

/// A standing from its columns.
pub(super) fn standing(
    score: i64,
    achieved_at: i64,
    latest_at: i64,
) -> Result<Standing, LedgerError> {
    Ok(Standing {
        score: Score::new(score).map_err(corrupt)?,
        achieved_at: Timestamp::from_millis(achieved_at).map_err(corrupt)?,
        latest_at: Timestamp::from_millis(latest_at).map_err(corrupt)?,
    })
}

/// A row of `standings` with its player's name: player, name, score, instants
/// achieved and latest, version.
pub(super) type StandingRow = (String, Option<String>, i64, i64, i64, i64);

/// Makes a stored standing of a row.
pub(super) fn stored(row: StandingRow) -> Result<StoredStanding, LedgerError> {
    let (player, name, score, achieved_at, latest_at, counted) = row;
    let name = name.as_deref().map(PlayerName::new);
    Ok(StoredStanding {
        player: PlayerId::new(&player).map_err(corrupt)?,
        name: name.transpose().map_err(corrupt)?,
        standing: standing(score, achieved_at, latest_at)?,
        version: version(counted)?,
    })
}

/// A season and the number of its standings, from board, label and count.
pub(super) fn season_row(
    (board, season, count): (String, String, i64),
) -> Result<(SeasonKey, u64), LedgerError> {
    let key = SeasonKey {
        board: Slug::new(&board).map_err(corrupt)?,
        season: season.parse().map_err(corrupt)?,
    };
    Ok((key, version(count)?))
}

/// A version, or another count, from its column.
pub(super) fn version(version: i64) -> Result<u64, LedgerError> {
    u64::try_from(version).map_err(corrupt)
}

pub(super) fn corrupt(error: impl std::fmt::Display) -> LedgerError {
    LedgerError(format!("a stored value is not valid: {error}"))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
pub(super) fn failed(error: sqlx::Error) -> LedgerError {
    LedgerError(error.to_string())
}
