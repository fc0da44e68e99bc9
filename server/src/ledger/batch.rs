//! What every SQL ledger shares: the decision of each entry of a batch, in
//! order, by the domain's rules, over what the engine read; and the texts in
//! which submissions keep their standings and answers.
//!
//! An engine reads what the entries meet into a [`Batch`], lets it decide, and
//! writes what it says is new, all in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use leaderport::service::ledger::{
    Entry, LedgerError, NewRecord, RankedStanding, Ranks, Recorded, RecordedStanding, Settled,
    SettledStanding, StoredStanding,
};
use leaderport::{
    Epoch, PlayerId, PlayerName, Position, Rank, Score, Season, SeasonKey, Slug, Standing,
    Submission, SubmissionId, Timestamp,
};

/// One of a player's standings: board, season, player.
pub(super) type StandingKey = (Slug, Season, PlayerId);
/// A standing, unless it counts no more, and its version.
pub(super) type Versioned = (Option<Standing>, u64);

/// What is known of a player beside their standings.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) name: Option<PlayerName>,
    /// They are, or whom they were merged into.
    pub(super) is_banned: bool,
    pub(super) merged_into: Option<PlayerId>,
    pub(super) is_name_fixed: bool,
}

/// Of the players that a table `wanted` lists: player, name, whether banned,
/// merged into, whether the name is fixed.
pub(super) const PEOPLE: &str = "SELECT w.player, p.name,
       coalesce(r.is_banned, 0) + coalesce(t.is_banned, 0), r.merged_into,
       coalesce(r.is_name_fixed, 0)
     FROM wanted AS w LEFT JOIN players AS p ON p.player = w.player
       LEFT JOIN player_rulings AS r ON r.player = w.player
       LEFT JOIN player_rulings AS t ON t.player = r.merged_into";

/// What [`PEOPLE`] gives.
pub(super) type PersonRow = (String, Option<String>, i64, Option<String>, i64);

pub(super) fn person(row: PersonRow) -> Result<(PlayerId, Person), LedgerError> {
    let (player, name, banned, merged_into, fixed) = row;
    let name = name.as_deref().map(PlayerName::new);
    let merged_into = merged_into.as_deref().map(PlayerId::new);
    let person = Person {
        name: name.transpose().map_err(corrupt)?,
        is_banned: banned > 0,
        merged_into: merged_into.transpose().map_err(corrupt)?,
        is_name_fixed: fixed > 0,
    };
    Ok((PlayerId::new(&player).map_err(corrupt)?, person))
}

/// The players of a batch.
#[derive(Debug, Default)]
pub(super) struct People(pub(super) HashMap<PlayerId, Person>);

impl People {
    /// Whose standings a player's submissions feed.
    pub(super) fn fed<'a>(&'a self, player: &'a PlayerId) -> &'a PlayerId {
        let merged = self.0.get(player).and_then(|p| p.merged_into.as_ref());
        merged.unwrap_or(player)
    }
}

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
    /// The players of the entries.
    pub(super) people: People,
    /// Standings of the seasons that the entries feed.
    pub(super) standings: HashMap<StandingKey, Versioned>,
    /// Names to store.
    pub(super) new_names: BTreeMap<PlayerId, PlayerName>,
    /// Standings to store, in the order of their keys.
    pub(super) new_standings: BTreeMap<StandingKey, Versioned>,
}

impl Batch {
    /// The standings to store: a submission never makes one count no more.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&StandingKey, (Standing, u64))> {
        let new = self.new_standings.iter();
        new.filter_map(|(key, (standing, version))| Some((key, ((*standing)?, *version))))
    }

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
        let submitter = &entry.submission.player;
        if self.people.0.get(submitter).is_some_and(|p| p.is_banned) {
            return Recorded::Banned;
        }
        let player = self.people.fed(submitter).clone();
        let board = &entry.board;
        let mut after = Vec::with_capacity(entry.seasons.len());
        for season in &entry.seasons {
            let key = (board.slug.clone(), *season, player.clone());
            let before = self.standings.get(&key).copied();
            let value = entry.submission.value;
            let standing = before.and_then(|(s, _)| s);
            match Standing::after(standing, value, entry.at, board.policy, board.order) {
                Ok(standing) => after.push((key, before, standing)),
                Err(error) => return Recorded::OutOfRange(error),
            }
        }
        let name = self.rename(entry);
        let mut recorded = Vec::with_capacity(after.len());
        for (key, before, standing) in after {
            let ranked = |s: Standing| (s.score, s.achieved_at);
            let known = before.and_then(|(known, _)| known);
            let changed = known.is_none_or(|known| ranked(known) != ranked(standing));
            let version = before.map_or(0, |(_, v)| v) + u64::from(changed);
            recorded.push(RecordedStanding {
                season: key.1,
                standing,
                version,
                changed,
            });
            let now = (Some(standing), version);
            if before != Some(now) {
                self.standings.insert(key.clone(), now);
                self.new_standings.insert(key, now);
            }
        }
        self.keep(entry, &recorded);
        Recorded::New(NewRecord {
            player,
            name,
            standings: recorded,
        })
    }

    /// Keeps the name that the entry gives its player, if it is another one, and
    /// nobody decided on theirs. Gives the name to show.
    fn rename(&mut self, entry: &Entry) -> Option<PlayerName> {
        let Submission { player, name, .. } = &entry.submission;
        let name = name.clone()?;
        let person = self.people.0.entry(player.clone()).or_default();
        if person.is_name_fixed || person.merged_into.is_some() {
            return None;
        }
        if person.name.as_ref() != Some(&name) {
            person.name = Some(name.clone());
            self.new_names.insert(player.clone(), name.clone());
        }
        Some(name)
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

/// A player with a name; with their id for one where they have none.
pub(super) fn named(
    player: PlayerId,
    name: Option<&str>,
) -> Result<(PlayerId, PlayerName), LedgerError> {
    let name = match name {
        Some(name) => PlayerName::new(name).map_err(corrupt)?,
        None => (&player).into(),
    };
    Ok((player, name))
}

/// A name to search by.
pub(super) fn folded(name: &PlayerName) -> String {
    name.as_str().to_lowercase()
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
            Recorded::New(new) => Some((entry, new.standings.as_slice())),
            _ => None,
        })
}

