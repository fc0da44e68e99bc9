//! The decision about the entries of a batch, shared by all SQL ledgers. It follows the domain's
//! rules.
//!
//! In one transaction, an engine reads the rows that the entries need into a [`Batch`], calls
//! [`Batch::record`], and writes the batch's new rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use leaderport::ranking::standing::SubmittedAt;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::directory::REST_MILLIS;
use leaderport::service::ports::ledger::{
    Entry, NewRecord, Origin, Recorded, RecordedStanding, Renamed, Renaming, SettledStanding,
};
use leaderport::service::ports::stored::StoredName;
use leaderport::{
    PlayerId, PlayerName, Season, Slug, Standing, Submission, SubmissionId, Timestamp,
};

use super::database::columns::{
    corrupt, kept, players_text, readable, settled, stored_name, version,
};

/// Key of a standing: board, season, player.
pub(super) type StandingKey = (Slug, Season, PlayerId);
/// A standing with its version. The standing is `None` if it was removed.
pub(super) type Versioned = (Option<Standing>, u64);
/// A standing as read. One that cannot be read is not replaced: its submissions are refused.
pub(super) type StoredVersioned = Result<Versioned, LedgerError>;

/// A standing with its version, from its columns.
pub(super) fn versioned(
    score: i64,
    achieved_at: i64,
    latest_at: i64,
    counted: i64,
    gone: i64,
) -> StoredVersioned {
    let standing = kept(score, achieved_at, latest_at, gone)?;
    Ok((standing, version(counted)?))
}

/// Data of a player, without their standings.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) name: Option<PlayerName>,
    /// Name of the player's account, which boards show from the first named submission on.
    pub(super) account_name: Option<PlayerName>,
    /// Number of changes of the name. It survives an erasure.
    pub(super) name_version: u64,
    /// Whether the player is banned, or was merged into a banned player.
    pub(super) is_banned: bool,
    pub(super) merged_into: Option<PlayerId>,
    /// Name of the player who receives the standings, if merged.
    pub(super) receiving_name: Option<StoredName>,
    pub(super) is_name_fixed: bool,
    pub(super) erased_at: Option<Timestamp>,
    /// The error, if a column cannot be read. Then all others are empty, and nothing is recorded
    /// for the player: they may be erased, or merged into another player.
    pub(super) unreadable: Option<LedgerError>,
}

/// Selects the players of a table `wanted`, with the columns: player, name, whether banned,
/// receiving player if merged, whether the name is fixed, time of the erasure, version of the name,
/// name of the receiving player and its version, name of the account.
pub(super) const PEOPLE: &str = "SELECT w.player, p.name,
       coalesce(r.is_banned, 0) + coalesce(t.is_banned, 0), r.merged_into,
       coalesce(r.is_name_fixed, 0), e.erased_at, coalesce(p.version, e.name_version, 0),
       q.name, q.version, a.name
     FROM wanted AS w LEFT JOIN players AS p ON p.player = w.player
       LEFT JOIN erased_players AS e ON e.player = w.player
       LEFT JOIN player_rulings AS r ON r.player = w.player
       LEFT JOIN player_rulings AS t ON t.player = r.merged_into
       LEFT JOIN players AS q ON q.player = r.merged_into
       LEFT JOIN accounts AS a ON a.player = w.player";

/// A row of [`PEOPLE`].
pub(super) type PersonRow = (
    String,
    Option<String>,
    i64,
    Option<String>,
    i64,
    Option<i64>,
    i64,
    Option<String>,
    Option<i64>,
    Option<String>,
);

pub(super) fn person(row: PersonRow) -> Result<(PlayerId, Person), LedgerError> {
    let player = PlayerId::stored(&row.0).map_err(corrupt)?;
    let person = readable_person(&player, row).unwrap_or_else(|error| {
        let error = format!(
            "a name, ruling or erasure of player {player} cannot be read; correct it in the database: {error}"
        );
        Person {
            unreadable: Some(LedgerError(error)),
            ..Person::default()
        }
    });
    Ok((player, person))
}

fn readable_person(player: &PlayerId, row: PersonRow) -> Result<Person, LedgerError> {
    let (_, name, banned, merged_into, fixed, erased_at, named, other, other_named, account) = row;
    let merged_into = merged_into.map(|into| PlayerId::stored(&into).map_err(corrupt));
    let merged_into = merged_into.transpose()?;
    let receiving_name = match &merged_into {
        Some(into) => stored_name(into, other.as_deref(), other_named)?,
        None => None,
    };
    let erased_at = erased_at.map(|at| Timestamp::from_millis(at).map_err(corrupt));
    Ok(Person {
        name: name.map(|name| PlayerName::shown(&name, player)),
        account_name: account.map(|name| PlayerName::shown(&name, player)),
        name_version: version(named)?,
        is_banned: banned > 0,
        merged_into,
        receiving_name,
        is_name_fixed: fixed > 0,
        erased_at: erased_at.transpose()?,
        unreadable: None,
    })
}

