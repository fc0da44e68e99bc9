//! Display names. A name is stored once for a player, with its boards (`lua/people.lua`), and on
//! each of these boards (`lua/season.lua`). Both places ignore names that are not newer, so
//! concurrent names of one player converge. Rows get their names from the node's cache
//! ([`super::name_cache`]), or from the board's hash.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use leaderport::service::error::BrokerError;
use leaderport::service::ports::broker::Slice;
use leaderport::service::ports::stored::{StoredName, StoredStanding};
use leaderport::{PlayerId, PlayerName, Position, SeasonKey, Slug};
use tokio::time::Instant;

use super::scripts::over;
use super::texts::corrupt;
use super::{CHUNK, Redis, texts};

/// Maximum number of boards on which a new name is published concurrently.
const BOARDS_AT_ONCE: usize = 64;

/// The fields with versions in a hash of names.
const VERSIONS: &str = "\u{1f}*";

/// The field with the stamp in a board's hash of names (`lua/season.lua`).
const STAMP: &str = "\u{1e}";

/// Names of players with a standing on a board.
pub(super) struct Joined {
    /// Names of players who are new on the board, other than the given ones.
    known: Vec<(PlayerId, StoredName)>,
    /// Given names that are newer than the known ones.
    newer: Vec<(PlayerId, StoredName)>,
}