/// The seasons that entries feed which may be recorded: each of them once.
pub(super) fn wanted<'a>(
    entries: &'a [Entry],
    people: &'a People,
) -> Vec<(&'a Slug, Season, &'a PlayerId)> {
    let admitted = entries.iter().filter(|e| e.refusal.is_none());
    let mut keys: Vec<_> = admitted
        .flat_map(|e| {
            let player = people.fed(&e.submission.player);
            let one = move |s: &Season| (&e.board.slug, *s, player);
            e.seasons.iter().map(one)
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The players of entries: each of them once.
pub(super) fn players(entries: &[Entry]) -> Vec<&PlayerId> {
    let mut players: Vec<_> = entries.iter().map(|e| &e.submission.player).collect();
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

/// `outbox.standings`: JSON, `[[board, season, player], ...]`.
pub(super) fn keys_text(keys: &[(SeasonKey, PlayerId)]) -> Result<String, LedgerError> {
    let keys = keys.iter().map(|(key, p)| (&key.board, key.season, p));
    json(&keys.collect::<Vec<_>>())
}

/// The same for whole seasons: a null in the place of each player.
pub(super) fn whole_seasons_text<'a>(
    board: &Slug,
    seasons: impl IntoIterator<Item = &'a Season>,
) -> Result<String, LedgerError> {
    let keys = seasons.into_iter().map(|season| (board, season, ()));
    json(&keys.collect::<Vec<_>>())
}

/// `outbox.names`: JSON, `[player, ...]`.
pub(super) fn players_text<'a>(
    players: impl IntoIterator<Item = &'a PlayerId>,
) -> Result<String, LedgerError> {
    json(&players.into_iter().collect::<Vec<_>>())
}

/// What [`keys_text`] or [`whole_seasons_text`], and [`players_text`] were made of:
/// standings, whole seasons, and players whose names are to be shown.
#[derive(Default)]
pub(super) struct Ruled {
    pub(super) standings: HashSet<(SeasonKey, PlayerId)>,
    pub(super) seasons: BTreeSet<SeasonKey>,
    pub(super) named: Vec<PlayerId>,
}

impl Ruled {
    pub(super) fn read(text: Option<&str>, names: Option<&str>) -> Result<Self, LedgerError> {
        let mut ruled = Self::default();
        let keys: Vec<(Slug, Season, Option<PlayerId>)> = match text {
            Some(text) => serde_json::from_str(text).map_err(corrupt)?,
            None => Vec::new(),
        };
        if let Some(names) = names {
            ruled.named = serde_json::from_str(names).map_err(corrupt)?;
        }
        for (board, season, player) in keys {
            let key = SeasonKey { board, season };
            match player {
                Some(player) => {
                    ruled.standings.insert((key, player));
                }
                None => {
                    ruled.seasons.insert(key);
                }
            }
        }
        Ok(ruled)
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(corrupt)
}

pub(super) fn settled(
    standings: &str,
    ranks: Option<&str>,
) -> Result<Vec<SettledStanding>, LedgerError> {
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

/// The same, unless it counts no more.
pub(super) fn kept(
    score: i64,
    achieved_at: i64,
    latest_at: i64,
    gone: i64,
) -> Result<Option<Standing>, LedgerError> {
    let standing = standing(score, achieved_at, latest_at)?;
    Ok((gone == 0).then_some(standing))
}

/// A row of `standings` with its player's name: player, name, score, instants
/// achieved and latest, version, whether it counts no more.
pub(super) type StandingRow = (String, Option<String>, i64, i64, i64, i64, i64);

/// Makes a stored standing of a row.
pub(super) fn stored(row: StandingRow) -> Result<StoredStanding, LedgerError> {
    let (player, name, score, achieved_at, latest_at, counted, gone) = row;
    let name = name.as_deref().map(PlayerName::new);
    Ok(StoredStanding {
        player: PlayerId::new(&player).map_err(corrupt)?,
        name: name.transpose().map_err(corrupt)?,
        standing: kept(score, achieved_at, latest_at, gone)?,
        version: version(counted)?,
    })
}

/// A standing that counts.
pub(super) fn ranked(stored: StoredStanding) -> Option<RankedStanding> {
    Some(RankedStanding {
        player: stored.player,
        name: stored.name,
        standing: stored.standing?,
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

/// The same of one board.
pub(super) fn season_count((season, count): (String, i64)) -> Result<(Season, u64), LedgerError> {
    Ok((season.parse().map_err(corrupt)?, version(count)?))
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
