//! Formats of columns in every SQL ledger: names, versions, rows of standings, and the texts that
//! hold the standings, answers and rulings of submissions.
//!
//! Values written by this module can be read back. Any other value is an error of a corrupt row,
//! and never a panic. A list leaves such rows out ([`readable`]), so that they hide no others.

use std::collections::{BTreeSet, HashSet};

use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{
    RankedStanding, RecordedStanding, Settled, SettledStanding,
};
use leaderport::service::ports::stored::{Ranks, StoredName, StoredStanding};
use leaderport::{
    Epoch, PlayerId, PlayerName, Position, Rank, Role, Score, Season, SeasonKey, Slug, Standing,
    Timestamp,
};

/// Rank, previous rank, epoch and offset, as in `answers.ranks`.
type StoredRanks = (Rank, Option<Rank>, Epoch, u64);

/// A value, or `None` with a log entry if it cannot be read: another program wrote it, or a newer
/// version. One such value must not hide the others of its list, or stop the writes of others.
pub(crate) fn readable<T>(table: &'static str, read: Result<T, LedgerError>) -> Option<T> {
    read.inspect_err(|error| {
        tracing::error!(table, %error, "a row cannot be read and is left out; correct it in the database");
    })
    .ok()
}

/// The rows of a list that can be read ([`readable`]).
pub(crate) fn all_readable<T>(
    table: &'static str,
    rows: impl IntoIterator<Item = Result<T, LedgerError>>,
) -> Vec<T> {
    let rows = rows.into_iter();
    rows.filter_map(|row| readable(table, row)).collect()
}

/// A display name from its columns in `players`: name and version. Readable even if rules of today
/// refuse the name.
pub(crate) fn stored_name(
    player: &PlayerId,
    name: Option<&str>,
    named: Option<i64>,
) -> Result<Option<StoredName>, LedgerError> {
    let Some(name) = name else { return Ok(None) };
    Ok(Some(StoredName {
        name: PlayerName::shown(name, player),
        version: version(named.unwrap_or(1))?,
    }))
}

/// A player with a display name: the stored name, or else the id.
pub(crate) fn named(
    player: PlayerId,
    name: Option<&str>,
    named: Option<i64>,
) -> Result<(PlayerId, StoredName), LedgerError> {
    let name = stored_name(&player, name.or(Some("")), named)?;
    let name = name.ok_or_else(|| corrupt("a player without a name"))?;
    Ok((player, name))
}

/// `submissions.standings`: JSON, `[[season, score, achieved_at, latest_at], ...]`.
pub(crate) fn standings_text(recorded: &[RecordedStanding]) -> Result<String, LedgerError> {
    let standings = recorded.iter().map(|r| {
        let s = r.standing;
        let (achieved, latest) = (s.achieved_at.millis_i64(), s.latest_at.millis_i64());
        (r.season, s.score, achieved, latest)
    });
    json(&standings.collect::<Vec<_>>())
}

/// `answers.ranks`: JSON, `[[rank, previous rank or null, epoch, offset] or null, ...]`.
pub(crate) fn ranks_text(settled: &Settled) -> Result<String, LedgerError> {
    let stored = |r: Ranks| (r.rank, r.previous, r.position.epoch, r.position.offset);
    let ranks: Vec<_> = settled.ranks.iter().map(|r| r.map(stored)).collect();
    json(&ranks)
}

/// The seasons in `submissions.standings`.
pub(crate) fn seasons(board: &str, standings: &str) -> Result<Vec<SeasonKey>, LedgerError> {
    let board = Slug::new(board).map_err(corrupt)?;
    let settled = settled(standings, None)?;
    let key = |s: SettledStanding| SeasonKey {
        board: board.clone(),
        season: s.season,
    };
    Ok(settled.into_iter().map(key).collect())
}

/// `outbox.standings`: JSON, `[[board, season, player], ...]`.
pub(crate) fn keys_text(keys: &[(SeasonKey, PlayerId)]) -> Result<String, LedgerError> {
    let keys = keys.iter().map(|(key, p)| (&key.board, key.season, p));
    json(&keys.collect::<Vec<_>>())
}

/// Like [`keys_text`], for whole seasons: each player is null.
pub(crate) fn whole_seasons_text<'a>(
    board: &Slug,
    seasons: impl IntoIterator<Item = &'a Season>,
) -> Result<String, LedgerError> {
    let keys = seasons.into_iter().map(|season| (board, season, ()));
    json(&keys.collect::<Vec<_>>())
}

/// `outbox.names`: JSON, `[player, ...]`.
pub(crate) fn players_text<'a>(
    players: impl IntoIterator<Item = &'a PlayerId>,
) -> Result<String, LedgerError> {
    json(&players.into_iter().collect::<Vec<_>>())
}

