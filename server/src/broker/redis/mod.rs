//! The broker in Redis or Valkey, single or Cluster, for any number of nodes.
//!
//! A season is a set of keys ([`keys`]). Scripts change them in one atomic step ([`scripts`],
//! `lua/season.lua`): ranked state, stream and publication move together. A read of rows or places
//! is one script; the names of rows come from a cache on this node ([`name_cache`]). Versions make
//! stale writes harmless, whichever node sends them. A load builds the season under separate keys
//! and then swaps it in.
//!
//! Publications reach every node by sharded publish/subscribe, with one channel for each board. A
//! node subscribes when it first uses the board.

mod build;
mod cleanup;
pub(crate) mod connection;
mod gather;
pub(crate) mod keys;
mod name_cache;
mod names;
mod notices;
mod scripts;
mod texts;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join3;
use leaderport::board::Ranking;
use leaderport::protocol::Presence;
use leaderport::service::Broker;
use leaderport::service::error::BrokerError;
use leaderport::service::ports::broker::{Applied, Change, Missed, Notice, PlaceRead, Slice};
use leaderport::service::ports::stored::{Ranks, StoredName, StoredStanding};
use leaderport::{PlayerId, PlayerName, Position, Rank, Score, SeasonKey, Slug};
use redis::{FromRedisValue, Script, Value};
use tokio::sync::broadcast;

use self::cleanup::{Cleanup, Item};
use self::connection::{Availability, Connection};
use self::gather::Gather;
use self::keys::Keys;
use self::name_cache::NameCache;
use self::notices::Notices;
use self::scripts::{Scripts, over};
use self::texts::corrupt;

/// A place beyond every row, which is exact as a number in Lua.
const BEYOND_EVERY_PLACE: u64 = 1 << 40;

/// Number of standings in one step of a load. Redis needs some milliseconds for a step.
const CHUNK: usize = 1000;

/// Maximum number of rows of a read, because a script can return only some thousand values.
const MAX_ROWS: usize = 4096;

/// Maximum length of the list of the newest applied standings: more than the nodes apply at once.
const MAX_APPLIED: &str = "256";

/// The broker in Redis.
pub struct Redis {
    pub(crate) connection: Connection,
    pub(crate) keys: Keys,
    scripts: Arc<Scripts>,
    cleanup: Arc<Cleanup>,
    notices: Arc<Notices>,
    places: Gather,
    name_cache: NameCache,
    next_epoch: AtomicU64,
    listening: tokio::sync::Mutex<()>,
}

impl Redis {
    /// Connects to `redis://` or `rediss://`. Several comma-separated URLs are nodes of a Cluster.
    /// All names of keys and channels begin with `prefix`. `seed` distinguishes this process's
    /// epochs from those of others: use a random one.
    ///
    /// # Errors
    /// Fails if a URL is invalid, or Redis refuses the connection. An unreachable Redis is not an
    /// error; it is used as soon as it responds.
    pub async fn connect(url: &str, prefix: &str, seed: u64) -> Result<Self, BrokerError> {
        let keys = Keys(prefix.to_owned());
        let notices = Arc::new(Notices::new(keys.clone()));
        let receiver = notices.clone();
        let receive = move |pushed| receiver.receive(&pushed);
        let sender = notices.clone();
        let on_change = move |change| match change {
            Availability::Away => sender.send(Notice::Away),
            Availability::Back => sender.send(Notice::Back),
            Availability::Restarted => sender.send(Notice::Restarted),
        };
        let names = [keys.definitions(), keys.run()];
        let connection = Connection::open(url, names, receive, on_change).await?;
        let scripts = Arc::new(Scripts::new());
        let cleanup = Cleanup::start(connection.clone(), keys.clone(), scripts.clone());
        let places = Gather::new(connection.clone(), keys.clone(), scripts.places.clone());
        Ok(Self {
            connection,
            keys,
            scripts,
            cleanup,
            notices,
            places,
            name_cache: NameCache::new(name_cache::CAPACITY),
            next_epoch: AtomicU64::new(seed),
            listening: tokio::sync::Mutex::default(),
        })
    }