impl Redis {
    /// Sets names, and publishes them on all boards of the players.
    pub(super) async fn set_names(
        &self,
        names: &[(PlayerId, StoredName)],
        again: bool,
    ) -> Result<Vec<(SeasonKey, Position)>, BrokerError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let (names_text, again) = (texts::names(names)?, if again { "1" } else { "" });
        let people = [self.keys.people()];
        let name = over(&self.scripts.name, &people, &[&names_text, again]);
        let renamed: Vec<(String, String, u64, String)> = self.connection.run(&name).await?;
        let mut boards: BTreeMap<Slug, BTreeMap<PlayerId, StoredName>> = BTreeMap::new();
        for (player, name, version, stands_on) in renamed {
            let (player, name) = texts::named(&player, &name, version)?;
            for board in stands_on.split_ascii_whitespace() {
                let board = Slug::new(board).map_err(corrupt)?;
                // A later name of the same player replaces an earlier one.
                let of_board = boards.entry(board).or_default();
                of_board.insert(player.clone(), name.clone());
            }
        }
        let boards = boards.into_iter().map(|(board, names)| async move {
            let text = texts::names(&names.into_iter().collect::<Vec<_>>())?;
            let seasons = self.seasons(&board).await?;
            let show = seasons.into_iter().map(|key| async {
                let position = self.show(&key, &text).await?;
                Ok::<_, BrokerError>(position.map(|position| (key, position)))
            });
            try_join_all(show).await
        });
        let shown = stream::iter(boards).buffer_unordered(BOARDS_AT_ONCE);
        let shown: Vec<_> = shown.try_collect().await?;
        Ok(shown.into_iter().flatten().flatten().collect())
    }

    /// The slice in an answer of `slice` or `around`, with names.
    pub(super) async fn named(&self, board: &Slug, answer: &[u8]) -> Result<Slice, BrokerError> {
        let read = texts::rows(answer)?;
        let players = read.rows.iter().map(|row| &row.player);
        let (cache, now) = (&self.name_cache, Instant::now());
        let cached = cache.get(board, read.stamp, players, now);
        let rows = read.rows.iter().zip(&cached);
        let unnamed = rows.filter(|(_, name)| name.is_none());
        let missing: Vec<PlayerId> = unnamed.map(|(row, _)| row.player.clone()).collect();
        let mut found = self.read_names(board, missing).await?.into_iter();
        let rows = read.rows.into_iter().zip(cached).map(|(row, name)| {
            let name = name.or_else(|| found.next());
            let name = name.unwrap_or_else(|| (&row.player).into());
            row.named(name)
        });
        Ok(Slice {
            rows: rows.collect(),
            total: read.total,
            start: read.start,
            position: read.position,
        })
    }

    /// Reads names of players of a board, in the order of the players, and caches them. They may be
    /// newer than the rows for which they are read.
    async fn read_names(
        &self,
        board: &Slug,
        players: Vec<PlayerId>,
    ) -> Result<Vec<PlayerName>, BrokerError> {
        if players.is_empty() {
            return Ok(Vec::new());
        }
        let mut get = redis::cmd("HMGET");
        get.arg(self.keys.names(board)).arg(STAMP);
        for player in &players {
            get.arg(player.as_str());
        }
        let answer: Vec<Option<String>> = self.connection.send(&get).await?;
        let (stamp, names) = texts::stamped_names(&answer, &players)?;
        let read = players.into_iter().zip(names.iter().cloned()).collect();
        self.name_cache.insert(board, stamp, read, Instant::now());
        Ok(names)
    }

    /// Records that players have a standing on a board, and compares their names.
    pub(super) async fn join(
        &self,
        key: &SeasonKey,
        standings: &[StoredStanding],
    ) -> Result<Joined, BrokerError> {
        let args = [&texts::people(standings)?, key.board.as_str()];
        let join = over(&self.scripts.join, &[self.keys.people()], &args);
        let (known, newer): (Vec<(String, String, u64)>, Vec<usize>) =
            self.connection.run(&join).await?;
        let known = known.iter();
        let known = known.map(|(player, name, version)| texts::named(player, name, *version));
        let newer = newer.into_iter().filter_map(|number| {
            let standing = standings.get(number)?;
            Some((standing.player.clone(), standing.name.clone()?))
        });
        Ok(Joined {
            known: known.collect::<Result<_, _>>()?,
            newer: newer.collect(),
        })
    }

    /// Removes a board from the boards of all players, in steps.
    pub(super) async fn leave(&self, board: &Slug) -> Result<(), BrokerError> {
        let people = [self.keys.people()];
        let mut cursor = "0".to_owned();
        loop {
            let leave = over(&self.scripts.leave, &people, &[board.as_str(), &cursor]);
            cursor = self.connection.run(&leave).await?;
            if cursor == "0" {
                return Ok(());
            }
        }
    }

    /// Publishes the names that [`Self::join`] returned. A rename reaches only the boards that are
    /// recorded for a player, and therefore no board on which the player was new at that time.
    pub(super) async fn settle_names(
        &self,
        key: &SeasonKey,
        joined: Joined,
    ) -> Result<(), BrokerError> {
        if !joined.known.is_empty() {
            self.show(key, &texts::names(&joined.known)?).await?;
        }
        self.set_names(&joined.newer, false).await.map(drop)
    }

    /// Deletes the versions of a hash of names (`lua/names.lua`), in steps.
    pub(super) async fn forget_versions(&self, hash: &str) -> Result<(), BrokerError> {
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("HSCAN");
            scan.arg(hash).arg(cursor).arg("MATCH").arg(VERSIONS);
            scan.arg("COUNT").arg(CHUNK);
            let (next, found): (u64, Vec<(String, String)>) = self.connection.send(&scan).await?;
            if !found.is_empty() {
                let mut delete = redis::cmd("HDEL");
                delete.arg(hash);
                for (field, _) in &found {
                    delete.arg(field);
                }
                let () = self.connection.send(&delete).await?;
            }
            cursor = next;
            if cursor == 0 {
                return Ok(());
            }
        }
    }

    /// Publishes names in a season. Returns the season's position if a named player has a standing.
    async fn show(&self, key: &SeasonKey, names: &str) -> Result<Option<Position>, BrokerError> {
        let season = key.season.to_string();
        let args = [names, season.as_str()];
        let shown = self.run_for_some(&self.scripts.show, key, &args).await?;
        let position = |(epoch, offset): (String, u64)| texts::position(&epoch, offset);
        shown.flatten().map(position).transpose()
    }
}
