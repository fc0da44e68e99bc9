//! Frees what is no longer used: builds that were never swapped in, seasons that nothing used for a
//! week, and names of boards without seasons.
//!
//! No large key has a time to live, because Redis frees an expired key in the foreground unless it
//! is configured otherwise. Instead, one sorted set schedules checks of these items, and a check
//! unlinks the keys. An item is scheduled before its keys are written, so that a crash leaves no key
//! unscheduled. All nodes check what is due.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use leaderport::service::error::BrokerError;
use leaderport::{SeasonKey, Slug};

use super::connection::Connection;
use super::keys::Keys;
use super::scripts::{Scripts, over};

/// Interval of the checks.
const INTERVAL: Duration = Duration::from_mins(1);

/// Seconds after which a check is repeated if its node dies or Redis refuses a command.
const RETRY: &str = "60";

/// Maximum duration of a build in seconds. A season of ten million standings needs some minutes.
const BUILD: u64 = 3600;

/// Seconds without a use after which a season is dropped.
const UNUSED: u64 = 7 * 24 * 3600;

/// Seconds for which the names of a board stay after its last season was dropped: longer than a
/// build, because a build stores names of its board first.
const NAMES: u64 = 2 * BUILD;

/// Keys that may become unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A build of a season, by its epoch.
    Build(SeasonKey, String),
    /// A held season.
    Season(SeasonKey),
    /// The names of a board.
    Names(Slug),
}

impl Item {
    /// Seconds until the first check.
    const fn delay(&self) -> u64 {
        match self {
            Self::Build(..) => BUILD,
            Self::Season(_) => UNUSED,
            Self::Names(_) => NAMES,
        }
    }

    /// Reads an entry of the schedule. `None` if another version wrote it.
    fn parse(entry: &str) -> Option<Self> {
        let key = |board: &str, season: &str| {
            Some(SeasonKey {
                board: Slug::new(board).ok()?,
                season: season.parse().ok()?,
            })
        };
        let words: Vec<&str> = entry.split(' ').collect();
        match words[..] {
            ["build", board, season, epoch] => {
                Some(Self::Build(key(board, season)?, epoch.to_owned()))
            }
            ["season", board, season] => Some(Self::Season(key(board, season)?)),
            ["names", board] => Some(Self::Names(Slug::new(board).ok()?)),
            _ => None,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(SeasonKey { board, season }, epoch) => {
                write!(f, "build {board} {season} {epoch}")
            }
            Self::Season(SeasonKey { board, season }) => write!(f, "season {board} {season}"),
            Self::Names(board) => write!(f, "names {board}"),
        }
    }
}

/// The schedule of checks.
pub(super) struct Cleanup {
    connection: Connection,
    keys: Keys,
    scripts: Arc<Scripts>,
}

impl Cleanup {
    /// Starts the checks. They end when the returned value is dropped.
    pub(super) fn start(connection: Connection, keys: Keys, scripts: Arc<Scripts>) -> Arc<Self> {
        let cleanup = Arc::new(Self {
            connection,
            keys,
            scripts,
        });
        let weak = Arc::downgrade(&cleanup);
        let check = move || Self::check_repeatedly(weak.clone());
        cleanup.connection.tasks().spawn("redis_cleanup", check);
        cleanup
    }

    async fn check_repeatedly(cleanup: Weak<Self>) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            let Some(cleanup) = cleanup.upgrade() else {
                return;
            };
            // The connection has logged an outage.
            if !cleanup.connection.is_away()
                && let Err(error) = cleanup.check_due().await
            {
                tracing::warn!(%error, "could not free unused data in Redis; it is tried again");
            }
        }
    }

    /// Schedules items, also those that are already scheduled.
    pub(super) async fn schedule(&self, items: &[Item]) -> Result<(), BrokerError> {
        self.add("CH", items).await
    }

    /// Schedules the items that are not scheduled.
    pub(super) async fn schedule_missing(&self, items: &[Item]) -> Result<(), BrokerError> {
        self.add("NX", items).await
    }

    async fn add(&self, mode: &str, items: &[Item]) -> Result<(), BrokerError> {
        if items.is_empty() {
            return Ok(());
        }
        let mut script = self.scripts.schedule.prepare_invoke();
        script.key(self.keys.due()).arg(mode);
        for item in items {
            script.arg(item.delay()).arg(item.to_string());
        }
        self.connection.run(&script).await
    }

    /// Removes an item from the schedule.
    pub(super) async fn cancel(&self, item: &Item) -> Result<(), BrokerError> {
        let mut remove = redis::cmd("ZREM");
        remove.arg(self.keys.due()).arg(item.to_string());
        self.connection.send(&remove).await
    }

    /// Checks everything that is due.
    pub(super) async fn check_due(&self) -> Result<(), BrokerError> {
        while let Some((entry, again)) = self.take_due().await? {
            // An entry of another version stays for that version.
            if let Some(item) = Item::parse(&entry) {
                let left = self.free(&item).await?.to_string();
                let args = [entry.as_str(), &again.to_string(), &left];
                let settle = over(&self.scripts.settle, &[self.keys.due()], &args);
                let () = self.connection.run(&settle).await?;
            }
        }
        Ok(())
    }

    /// An entry that is due, and the second at which it is due again.
    async fn take_due(&self) -> Result<Option<(String, u64)>, BrokerError> {
        let take = over(&self.scripts.take_due, &[self.keys.due()], &[RETRY]);
        self.connection.run(&take).await
    }

    /// Frees an item unless it is used. Returns the seconds until the next check; 0 means none.
    async fn free(&self, item: &Item) -> Result<u64, BrokerError> {
        match item {
            Item::Build(key, epoch) => {
                let mut unlink = redis::cmd("UNLINK");
                for part in self.keys.built(key, epoch) {
                    unlink.arg(part);
                }
                let () = self.connection.send(&unlink).await?;
                Ok(0)
            }
            Item::Season(key) => {
                // It may be the board's last season.
                let names = Item::Names(key.board.clone());
                self.schedule(&[names]).await?;
                let (season, unused) = (key.season.to_string(), UNUSED.to_string());
                let keys = self.keys.season(key);
                let script = over(&self.scripts.drop_unused, &keys, &[&season, &unused]);
                self.connection.run(&script).await
            }
            Item::Names(board) => {
                let keys = [self.keys.names(board), self.keys.seasons(board)];
                let script = over(&self.scripts.drop_names, &keys, &[]);
                let () = self.connection.run(&script).await?;
                Ok(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_as_written() {
        let key = SeasonKey {
            board: Slug::new("arena").unwrap(),
            season: "2026-W47".parse().unwrap(),
        };
        for (item, entry) in [
            (
                Item::Build(key.clone(), "0a".to_owned()),
                "build arena 2026-W47 0a",
            ),
            (Item::Season(key.clone()), "season arena 2026-W47"),
            (Item::Names(key.board), "names arena"),
        ] {
            assert_eq!(item.to_string(), entry);
            assert_eq!(Item::parse(entry), Some(item));
        }
        for other in ["", "season arena", "names a b", "page arena all"] {
            assert_eq!(Item::parse(other), None, "{other}");
        }
    }
}
