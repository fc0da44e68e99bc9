//! Converts the domain's types to arguments of scripts, and answers of scripts to the domain's
//! types.

use leaderport::protocol::Presence;
use leaderport::service::error::BrokerError;
use leaderport::service::ports::broker::{Applied, PlaceRead, Publication, Slice};
use leaderport::service::ports::stored::{Ranks, StoredName, StoredStanding};
use leaderport::{
    Epoch, PlayerId, PlayerName, Position, Rank, Row, RowRanks, Score, Season, SeasonKey, Slug,
    TieRule, Timestamp,
};
use serde::Deserialize;

/// Changes or standings for a script: `[[player, reached, score, version, name, version of the
/// name], ...]`. A removed standing has `false` for `reached`.
pub(super) fn standings(standings: &[StoredStanding]) -> Result<String, BrokerError> {
    let rows: Vec<_> = standings
        .iter()
        .map(|s| {
            let (name, named) = name_parts(s.name.as_ref());
            let reached = s.standing.map(|s| s.achieved_at.millis_i64());
            let score = s.standing.map_or(0, |s| s.score.get());
            (
                s.player.as_str(),
                reached.map_or(false.into(), serde_json::Value::from),
                // As text: Lua numbers are doubles, printed with 14 digits.
                score.to_string(),
                s.version,
                name,
                named,
            )
        })
        .collect();
    json(&rows)
}

/// A player and the version of their standing, from the player's entry in the hash `players`. The
/// version is the first word of the entry.
pub(super) fn version(player: &str, entry: &str) -> Result<(PlayerId, u64), BrokerError> {
    let version = entry.split(' ').next().unwrap_or_default();
    let player = PlayerId::stored(player).map_err(corrupt)?;
    Ok((player, version.parse().map_err(corrupt)?))
}

/// A name and its version; an empty text and 0 if absent.
fn name_parts(name: Option<&StoredName>) -> (&str, u64) {
    name.map_or(("", 0), |name| (name.name.as_str(), name.version))
}

/// Players of standings and their names, empty if absent: `[[player, name, version], ...]`.
pub(super) fn people(standings: &[StoredStanding]) -> Result<String, BrokerError> {
    let people = standings.iter().map(|s| {
        let (name, version) = name_parts(s.name.as_ref());
        (s.player.as_str(), name, version)
    });
    json(&people.collect::<Vec<_>>())
}

/// Names for a script: `[[player, name, version], ...]`.
pub(super) fn names<'a>(
    names: impl IntoIterator<Item = &'a (PlayerId, StoredName)>,
) -> Result<String, BrokerError> {
    let names = names.into_iter();
    let names = names.map(|(id, name)| (id.as_str(), name.name.as_str(), name.version));
    json(&names.collect::<Vec<_>>())
}

/// A player and a name in a script's answer.
pub(super) fn named(
    player: &str,
    name: &str,
    version: u64,
) -> Result<(PlayerId, StoredName), BrokerError> {
    let player = PlayerId::stored(player).map_err(corrupt)?;
    let name = PlayerName::shown(name, &player);
    Ok((player, StoredName { name, version }))
}

fn json(value: &impl serde::Serialize) -> Result<String, BrokerError> {
    serde_json::to_string(value).map_err(corrupt)
}

/// Answer of `slice` and `around`: epoch, offset, tie rule, total, start, number of members with a
/// better score than the first row's, and number of distinct better scores. Then a text with
/// alternating lines for member and score, and a text with a line for each name.
pub(super) type SliceAnswer = (String, u64, String, u64, u64, u64, u64, Vec<u8>, String);

pub(super) fn slice(answer: &SliceAnswer) -> Result<Slice, BrokerError> {
    let (epoch, offset, tie, total, start, ahead, distinct, rows, names) = answer;
    let tie: TieRule = serde_json::from_value(tie.as_str().into()).map_err(corrupt)?;
    let mut ranks = RowRanks::new(tie, *start, *ahead, *distinct);
    // An empty text means no rows, but splitting it gives one empty line.
    let mut lines = rows
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let mut names = names.split('\n');
    let mut read = Vec::new();
    while let (Some(member), Some(score)) = (lines.next(), lines.next()) {
        let (player, achieved_at) = member_parts(member)?;
        let score = Score::new(number(score)?).map_err(corrupt)?;
        let name = names.next().filter(|name| !name.is_empty());
        read.push(Row {
            rank: ranks.next(score),
            name: shown(name, &player),
            player,
            score,
            achieved_at,
        });
    }
    Ok(Slice {
        rows: read,
        total: *total,
        start: *start,
        position: position(epoch, *offset)?,
    })
}