    /// Frees what is no longer used and due to be checked: unfinished builds after an hour, seasons
    /// after a week without a use, and the names of boards without seasons. A task does this every
    /// minute.
    ///
    /// # Errors
    /// Fails if Redis is unreachable or refuses a command. The rest is freed later.
    pub async fn free_unused(&self) -> Result<(), BrokerError> {
        self.cleanup.check_due().await
    }

    /// Runs a script over a season. `None` if the season is not held.
    async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &SeasonKey,
        args: &[&str],
    ) -> Result<Option<T>, BrokerError> {
        self.listen(&key.board).await?;
        let invocation = over(script, &self.keys.season(key), args);
        self.connection.run(&invocation).await
    }

    /// Like [`Self::run`], for scripts that need only the keys of a read.
    async fn read<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &SeasonKey,
        args: &[&str],
    ) -> Result<Option<T>, BrokerError> {
        self.listen(&key.board).await?;
        let invocation = over(script, &self.keys.reading(key), args);
        self.connection.run(&invocation).await
    }

    /// Like [`Self::run`], for scripts that return an empty list instead of a missing result.
    async fn run_for_some<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &SeasonKey,
        args: &[&str],
    ) -> Result<Option<Option<T>>, BrokerError> {
        match self.run(script, key, args).await? {
            None => Ok(None),
            Some(Value::Array(none)) if none.is_empty() => Ok(Some(None)),
            Some(some) => {
                let some = redis::from_redis_value(some);
                Ok(Some(Some(some.map_err(corrupt)?)))
            }
        }
    }

    /// Subscribes to a board's publications, unless already subscribed.
    async fn listen(&self, board: &Slug) -> Result<(), BrokerError> {
        if self.notices.is_subscribed(board) {
            return Ok(());
        }
        // Subscribe only once, because a second confirmation is taken for a lost connection.
        let _turn = self.listening.lock().await;
        if self.notices.is_subscribed(board) {
            return Ok(());
        }
        // An earlier version scheduled no checks, and a node of a Cluster may have lost the schedule.
        let held = self.seasons(board).await?.into_iter();
        let held: Vec<Item> = held.map(Item::Season).collect();
        self.cleanup.schedule_missing(&held).await?;
        let channel = self.keys.channel(board);
        self.connection.subscribe(&channel).await?;
        self.notices.record_subscription(board);
        Ok(())
    }

    async fn seasons(&self, board: &Slug) -> Result<Vec<SeasonKey>, BrokerError> {
        let mut members = redis::cmd("SMEMBERS");
        members.arg(self.keys.seasons(board));
        let labels: Vec<String> = self.connection.send(&members).await?;
        // A label of a newer version is no season of this one.
        let seasons = labels.iter().filter_map(|label| label.parse().ok());
        let key = |season| SeasonKey {
            board: board.clone(),
            season,
        };
        Ok(seasons.map(key).collect())
    }

    /// Adds a standing to the list of the newest applied ones.
    async fn note_applied(
        &self,
        key: &SeasonKey,
        newest: Option<&StoredStanding>,
    ) -> Result<(), BrokerError> {
        let Some(newest) = newest else {
            return Ok(());
        };
        let text = texts::applied(key, newest)?;
        let args = [text.as_str(), MAX_APPLIED];
        let note = over(&self.scripts.note, &[self.keys.applied()], &args);
        self.connection.run(&note).await
    }
}

/// The name of a rule in scripts and keys.
fn word(value: impl serde::Serialize) -> Result<String, BrokerError> {
    match serde_json::to_value(value).map_err(corrupt)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(corrupt(format!("{other} is not a word"))),
    }
}

#[async_trait]
impl Broker for Redis {
    async fn holds(&self, key: &SeasonKey) -> Result<bool, BrokerError> {
        self.listen(&key.board).await?;
        let mut exists = redis::cmd("EXISTS");
        exists.arg(&self.keys.reading(key)[0]);
        self.connection.send(&exists).await
    }

