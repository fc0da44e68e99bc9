//! Keys in Redis that are no longer used: they are unlinked, and none of them has a time to live.

use leaderport::service::Broker;
use leaderport::{Epoch, Position, Rank};
use redis::FromRedisValue;
use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use server::broker::redis::Redis;
use uuid::Uuid;

use super::{POINTS, arena, change, named};
use crate::contract::engines::service;
use crate::contract::sample::{noon, player, score, stored};

/// A single Redis, and a Cluster.
const SERVERS: [&str; 2] = ["LEADERPORT_TEST_REDIS", "LEADERPORT_TEST_REDIS_CLUSTER"];

/// The epoch of the first load.
const FIRST: u64 = 7;

const SEASON: &str = "season arena all";
const NAMES: &str = "names arena";

/// A broker, and a connection that changes its keys behind it.
struct Deployment {
    url: String,
    prefix: String,
    broker: Redis,
    db: Db,
}

#[derive(Clone)]
enum Db {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Deployment {
    async fn new(server: &str) -> Self {
        let url = service(server);
        let prefix = Uuid::from_u128(rand::Rng::random(&mut rand::rng()));
        let prefix = prefix.simple().to_string();
        let db = if url.contains(',') {
            let client = ClusterClient::new(url.split(',')).unwrap();
            Db::Cluster(client.get_async_connection().await.unwrap())
        } else {
            let client = redis::Client::open(url.as_str()).unwrap();
            Db::One(client.get_multiplexed_async_connection().await.unwrap())
        };
        Self {
            broker: Redis::connect(&url, &prefix, FIRST).await.unwrap(),
            url,
            prefix,
            db,
        }
    }

    /// Loads a season in which Ann has 50 points.
    async fn load(&self) {
        let standings = vec![named("Ann", change("ann", 1, 50, noon(0)))];
        self.broker.load(&arena(), POINTS, standings).await.unwrap();
    }

    async fn is_held(&self) -> bool {
        self.broker.holds(&arena()).await.unwrap()
    }

    /// Sends a command about a key of the deployment.
    async fn ask<T: FromRedisValue>(&self, name: &str, key: &str, args: &[&str]) -> T {
        let mut command = redis::cmd(name);
        command.arg(format!("{}:{key}", self.prefix));
        for arg in args {
            command.arg(*arg);
        }
        let answer = match self.db.clone() {
            Db::One(mut one) => command.query_async(&mut one).await,
            Db::Cluster(mut cluster) => command.query_async(&mut cluster).await,
        };
        answer.unwrap()
    }

    async fn exists(&self, key: &str) -> bool {
        self.ask("EXISTS", key, &[]).await
    }

    /// Makes the season appear unused for a long time.
    async fn age(&self) {
        let meta = of_season("meta");
        let _added: u64 = self.ask("HSET", &meta, &["used", "0"]).await;
    }

    async fn is_scheduled(&self, entry: &str) -> bool {
        let due: Option<f64> = self.ask("ZSCORE", "due", &[entry]).await;
        due.is_some()
    }