/// The player of a member, and the time at which the score was reached, as written by
/// `lua/season.lua`.
fn member_parts(member: &[u8]) -> Result<(PlayerId, Timestamp), BrokerError> {
    const LATEST: i64 = 999_999_999_999_999;
    let (reached, rest) = member
        .split_at_checked(15)
        .ok_or_else(|| corrupt("a member"))?;
    let reached: i64 = number(reached)?;
    // On a descending board, the complement of the player's bytes precedes the player.
    let cut = rest.iter().position(|byte| *byte == 255);
    let (player, reached) = match cut {
        Some(cut) => (&rest[cut + 1..], LATEST - reached),
        None => (rest, reached),
    };
    let player = PlayerId::stored(str::from_utf8(player).map_err(corrupt)?).map_err(corrupt)?;
    let reached = reached + Timestamp::MIN.millis_i64();
    Ok((player, Timestamp::from_millis(reached).map_err(corrupt)?))
}

fn number<T: std::str::FromStr<Err: std::fmt::Display>>(digits: &[u8]) -> Result<T, BrokerError> {
    let digits = str::from_utf8(digits).map_err(corrupt)?;
    digits.parse().map_err(corrupt)
}

/// Answer of `places`: epoch, offset and total. Then, for each player: place, rank, number of
/// players below, score, instant and name, or nothing without a standing.
pub(super) type PlacesAnswer = ((String, u64, u64), Vec<Option<PlaceAnswer>>);
type PlaceAnswer = (u64, u64, u64, i64, i64, Option<String>);

pub(super) fn place(
    player: &PlayerId,
    (epoch, offset, total): &(String, u64, u64),
    (ordinal, place, below, score, at, name): &PlaceAnswer,
) -> Result<PlaceRead, BrokerError> {
    let rank = rank(*place)?;
    let row = Row {
        rank,
        name: shown(name.as_deref(), player),
        player: player.clone(),
        score: Score::new(*score).map_err(corrupt)?,
        achieved_at: Timestamp::from_millis(*at).map_err(corrupt)?,
    };
    Ok(PlaceRead {
        row: Some(row),
        rank,
        ordinal: *ordinal,
        total: *total,
        below: *below,
        position: position(epoch, *offset)?,
    })
}

/// Answer of `place_of_score`: epoch, offset, total, place, rank, below.
pub(super) type ScoreAnswer = (String, u64, u64, u64, u64, u64);

pub(super) fn place_of_score(answer: &ScoreAnswer) -> Result<PlaceRead, BrokerError> {
    let (epoch, offset, total, ordinal, place, below) = answer;
    Ok(PlaceRead {
        row: None,
        rank: rank(*place)?,
        ordinal: *ordinal,
        total: *total,
        below: *below,
        position: position(epoch, *offset)?,
    })
}

/// Answer of `apply`: epoch; rank, previous rank and offset of each change. Rank 0 means none.
pub(super) type ApplyAnswer = (String, Vec<(u64, u64, u64)>);

pub(super) fn ranks(
    epoch: &str,
    (now, previous, offset): (u64, u64, u64),
) -> Result<Option<Ranks>, BrokerError> {
    let position = position(epoch, offset)?;
    Ok(rank_if_any(now).map(|rank| Ranks {
        rank,
        previous: rank_if_any(previous),
        position,
    }))
}

/// A publication in the stream and in messages: player, score, rank, previous rank, first and last
/// touched place, total, offset, previous score. Rank 0 means none.
#[derive(Deserialize)]
struct Change(
    String,
    String,
    u64,
    u64,
    u64,
    u64,
    u64,
    u64,
    // Absent in streams written by an earlier version.
    #[serde(default)] Option<String>,
);