    async fn load(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError> {
        self.build(key, ranking, &standings, "0").await
    }

    async fn fill(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: Vec<StoredStanding>,
    ) -> Result<(), BrokerError> {
        self.build(key, ranking, &standings, "1").await
    }

    async fn forget(
        &self,
        board: &Slug,
        unlike: Option<Ranking>,
    ) -> Result<Vec<SeasonKey>, BrokerError> {
        let (order, tie) = match unlike {
            Some(ranking) => (word(ranking.order)?, word(ranking.tie)?),
            None => (String::new(), String::new()),
        };
        let seasons = self.seasons(board).await?;
        if !seasons.is_empty() {
            let names = Item::Names(board.clone());
            self.cleanup.schedule(&[names]).await?;
        }
        let mut held = Vec::new();
        for key in seasons {
            let season = key.season.to_string();
            let script = &self.scripts.drop;
            let args = [season.as_str(), order.as_str(), tie.as_str()];
            let was_held: Option<bool> = self.run(script, &key, &args).await?;
            if was_held == Some(true) {
                held.push(key);
            }
        }
        Ok(held)
    }

    async fn rename(
        &self,
        names: &[(PlayerId, StoredName)],
        again: bool,
    ) -> Result<Vec<(SeasonKey, Position)>, BrokerError> {
        self.set_names(names, again).await
    }

    async fn apply(
        &self,
        key: &SeasonKey,
        changes: &[Change],
    ) -> Result<Option<Vec<Option<Ranks>>>, BrokerError> {
        let (rows, season) = (texts::standings(changes)?, key.season.to_string());
        let script = &self.scripts.apply;
        // The scripts may run concurrently: if any fails, the changes are applied again later.
        let args = [rows.as_str(), season.as_str()];
        let applied = self.run::<texts::ApplyAnswer>(script, key, &args);
        let noted = self.note_applied(key, changes.last());
        let joined = self.join(key, changes);
        let (applied, joined, ()) = try_join3(applied, joined, noted).await?;
        let Some((epoch, answers)) = applied else {
            return Ok(None);
        };
        self.settle_names(key, joined).await?;
        let ranks = answers.iter().map(|one| texts::ranks(&epoch, *one));
        ranks.collect::<Result<_, _>>().map(Some)
    }

    async fn slice(
        &self,
        key: &SeasonKey,
        start: u64,
        limit: usize,
    ) -> Result<Option<Slice>, BrokerError> {
        let from = start.min(BEYOND_EVERY_PLACE).to_string();
        let limit = limit.min(MAX_ROWS).to_string();
        let script = &self.scripts.slice;
        let answer: Option<Vec<u8>> = self.read(script, key, &[&from, &limit]).await?;
        let Some(answer) = answer else {
            return Ok(None);
        };
        let slice = self.named(&key.board, &answer).await?;
        Ok(Some(Slice { start, ..slice }))
    }

    async fn place(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Option<Option<PlaceRead>>, BrokerError> {
        self.listen(&key.board).await?;
        self.places.place(key, player).await
    }

    async fn around(
        &self,
        key: &SeasonKey,
        player: &PlayerId,
        limit: usize,
    ) -> Result<Option<Option<Slice>>, BrokerError> {
        let (script, limit) = (&self.scripts.around, limit.min(MAX_ROWS).to_string());
        let args = [player.as_str(), &limit];
        let answer: Option<Vec<u8>> = self.read(script, key, &args).await?;
        match answer {
            None => Ok(None),
            Some(answer) if answer.is_empty() => Ok(Some(None)),
            Some(answer) => Ok(Some(Some(self.named(&key.board, &answer).await?))),
        }
    }

    async fn place_of_score(
        &self,
        key: &SeasonKey,
        score: Score,
    ) -> Result<Option<PlaceRead>, BrokerError> {
        let score = score.get().to_string();
        let script = &self.scripts.place_of_score;
        let answer = self.read(script, key, &[&score]).await?;
        answer.map(|a| texts::place_of_score(&a)).transpose()
    }

    async fn place_of_rank(&self, key: &SeasonKey, rank: Rank) -> Result<Option<u64>, BrokerError> {
        let rank = rank.get().min(BEYOND_EVERY_PLACE).to_string();
        self.read(&self.scripts.place_of_rank, key, &[&rank]).await
    }

    async fn missed(
        &self,
        key: &SeasonKey,
        since: Position,
    ) -> Result<Option<Missed>, BrokerError> {
        let (epoch, offset) = (since.epoch.to_string(), since.offset.to_string());
        let args = [epoch.as_str(), offset.as_str()];
        let answer = self.run_for_some(&self.scripts.missed, key, &args).await?;
        let missed = |(epoch, changes): (String, Vec<String>)| -> Result<_, BrokerError> {
            Ok(Missed::All(texts::missed(&epoch, &changes)?))
        };
        match answer {
            None => Ok(None),
            Some(None) => Ok(Some(Missed::Gone)),
            Some(Some(answer)) => missed(answer).map(Some),
        }
    }

    async fn versions(
        &self,
        key: &SeasonKey,
    ) -> Result<Option<HashMap<PlayerId, u64>>, BrokerError> {
        if !self.holds(key).await? {
            return Ok(None);
        }
        let players = &self.keys.reading(key)[3];
        let mut versions = HashMap::new();
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("HSCAN");
            scan.arg(players).arg(cursor).arg("COUNT").arg(CHUNK);
            let (next, some): (u64, Vec<(String, String)>) = self.connection.send(&scan).await?;
            for (player, text) in some {
                let (player, version) = texts::version(&player, &text)?;
                versions.insert(player, version);
            }
            cursor = next;
            if cursor == 0 {
                return Ok(Some(versions));
            }
        }
    }

    async fn newest_applied(&self) -> Result<Vec<Applied>, BrokerError> {
        let mut range = redis::cmd("LRANGE");
        range.arg(self.keys.applied()).arg(0).arg(-1);
        let entries: Vec<String> = self.connection.send(&range).await?;
        // The others suffice if one cannot be read.
        let applied = entries.iter().map(|entry| texts::was_applied(entry));
        Ok(applied.filter_map(Result::ok).collect())
    }

    async fn forget_name_versions(&self, boards: &BTreeSet<Slug>) -> Result<(), BrokerError> {
        self.forget_versions(&self.keys.people()).await?;
        for board in boards {
            self.forget_versions(&self.keys.names(board)).await?;
        }
        Ok(())
    }

    async fn forget_members(&self, board: &Slug) -> Result<(), BrokerError> {
        self.leave(board).await
    }

    async fn forget_newest_applied(&self, board: Option<&Slug>) -> Result<(), BrokerError> {
        let applied = [self.keys.applied()];
        let Some(board) = board else {
            let mut delete = redis::cmd("UNLINK");
            return self.connection.send(delete.arg(&applied[0])).await;
        };
        let script = &self.scripts.forget_applied;
        let forget = over(script, &applied, &[board.as_str()]);
        self.connection.run(&forget).await
    }

    async fn restarted_run(&self) -> Result<Option<String>, BrokerError> {
        self.connection.restarted_runs().await
    }

    async fn end_restart(&self, run: &str) -> Result<(), BrokerError> {
        self.connection.store_runs(run).await
    }

    async fn store_id(&self) -> Result<Option<String>, BrokerError> {
        let key = self.keys.store();
        let mut get = redis::cmd("GET");
        get.arg(&key);
        if let Some(id) = self.connection.send::<Option<String>>(&get).await? {
            return Ok(Some(id));
        }
        // Epochs begin at a random number.
        let id = format!("{:016x}", self.next_epoch.load(Ordering::Relaxed));
        let mut set = redis::cmd("SET");
        set.arg(&key).arg(id).arg("NX");
        // Another node may be first.
        let _: Value = self.connection.send(&set).await?;
        self.connection.send(&get).await
    }

    fn tasks_down(&self) -> Vec<&'static str> {
        self.connection.tasks().down()
    }

    async fn ping(&self) -> Result<(), BrokerError> {
        self.connection.send(&redis::cmd("PING")).await
    }

    async fn present(
        &self,
        board: &Slug,
        node: &str,
        here: &Presence,
        lasts: Duration,
    ) -> Result<Presence, BrokerError> {
        let lasts = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        let names: Vec<&str> = here.names.iter().map(PlayerName::as_str).collect();
        let mut invocation = self.scripts.present.key(self.keys.presence(board));
        invocation
            .arg(node)
            .arg(lasts)
            .arg(here.count)
            .arg(names.join("\n"));
        let answers: Vec<String> = self.connection.run(&invocation).await?;
        texts::present(&answers)
    }

    async fn announce(&self, board: &Slug) -> Result<(), BrokerError> {
        let mut publish = redis::cmd("SPUBLISH");
        publish.arg(self.keys.definitions()).arg(board.as_str());
        self.connection.send(&publish).await
    }

    fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }
}
