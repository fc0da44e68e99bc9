//! Repairs of state in Redis that a test changes behind the service.

use leaderport::service::ports::broker::Notice;
use leaderport::{Ruling, RulingDraft};
use redis::aio::MultiplexedConnection;
use server::broker::redis::Redis;
use tokio::time::timeout;
use uuid::Uuid;

use super::nodes::SOON;
use super::*;
use crate::contract::engines::{service, sqlite_and_memory};
use crate::contract::gate::Gate;
use crate::contract::sample::{name, noon, player, points, submission};

/// A part of the single Redis, with its own prefix.
struct RedisPart {
    url: String,
    prefix: String,
    db: MultiplexedConnection,
}

impl RedisPart {
    async fn new() -> Self {
        let url = service("LEADERPORT_TEST_REDIS");
        let prefix = Uuid::from_u128(rand::Rng::random(&mut rand::rng()));
        let client = redis::Client::open(url.as_str()).unwrap();
        Self {
            db: client.get_multiplexed_async_connection().await.unwrap(),
            prefix: prefix.simple().to_string(),
            url,
        }
    }

    async fn broker(&self) -> Arc<dyn Broker> {
        let seed = rand::Rng::random(&mut rand::rng());
        let broker = Redis::connect(&self.url, &self.prefix, seed).await;
        Arc::new(broker.unwrap())
    }

    /// The run ids that are stored with the data.
    async fn run(&self) -> String {
        let mut get = redis::cmd("GET");
        get.arg(format!("{}:run", self.prefix));
        get.query_async(&mut self.db.clone()).await.unwrap()
    }

    async fn set_run(&self, run: &str) {
        let mut set = redis::cmd("SET");
        set.arg(format!("{}:run", self.prefix)).arg(run);
        let () = set.query_async(&mut self.db.clone()).await.unwrap();
    }

    /// The boards and the name of a player.
    async fn person(&self, player: &str) -> Option<String> {
        let mut get = redis::cmd("HGET");
        get.arg(format!("{}:people", self.prefix)).arg(player);
        get.query_async(&mut self.db.clone()).await.unwrap()
    }

    async fn delete(&self, key: &str) {
        let mut delete = redis::cmd("DEL");
        delete.arg(format!("{}:{key}", self.prefix));
        let () = delete.query_async(&mut self.db.clone()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_of_redis_is_handled_again_after_a_failure() {
    let (engines, redis) = (sqlite_and_memory(), RedisPart::new().await);
    let running = Running::start_with(&engines, redis.broker().await).await;
    let board = running.define("arena", points()).await;
    running
        .submit(submission(1, &board, "ann", 5, noon(0)))
        .await;
    let (_, before) = running.page(&board, "all").await;
    running.stop().await;
    // As after a restart of Redis with older data.
    redis.set_run("former").await;
    let gate = Gate::before(redis.broker().await);
    gate.set_away(true);
    let running = Running::start_with(&engines, gate.clone()).await;
    let mut notices = running.service.notices();
    let repeated = async {
        let mut restarts = 0;
        while restarts < 2 {
            let notice = notices.recv().await.unwrap();
            restarts += u32::from(matches!(notice, Notice::Restarted));
        }
    };
    let repeated = timeout(SOON, repeated).await;
    repeated.expect("the notice is repeated while the drop fails");
    assert_eq!(redis.run().await, "former");
    gate.set_away(false);
    let handled = async {
        while redis.run().await == "former" {
            tokio::task::yield_now().await;
        }
    };
    let handled = timeout(SOON, handled).await;
    handled.expect("the restart is handled once the broker accepts the drop");
    let (page, after) = running.page(&board, "all").await;
    assert_eq!(page.total, 1);
    assert_ne!(after.epoch, before.epoch, "the season was loaded again");
}

/// The names of a board are freed some time after its last season was dropped.
#[tokio::test(flavor = "multi_thread")]
async fn change_brings_back_a_name_that_was_freed_in_redis() {
    let (engines, redis) = (sqlite_and_memory(), RedisPart::new().await);
    let running = Running::start_with(&engines, redis.broker().await).await;
    let board = running.define("arena", points()).await;
    let first = submission(1, &board, "ann", 5, noon(0));
    running.submit(named("Ann", first)).await;
    redis.delete("{arena}:names").await;
    running
        .submit(submission(2, &board, "ann", 6, noon(1)))
        .await;
    assert_eq!(running.rows(&board, "all").await[0].name, name("Ann"));
}

/// The score of a merged player is shown under the name of the player who receives it.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_a_merged_player_brings_back_a_name_that_expired_in_redis() {
    let (engines, redis) = (sqlite_and_memory(), RedisPart::new().await);
    let running = Running::start_with(&engines, redis.broker().await).await;
    let board = running.define("arena", points()).await;
    let first = submission(1, &board, "ann", 5, noon(0));
    running.submit(named("Ann", first)).await;
    let draft = RulingDraft {
        ruling: Ruling::Merge {
            players: vec![player("bob")],
            into: Some(player("ann")),
        },
        reason: "a test".to_owned(),
    };
    let ruled = running.service.rule(&Caller::Operator, draft).await;
    assert_eq!(ruled.unwrap().changed, 1);
    redis.delete("{arena}:names").await;
    running
        .submit(submission(2, &board, "bob", 6, noon(1)))
        .await;
    let rows = running.rows(&board, "all").await;
    assert_eq!(
        (&rows[0].player, &rows[0].name),
        (&player("ann"), &name("Ann"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn players_leave_a_deleted_board_in_redis() {
    let (engines, redis) = (sqlite_and_memory(), RedisPart::new().await);
    let running = Running::start_with(&engines, redis.broker().await).await;
    let arena = running.define("arena", points()).await;
    let other = running.define("other", points()).await;
    for (n, board, who) in [(1, &arena, "ann"), (2, &other, "ann"), (3, &arena, "bob")] {
        let one = submission(n, board, who, 5, noon(0));
        running.submit(named("Name", one)).await;
    }
    assert_eq!(redis.person("ann").await.unwrap(), "arena other\nName");
    assert_eq!(redis.person("bob").await.unwrap(), "arena\nName");
    let archived = BoardDraft {
        archived: true,
        ..points()
    };
    running.define("arena", archived).await;
    let deleted = running
        .service
        .delete_board(&Caller::Operator, &arena, None)
        .await;
    assert_eq!(deleted.unwrap().players, 2);
    // A deletion waits some seconds for the loads of other nodes.
    running.clock.set(noon(20));
    let left = async {
        while redis.person("bob").await.is_some() {
            tokio::task::yield_now().await;
        }
    };
    let left = timeout(SOON, left).await;
    left.expect("players leave the deleted board");
    let ann = async { while redis.person("ann").await.unwrap() != "other\nName" {} };
    let ann = timeout(SOON, ann).await;
    ann.expect("the other board stays");
}