impl Change {
    fn publication(self, epoch: &str) -> Result<Publication, BrokerError> {
        let Self(player, score, now, previous, first, last, total, offset, before) = self;
        let read = |score: String| Score::new(score.parse().map_err(corrupt)?).map_err(corrupt);
        let score = read(score)?;
        Ok(Publication {
            player: PlayerId::stored(&player).map_err(corrupt)?,
            now: rank_if_any(now).map(|rank| (score, rank)),
            previous: rank_if_any(previous),
            previous_score: before.map(read).transpose()?,
            position: position(epoch, offset)?,
            touched: (first, last),
            total,
        })
    }
}

/// Publications of the stream.
pub(super) fn missed(epoch: &str, changes: &[String]) -> Result<Vec<Publication>, BrokerError> {
    let one = |text: &String| {
        let change: Change = serde_json::from_str(text).map_err(corrupt)?;
        change.publication(epoch)
    };
    changes.iter().map(one).collect()
}

/// A message on a board's channel.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Published {
        season: Season,
        epoch: String,
        published: Vec<Change>,
    },
    Loaded {
        season: Season,
        #[serde(rename = "loaded")]
        _epoch: String,
    },
}

/// An entry of the list of the newest applied standings: `[board, season, player, version]`.
pub(super) fn applied(key: &SeasonKey, standing: &StoredStanding) -> Result<String, BrokerError> {
    let season = key.season.to_string();
    json(&(
        key.board.as_str(),
        season,
        standing.player.as_str(),
        standing.version,
    ))
}

/// Reads an entry of [`applied`].
pub(super) fn was_applied(entry: &str) -> Result<Applied, BrokerError> {
    let entry: (String, Season, String, u64) = serde_json::from_str(entry).map_err(corrupt)?;
    let (board, season, player, version) = entry;
    let board = Slug::new(&board).map_err(corrupt)?;
    Ok(Applied {
        key: SeasonKey { board, season },
        player: PlayerId::stored(&player).map_err(corrupt)?,
        version,
    })
}

/// The season of a message, and its publications; `None` if the season was loaded.
pub(super) fn received(bytes: &[u8]) -> Result<(Season, Option<Vec<Publication>>), BrokerError> {
    match serde_json::from_slice(bytes).map_err(corrupt)? {
        Message::Published {
            season,
            epoch,
            published,
        } => {
            let published = published.into_iter().map(|c| c.publication(&epoch));
            Ok((season, Some(published.collect::<Result<_, _>>()?)))
        }
        Message::Loaded { season, .. } => Ok((season, None)),
    }
}

/// The sum of presence reports. A report is a count, and a line for each name.
pub(super) fn present(answers: &[String]) -> Result<Presence, BrokerError> {
    let one = |text: &String| -> Result<Presence, BrokerError> {
        let mut lines = text.lines();
        let count = lines.next().unwrap_or_default().parse().map_err(corrupt)?;
        let names = lines
            .filter_map(|name| PlayerName::stored(name).ok())
            .collect();
        Ok(Presence { count, names })
    };
    let parts: Vec<Presence> = answers.iter().map(one).collect::<Result<_, _>>()?;
    Ok(Presence::sum(parts.iter()))
}

fn shown(name: Option<&str>, player: &PlayerId) -> PlayerName {
    name.map_or_else(|| player.into(), |name| PlayerName::shown(name, player))
}

fn rank(rank: u64) -> Result<Rank, BrokerError> {
    rank_if_any(rank).ok_or_else(|| corrupt("a rank of 0"))
}

fn rank_if_any(rank: u64) -> Option<Rank> {
    rank.checked_sub(1).map(Rank::after)
}

pub(super) fn position(epoch: &str, offset: u64) -> Result<Position, BrokerError> {
    let epoch: Epoch = epoch.parse().map_err(corrupt)?;
    Ok(Position { epoch, offset })
}

pub(super) fn corrupt(error: impl std::fmt::Display) -> BrokerError {
    BrokerError(format!(
        "Redis contains data that LeaderPort did not write: {error}"
    ))
}