/// The content of an outbox row besides its submissions: standings ([`keys_text`]), whole
/// seasons ([`whole_seasons_text`]), and players with new names ([`players_text`]).
#[derive(Default)]
pub(crate) struct Ruled {
    pub(crate) standings: HashSet<(SeasonKey, PlayerId)>,
    pub(crate) seasons: BTreeSet<SeasonKey>,
    pub(crate) named: Vec<PlayerId>,
}

impl Ruled {
    pub(crate) fn read(text: Option<&str>, names: Option<&str>) -> Result<Self, LedgerError> {
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

/// The standings of an answer, from the texts of [`standings_text`] and [`ranks_text`]. Unreadable
/// ranks count as unknown.
pub(crate) fn settled(
    standings: &str,
    ranks: Option<&str>,
) -> Result<Vec<SettledStanding>, LedgerError> {
    let standings: Vec<(Season, i64, i64, i64)> =
        serde_json::from_str(standings).map_err(corrupt)?;
    let ranks = ranks.map(|text| serde_json::from_str(text).map_err(corrupt));
    let ranks = ranks.and_then(|ranks| readable("answers", ranks));
    let ranks: Vec<Option<StoredRanks>> = ranks.unwrap_or_default();
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
pub(crate) fn standing(
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

/// Like [`standing`]; `None` if the standing was removed. A removed one needs no valid columns.
pub(crate) fn kept(
    score: i64,
    achieved_at: i64,
    latest_at: i64,
    gone: i64,
) -> Result<Option<Standing>, LedgerError> {
    let is_kept = gone == 0;
    let standing = is_kept.then(|| standing(score, achieved_at, latest_at));
    standing.transpose()
}

/// Like [`kept`], for reads: `None` if the standing cannot be read. A write must not take that for
/// a missing standing, and replace it.
pub(crate) fn shown(score: i64, achieved_at: i64, latest_at: i64, gone: i64) -> Option<Standing> {
    readable("standings", kept(score, achieved_at, latest_at, gone)).flatten()
}

/// A row of `standings` with its player's name: player, name, score, instants achieved and latest,
/// version, whether it was removed, version of the name.
pub(crate) type StandingRow = (String, Option<String>, i64, i64, i64, i64, i64, Option<i64>);

/// Converts a row to a stored standing.
pub(crate) fn stored(row: StandingRow) -> Result<StoredStanding, LedgerError> {
    let (player, name, score, achieved_at, latest_at, counted, gone, named) = row;
    let player = PlayerId::stored(&player).map_err(corrupt)?;
    Ok(StoredStanding {
        name: stored_name(&player, name.as_deref(), named)?,
        player,
        standing: shown(score, achieved_at, latest_at, gone),
        version: version(counted)?,
    })
}

/// Converts a stored standing to a ranked one; `None` if the standing was removed.
pub(crate) fn ranked(stored: StoredStanding) -> Option<RankedStanding> {
    Some(RankedStanding {
        player: stored.player,
        name: stored.name.map(|stored| stored.name),
        standing: stored.standing?,
    })
}

/// A season and the number of its standings, from board, label and count.
pub(crate) fn season_row(
    (board, season, count): (String, String, i64),
) -> Result<(SeasonKey, u64), LedgerError> {
    let key = SeasonKey {
        board: Slug::new(&board).map_err(corrupt)?,
        season: season.parse().map_err(corrupt)?,
    };
    Ok((key, version(count)?))
}

/// Like [`season_row`], for one board.
pub(crate) fn season_count((season, count): (String, i64)) -> Result<(Season, u64), LedgerError> {
    Ok((season.parse().map_err(corrupt)?, version(count)?))
}

/// The role of an account. One that this version does not know has the rights of a player.
pub(crate) fn role(text: &str) -> Role {
    readable("accounts", Role::stored(text).map_err(corrupt)).unwrap_or(Role::Player)
}

/// A version or another count, from its column.
pub(crate) fn version(version: i64) -> Result<u64, LedgerError> {
    u64::try_from(version).map_err(corrupt)
}

pub(crate) fn corrupt(error: impl std::fmt::Display) -> LedgerError {
    LedgerError(format!("a stored value is not valid: {error}"))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that `map_err` requires"
)]
pub(crate) fn failed(error: sqlx::Error) -> LedgerError {
    LedgerError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_role_has_the_rights_of_a_player() {
        assert_eq!(role("admin"), Role::Admin);
        assert_eq!(role("owner"), Role::Player);
    }

    #[test]
    fn unreadable_ranks_are_unknown() {
        let settled = settled(r#"[["all", 5, 1, 2]]"#, Some("[7]")).unwrap();
        assert_eq!(settled.len(), 1);
        assert_eq!(settled[0].ranks, None);
    }
}