/// The players of a batch.
#[derive(Debug, Default)]
pub(super) struct People(pub(super) HashMap<PlayerId, Person>);

impl People {
    /// The player whose standings receive a player's submissions: after a merge, the receiving
    /// player.
    pub(super) fn fed<'a>(&'a self, player: &'a PlayerId) -> &'a PlayerId {
        let merged = self.0.get(player).and_then(|p| p.merged_into.as_ref());
        merged.unwrap_or(player)
    }
}

/// A recorded submission, and its answer.
pub(super) struct Earlier {
    content: Content,
    standings: Vec<SettledStanding>,
}

impl Earlier {
    /// Reads the texts of [`settled`]. If they cannot be read, the answer has no standings: an
    /// error would fail the whole batch.
    pub(super) fn new(content: Content, standings: &str, ranks: Option<&str>) -> Self {
        let standings = readable("submissions", settled(standings, ranks));
        Self {
            content,
            standings: standings.unwrap_or_default(),
        }
    }
}

/// The part of a submission that must be equal in a repeat.
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

/// The ledger's rows that a batch needs, and the rows that the batch changes.
#[derive(Default)]
pub(super) struct Batch {
    /// Recorded submissions with the same ids.
    pub(super) earlier: HashMap<SubmissionId, Earlier>,
    /// The players of the entries.
    pub(super) people: People,
    /// Standings in the seasons of the entries.
    pub(super) standings: HashMap<StandingKey, StoredVersioned>,
    /// Names to store. Each has the version after that of the stored name.
    pub(super) new_names: BTreeMap<PlayerId, StoredName>,
    /// Standings to store, sorted by key.
    pub(super) new_standings: BTreeMap<StandingKey, Versioned>,
}