    /// Checks a scheduled entry now.
    async fn check(&self, entry: &str) {
        let changed: u64 = self.ask("ZADD", "due", &["XX", "CH", "0", entry]).await;
        assert_eq!(changed, 1, "{entry} is scheduled");
        self.broker.free_unused().await.unwrap();
    }
}

fn of_season(part: &str) -> String {
    format!("{{arena}}:all:2:{part}")
}

/// A key of a build.
fn of_build(part: &str, epoch: u64) -> String {
    format!("{}:new:{}", of_season(part), Epoch(epoch))
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_season_is_dropped_after_a_week_without_a_use() {
    for server in SERVERS {
        let redis = Deployment::new(server).await;
        redis.load().await;
        redis.check(SEASON).await;
        assert!(redis.is_held().await, "the season was just loaded");
        redis.age().await;
        redis.check(SEASON).await;
        assert!(!redis.is_held().await);
        for part in ["rank", "players"] {
            assert!(!redis.exists(&of_season(part)).await, "{part}");
        }
        assert!(!redis.is_scheduled(SEASON).await);
        // It is loaded again when it is used.
        redis.load().await;
        assert!(redis.is_held().await && redis.is_scheduled(SEASON).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_season_that_is_read_or_changed_is_kept() {
    for server in SERVERS {
        let redis = Deployment::new(server).await;
        redis.load().await;
        let (key, ann) = (arena(), player("ann"));
        let broker = &redis.broker;
        for used in 0..7 {
            redis.age().await;
            let is_held = match used {
                0 => broker.slice(&key, 0, 1).await.unwrap().is_some(),
                1 => broker.place(&key, &ann).await.unwrap().is_some(),
                2 => broker.around(&key, &ann, 5).await.unwrap().is_some(),
                3 => {
                    let place = broker.place_of_score(&key, score(5)).await;
                    place.unwrap().is_some()
                }
                4 => {
                    let place = broker.place_of_rank(&key, Rank::after(0)).await;
                    place.unwrap().is_some()
                }
                5 => {
                    let since = Position {
                        epoch: Epoch(FIRST),
                        offset: 0,
                    };
                    broker.missed(&key, since).await.unwrap().is_some()
                }
                _ => {
                    let change = [change("ann", 2, 60, noon(1))];
                    broker.apply(&key, &change).await.unwrap().is_some()
                }
            };
            assert!(is_held);
            redis.check(SEASON).await;
            assert!(redis.is_held().await, "use {used}");
        }
        // The state of the engines, and names on other seasons of the board, are no uses.
        redis.age().await;
        broker.slice(&key, 0, 0).await.unwrap();
        let renamed = [(ann, stored("Anna", 2))];
        broker.rename(&renamed, false).await.unwrap();
        redis.check(SEASON).await;
        assert!(!redis.is_held().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_names_of_a_board_without_seasons_are_freed() {
    for server in SERVERS {
        let redis = Deployment::new(server).await;
        let names = "{arena}:names";
        redis.load().await;
        redis.broker.forget(&arena().board, None).await.unwrap();
        let time_to_live: i64 = redis.ask("TTL", names, &[]).await;
        assert_eq!(time_to_live, -1, "the names exist and do not expire");
        redis.load().await;
        redis.check(NAMES).await;
        assert!(redis.exists(names).await, "names of a held season stay");
        // The names of a season that is dropped as unused are freed, too.
        redis.age().await;
        redis.check(SEASON).await;
        redis.check(NAMES).await;
        assert!(!redis.exists(names).await);
        assert!(!redis.is_scheduled(NAMES).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_build_that_was_not_finished_is_freed() {
    for server in SERVERS {
        let redis = Deployment::new(server).await;
        // The build fails in its middle, because this key is no sorted set.
        let [rank, players] = ["rank", "players"].map(|part| of_build(part, FIRST));
        let () = redis.ask("SET", &rank, &["text"]).await;
        let standings = vec![change("ann", 1, 50, noon(0))];
        let load = redis.broker.load(&arena(), POINTS, standings).await;
        assert!(load.is_err());
        let time_to_live: i64 = redis.ask("TTL", &players, &[]).await;
        assert_eq!(time_to_live, -1, "the part exists and does not expire");
        let build = format!("build arena all {}", Epoch(FIRST));
        redis.check(&build).await;
        for key in [rank, players] {
            assert!(!redis.exists(&key).await, "{key}");
        }
        assert!(!redis.is_scheduled(&build).await);
        redis.load().await;
        let build = format!("build arena all {}", Epoch(FIRST + 1));
        assert!(!redis.is_scheduled(&build).await, "it was swapped in");
    }
}

/// Another node frees the first part of a build that takes too long, and then the rest is built.
#[tokio::test(flavor = "multi_thread")]
async fn redis_build_with_another_number_of_standings_is_refused() {
    for server in SERVERS {
        let redis = Deployment::new(server).await;
        redis.load().await;
        let players = of_build("players", FIRST + 1);
        let _added: u64 = redis.ask("HSET", &players, &["bob", "1 -"]).await;
        let standings = vec![change("ann", 2, 60, noon(1))];
        let load = redis.broker.load(&arena(), POINTS, standings).await;
        assert!(load.is_err());
        assert!(!redis.exists(&players).await);
        let slice = redis.broker.slice(&arena(), 0, 10).await.unwrap().unwrap();
        assert_eq!(slice.position.epoch, Epoch(FIRST));
        assert_eq!(slice.rows[0].score, score(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_season_of_an_earlier_version_is_scheduled_on_its_first_use() {
    for server in SERVERS {
        let redis = Deployment::new(server).await;
        redis.load().await;
        let _deleted: u64 = redis.ask("DEL", "due", &[]).await;
        let _deleted: u64 = redis.ask("HDEL", &of_season("meta"), &["used"]).await;
        let node = Redis::connect(&redis.url, &redis.prefix, 1).await.unwrap();
        assert!(node.holds(&arena()).await.unwrap());
        assert!(redis.is_scheduled(SEASON).await);
        redis.check(SEASON).await;
        assert!(!redis.is_held().await);
    }
}
