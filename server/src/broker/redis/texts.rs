//! Converts the domain's types to arguments of scripts, and answers of scripts to the domain's
//! types.

use std::fmt::Display;
use std::str::FromStr;

use leaderport::protocol::Presence;
use leaderport::service::error::BrokerError;
use leaderport::service::ports::broker::{Applied, PlaceRead, Publication};
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

/// A row of [`NamelessSlice`].
pub(super) struct NamelessRow {
    rank: Rank,
    pub(super) player: PlayerId,
    score: Score,
    achieved_at: Timestamp,
}

impl NamelessRow {
    pub(super) fn named(self, name: PlayerName) -> Row {
        Row {
            rank: self.rank,
            player: self.player,
            name,
            score: self.score,
            achieved_at: self.achieved_at,
        }
    }
}

/// A slice without names.
pub(super) struct NamelessSlice {
    pub(super) total: u64,
    pub(super) start: u64,
    pub(super) rows: Vec<NamelessRow>,
    pub(super) position: Position,
    /// The stamp of the board's names in this state.
    pub(super) stamp: u64,
}

/// Reads an answer of `slice` or `around`, a text as described in `lua/season.lua`.
pub(super) fn rows(answer: &[u8]) -> Result<NamelessSlice, BrokerError> {
    let mut lines = answer.split(|byte| *byte == b'\n');
    let head = str::from_utf8(lines.next().unwrap_or_default()).map_err(corrupt)?;
    let [epoch, offset, tie, total, start, ahead, distinct, stamp] = words(head)?;
    let tie: TieRule = serde_json::from_value(tie.into()).map_err(corrupt)?;
    let start = integer(start)?;
    let mut ranks = RowRanks::new(tie, start, integer(ahead)?, integer(distinct)?);
    // Without rows, there is one empty line.
    let mut lines = lines.filter(|line| !line.is_empty());
    let mut rows = Vec::new();
    while let (Some(member), Some(score)) = (lines.next(), lines.next()) {
        let (player, achieved_at) = member_parts(member)?;
        let score = Score::new(number(score)?).map_err(corrupt)?;
        rows.push(NamelessRow {
            rank: ranks.next(score),
            player,
            score,
            achieved_at,
        });
    }
    Ok(NamelessSlice {
        total: integer(total)?,
        start,
        rows,
        position: position(epoch, integer(offset)?)?,
        stamp: integer(stamp)?,
    })
}

/// Reads an answer to `HMGET` of the stamp and of the names of players: the stamp, and each player's
/// name to show.
pub(super) fn stamped_names(
    answer: &[Option<String>],
    players: &[PlayerId],
) -> Result<(u64, Vec<PlayerName>), BrokerError> {
    let [stamp, names @ ..] = answer else {
        return Err(corrupt("names without a stamp"));
    };
    if names.len() != players.len() {
        return Err(corrupt("another number of names"));
    }
    // An earlier version has no stamp.
    let stamp = integer(stamp.as_deref().unwrap_or("0"))?;
    let names = names.iter().zip(players);
    let names = names.map(|(name, player)| shown(name.as_deref(), player));
    Ok((stamp, names.collect()))
}

/// The words of a line, which has this number of them.
fn words<const N: usize>(line: &str) -> Result<[&str; N], BrokerError> {
    let words: Vec<&str> = line.split(' ').collect();
    words
        .try_into()
        .map_err(|_| corrupt("a line with another number of words"))
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

fn number<T: FromStr<Err: Display>>(digits: &[u8]) -> Result<T, BrokerError> {
    integer(str::from_utf8(digits).map_err(corrupt)?)
}

fn integer<T: FromStr<Err: Display>>(digits: &str) -> Result<T, BrokerError> {
    digits.parse().map_err(corrupt)
}

/// Answer of `places`: two texts, as described in `lua/places.lua`.
pub(super) type PlacesAnswer = (String, String);

/// The places of the players in the answer, in their order; nothing without a standing.
pub(super) fn places<'a>(
    (places, names): &PlacesAnswer,
    players: impl Iterator<Item = &'a PlayerId>,
) -> Result<Vec<Result<Option<PlaceRead>, BrokerError>>, BrokerError> {
    let (mut lines, mut names) = (places.split('\n'), names.split('\n'));
    let [epoch, offset, total] = words(lines.next().unwrap_or_default())?;
    let (position, total) = (position(epoch, integer(offset)?)?, integer(total)?);
    let one = |player| {
        let name = names.next().filter(|name| !name.is_empty());
        match lines.next() {
            None => Err(corrupt("too few places")),
            Some("") => Ok(None),
            Some(line) => place(player, line, name, total, position).map(Some),
        }
    };
    Ok(players.map(one).collect())
}

fn place(
    player: &PlayerId,
    line: &str,
    name: Option<&str>,
    total: u64,
    position: Position,
) -> Result<PlaceRead, BrokerError> {
    let [ordinal, place, below, score, at] = words(line)?;
    let rank = rank(integer(place)?)?;
    let row = Row {
        rank,
        name: shown(name, player),
        player: player.clone(),
        score: Score::new(integer(score)?).map_err(corrupt)?,
        achieved_at: Timestamp::from_millis(integer(at)?).map_err(corrupt)?,
    };
    Ok(PlaceRead {
        row: Some(row),
        rank,
        ordinal: integer(ordinal)?,
        total,
        below: integer(below)?,
        position,
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

pub(super) fn corrupt(error: impl Display) -> BrokerError {
    BrokerError(format!(
        "Redis contains data that LeaderPort did not write: {error}"
    ))
}