impl Batch {
    /// The standings to store. All are present, because a submission never removes a standing.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&StandingKey, (Standing, u64))> {
        let new = self.new_standings.iter();
        new.filter_map(|(key, (standing, version))| Some((key, ((*standing)?, *version))))
    }

    /// Decides the entries in order, each with the effects of the previous ones.
    pub(super) fn record(&mut self, entries: &[Entry]) -> Vec<Recorded> {
        entries.iter().map(|entry| self.record_one(entry)).collect()
    }

    /// Decides the renamings in order.
    pub(super) fn rename(&mut self, renamings: &[Renaming]) -> Vec<Renamed> {
        let renamed = renamings.iter().map(|renaming| {
            let person = self.people.0.get(&renaming.player);
            if let Some(error) = person.and_then(|person| person.unreadable.clone()) {
                return Renamed::Unreadable(error);
            }
            let is_fixed = person.is_some_and(|person| person.is_name_fixed);
            let erased_at = person.and_then(|person| person.erased_at);
            match erased_at.filter(|at| is_by_former_credential(renaming.arrived, *at)) {
                Some(erased_at) => Renamed::Erased(erased_at),
                None if is_fixed => Renamed::Fixed,
                None => Renamed::Now(self.set_name(&renaming.player, &renaming.name)),
            }
        });
        renamed.collect()
    }

    /// The text of `outbox.names`: the players with new names, and those who renamed themselves.
    /// `None` if there are none.
    pub(super) fn outbox_names(
        &self,
        renamed: &[(&PlayerId, &StoredName)],
    ) -> Result<Option<String>, LedgerError> {
        let renamed = renamed.iter().map(|(player, _)| *player);
        let players: BTreeSet<&PlayerId> = self.new_names.keys().chain(renamed).collect();
        let text = (!players.is_empty()).then(|| players_text(players));
        text.transpose()
    }

    /// The display names of the players that have one, and of those who receive their standings.
    pub(super) fn names(&self) -> HashMap<PlayerId, StoredName> {
        let people = self.people.0.values();
        let receiving = people.filter_map(|person| {
            let (player, name) = (&person.merged_into, &person.receiving_name);
            Some((player.clone()?, name.clone()?))
        });
        let people = self.people.0.iter();
        let named = people.filter_map(|(player, person)| {
            let stored = StoredName {
                name: person.name.clone()?,
                version: person.name_version,
            };
            Some((player.clone(), stored))
        });
        // The batch may have renamed a receiving player, so the players' own entries come last.
        receiving.chain(named).collect()
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
        let person = self.people.0.get(submitter);
        if let Some(error) = person.and_then(|person| person.unreadable.clone()) {
            return Recorded::Unreadable(error);
        }
        if person.is_some_and(|person| person.is_banned) {
            return Recorded::Banned;
        }
        if let Some(erased_at) = self.was_erased(entry) {
            return Recorded::Erased(erased_at);
        }
        let player = self.people.fed(submitter).clone();
        let board = &entry.board;
        let mut after = Vec::with_capacity(entry.seasons.len());
        for season in &entry.seasons {
            let key = (board.slug.clone(), *season, player.clone());
            let before = match self.standings.get(&key).cloned().transpose() {
                Ok(before) => before,
                Err(error) => return Recorded::Unreadable(unreadable(&key, &error)),
            };
            let value = entry.submission.value;
            let standing = before.and_then(|(s, _)| s);
            let at = SubmittedAt::new(entry.submission.at, entry.arrived);
            match Standing::after(standing, value, at, board.policy, board.order) {
                Ok(standing) => after.push((key, before, standing)),
                Err(error) => return Recorded::OutOfRange(error),
            }
        }
        let name = self.name(entry);
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
                self.standings.insert(key.clone(), Ok(now));
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

    /// The time of the player's erasure, if the entry must not bring the player back.
    fn was_erased(&self, entry: &Entry) -> Option<Timestamp> {
        let erased_at = self.people.0.get(&entry.submission.player)?.erased_at?;
        let is_of_before = match entry.origin {
            Origin::Server => false,
            Origin::Player => is_by_former_credential(entry.arrived, erased_at),
            Origin::Import => entry.submission.at.is_none_or(|at| at <= erased_at),
        };
        is_of_before.then_some(erased_at)
    }

    /// Stores the entry's name if it is new, unless a moderator fixed the name or merged the
    /// player. An entry that may only name players without a name keeps a name, and stores that of
    /// the player's account in place of its own. Returns the name to display.
    fn name(&mut self, entry: &Entry) -> Option<StoredName> {
        let Submission { player, name, .. } = &entry.submission;
        let name = name.as_ref()?;
        let person = self.people.0.entry(player.clone()).or_default();
        let is_kept = person.name.is_some() && !entry.may_rename;
        if person.is_name_fixed || person.merged_into.is_some() || is_kept {
            return None;
        }
        let chosen = person.account_name.clone();
        let chosen = chosen.filter(|_| !entry.may_rename);
        Some(self.set_name(player, chosen.as_ref().unwrap_or(name)))
    }

    /// Stores a name if it is new. Several new names in one batch are one change.
    fn set_name(&mut self, player: &PlayerId, name: &PlayerName) -> StoredName {
        let person = self.people.0.entry(player.clone()).or_default();
        let is_new = person.name.as_ref() != Some(name);
        if is_new {
            person.name_version += u64::from(!self.new_names.contains_key(player));
            person.name = Some(name.clone());
        }
        let stored = StoredName {
            name: name.clone(),
            version: person.name_version,
        };
        if is_new {
            self.new_names.insert(player.clone(), stored.clone());
        }
        stored
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

/// The error of a submission for a standing that cannot be read.
fn unreadable((board, season, player): &StandingKey, error: &LedgerError) -> LedgerError {
    LedgerError(format!(
        "the standing of player {player} in season {season} of board {board} cannot be read, and is not replaced by a submission; correct it, or have it counted again by a ruling: {error}"
    ))
}

/// Whether a node may have accepted a credential from before the player's erasure.
fn is_by_former_credential(arrived: Timestamp, erased_at: Timestamp) -> bool {
    arrived <= erased_at.plus_millis(REST_MILLIS)
}

/// The newly recorded entries, with their standings.
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

/// The players who renamed themselves, with their last names.
pub(super) fn changed_names<'a>(
    renamings: &'a [Renaming],
    renamed: &'a [Renamed],
) -> impl Iterator<Item = (&'a PlayerId, &'a StoredName)> {
    let pairs = renamings.iter().zip(renamed);
    let named = pairs.filter_map(|(renaming, renamed)| Some((&renaming.player, renamed.name()?)));
    // A statement that updates an account from several names would store any of them.
    named.collect::<BTreeMap<_, _>>().into_iter()
}

/// Standings that admitted entries may change, without duplicates.
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

/// The players of entries and renamings, without duplicates.
pub(super) fn players<'a>(entries: &'a [Entry], renamings: &'a [Renaming]) -> Vec<&'a PlayerId> {
    let renamed = renamings.iter().map(|renaming| &renaming.player);
    let submitters = entries.iter().map(|e| &e.submission.player);
    let mut players: Vec<_> = submitters.chain(renamed).collect();
    players.sort_unstable();
    players.dedup();
    players
}
