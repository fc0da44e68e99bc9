//! Display names. A name is stored once for a player, with its boards (`lua/people.lua`), and on
//! each of these boards (`lua/season.lua`). Both places ignore names that are not newer, so
//! concurrent names of one player converge.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use leaderport::service::error::BrokerError;
use leaderport::service::ports::stored::{StoredName, StoredStanding};
use leaderport::{PlayerId, Position, SeasonKey, Slug};

use super::scripts::over;
use super::texts::corrupt;
use super::{CHUNK, Redis, texts};

/// Maximum number of boards on which a new name is published concurrently.
const BOARDS_AT_ONCE: usize = 64;

/// The fields with versions in a hash of names.
const VERSIONS: &str = "\u{1f}*";

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
