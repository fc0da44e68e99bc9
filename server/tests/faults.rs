//! Faults under load: three nodes over PostgreSQL and Redis, 500 submissions a second, ten sockets
//! per node.
//!
//! After each fault every acknowledged submission counts once, and all nodes serve the same bytes.
//! Every socket shows the right page without a reload. Each test prints its figures
//! (`--nocapture`).
//!
//! Unlike other tests, these sleep, because a fault has to last.

#![expect(clippy::unwrap_used, reason = "test helpers may panic")]
#![expect(clippy::print_stdout, reason = "each test prints its figures")]

#[expect(dead_code, reason = "the fault tests use only a part of it")]
mod support;

#[expect(dead_code, reason = "the fault tests use only a part of it")]
mod watcher;

mod faults {
    mod ledger;
    pub(crate) mod nodes;
    pub(crate) mod proxy;
    pub(crate) mod services;
}

use std::time::Duration;

use serde_json::json;
use tokio::sync::{Mutex, watch};

use self::faults::nodes::{Nodes, agree, load, sockets};
use self::faults::proxy::Proxy;
use self::faults::services::{Certificate, Postgres, Redis};
use self::support::TestServer;

/// How long the load runs before a fault, and how long some faults last.
const AROUND: Duration = Duration::from_secs(2);

/// Only one fault test runs at a time, because the tests assert durations.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Injects a fault under load. Afterwards all nodes and sockets must agree.
async fn survive(what: &str, fault: impl AsyncFnOnce(&mut Nodes)) {
    let _alone = ALONE.lock().await;
    survive_on(Nodes::start().await, what, fault).await;
}

async fn survive_on(mut nodes: Nodes, what: &str, fault: impl AsyncFnOnce(&mut Nodes)) {
    let mut shown = sockets(&nodes.urls());
    let (stop, stopped) = watch::channel(false);
    let load = tokio::spawn(load(nodes.urls(), stopped));
    tokio::time::sleep(AROUND).await;
    let memory = nodes.memory();
    fault(&mut nodes).await;
    stop.send_replace(true);
    let acknowledged = load.await.unwrap();
    agree(what, &nodes, &mut shown, &acknowledged, memory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_a_node_is_killed() {
    survive("a node was killed", async |nodes| {
        nodes.servers[1].kill();
        tokio::time::sleep(AROUND).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_redis_restarts_empty() {
    survive("Redis was killed and restarted empty", async |nodes| {
        nodes.redis[0].kill();
        tokio::time::sleep(AROUND).await;
        nodes.redis[0].start_empty();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_redis_pauses() {
    survive("Redis paused for 10 s", async |nodes| {
        nodes.redis[0].pause();
        tokio::time::sleep(Duration::from_secs(10)).await;
        nodes.redis[0].resume();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_postgres_restarts() {
    survive("PostgreSQL was stopped for 2 s", async |nodes| {
        nodes.postgres.stop();
        tokio::time::sleep(AROUND).await;
        nodes.postgres.start_again();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_connections_are_cut() {
    survive("all connections were cut every 300 ms", async |nodes| {
        for _ in 0..10 {
            nodes.network.iter().for_each(Proxy::cut);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_redis_connections_are_half_open() {
    survive(
        "connections to Redis were half open for 5 s",
        async |nodes| {
            nodes.network[1].hold();
            tokio::time::sleep(Duration::from_secs(5)).await;
            nodes.network[1].carry_new_connections();
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_postgres_connections_are_half_open() {
    survive(
        "connections to PostgreSQL were half open for 5 s",
        async |nodes| {
            nodes.network[0].hold();
            tokio::time::sleep(Duration::from_secs(5)).await;
            nodes.network[0].carry_new_connections();
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_cluster_masters_are_killed() {
    let _alone = ALONE.lock().await;
    let nodes = Nodes::start_over_cluster().await;
    let what = "each master of a Redis Cluster was killed and restarted empty";
    survive_on(nodes, what, async |nodes| {
        for master in &mut nodes.redis {
            master.kill();
            tokio::time::sleep(AROUND).await;
            master.start_empty();
        }
        nodes.redis.iter().for_each(Redis::wait_for_cluster);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_a_clock_is_wrong() {
    let _alone = ALONE.lock().await;
    let nodes = Nodes::start_with_a_clock_ahead().await;
    let clock = async |node: &TestServer| {
        let answer = node.get("/healthz").await;
        let date = answer.header("date").to_owned();
        jiff::fmt::rfc2822::parse(&date).unwrap().timestamp()
    };
    let ahead = clock(&nodes.servers[2]).await - clock(&nodes.servers[0]).await;
    assert!(
        ahead.get_seconds() >= 4,
        "the node's clock is ahead: {ahead}"
    );
    survive_on(nodes, "a node's clock was 5 s ahead", async |_| {
        tokio::time::sleep(AROUND).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_started_without_a_broker_ranks_once_it_is_up() {
    let _alone = ALONE.lock().await;
    let mut redis = Redis::start();
    let broker = redis.url();
    redis.kill();
    let server = TestServer::start_over(&["--broker", &broker]);
    let points = "/api/v1/boards/points";
    server.put(points, &support::points()).await.expect(201);
    let one = json!({ "player": "ann", "value": 5 });
    let path = format!("{points}/submissions");
    server.post(&path, &one).await.expect(200);
    let read = format!("{points}/standings");
    assert_eq!(server.get(&read).await.expect(200)["degraded"], true);
    let ready = server.get("/readyz").await.expect(200);
    assert_eq!(ready["broker"], "away");
    redis.start_empty();
    let page = wait_until_live(&server, &read).await;
    assert_eq!(
        (&page["total"], &page["rows"][0]["score"]),
        (&json!(1), &json!(5))
    );
    // Publications arrive too: a watched page changes.
    let mut watcher = watcher::Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    watcher::submit(&server, "bob", 7).await;
    watched
        .follow(&mut watcher, |now| now.page.total == 2)
        .await;
}

/// Redis restarts from an old snapshot, and the outbox no longer contains the later batches.
#[tokio::test(flavor = "multi_thread")]
async fn redis_restored_from_an_old_snapshot_is_repaired() {
    let _alone = ALONE.lock().await;
    let mut redis = Redis::start();
    let broker = redis.url();
    let mut server = TestServer::start_over(&["--broker", &broker]);
    let points = "/api/v1/boards/points";
    server.put(points, &support::points()).await.expect(201);
    let path = format!("{points}/submissions");
    let submit = async |server: &TestServer, value: i64| {
        let one = json!({ "player": "ann", "value": value });
        let taken = server.post(&path, &one).await.expect(200);
        assert_eq!(taken["standings"][0]["rank"], 1);
    };
    let read = format!("{points}/standings");
    let follow = async |server: &TestServer, score: i64| {
        let arrives =
            async { while server.get(&read).await.expect(200)["rows"][0]["score"] != score {} };
        let patience = Duration::from_secs(10);
        tokio::time::timeout(patience, arrives)
            .await
            .expect("the acknowledged score is shown");
    };
    submit(&server, 5).await;
    follow(&server, 5).await;
    redis.save();
    submit(&server, 7).await;
    wait_until_settled(&server).await;
    redis.kill();
    redis.start_from_snapshot();
    let page = wait_until_live(&server, &read).await;
    assert_eq!(page["total"], 1);
    follow(&server, 7).await;
    // The repair also works if Redis restarts while no node runs.
    redis.save();
    submit(&server, 9).await;
    wait_until_settled(&server).await;
    server.kill();
    redis.kill();
    redis.start_from_snapshot();
    server.restart();
    follow(&server, 9).await;
}

/// A killed Redis closes its connections, while a paused one falls silent.
#[tokio::test(flavor = "multi_thread")]
async fn watched_page_is_marked_degraded_without_any_request() {
    let _alone = ALONE.lock().await;
    let mut redis = Redis::start();
    let server = TestServer::start_over(&["--broker", &redis.url()]);
    let points = "/api/v1/boards/points";
    server.put(points, &support::points()).await.expect(201);
    let mut watcher = watcher::Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    assert!(!watched.position.is_degraded());
    let kill: [fn(&mut Redis); 2] = [Redis::kill, Redis::start_empty];
    let stop: [fn(&mut Redis); 2] = [|redis| redis.pause(), |redis| redis.resume()];
    for [begin, end] in [kill, stop] {
        begin(&mut redis);
        watched
            .follow(&mut watcher, |now| now.position.is_degraded())
            .await;
        end(&mut redis);
        watched
            .follow(&mut watcher, |now| !now.position.is_degraded())
            .await;
    }
}

/// A read notes that its season is used, which is a write.
#[tokio::test(flavor = "multi_thread")]
async fn season_is_read_from_redis_without_memory() {
    let _alone = ALONE.lock().await;
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let (database, broker) = (postgres.url(), redis.url());
    let flags = ["--database", database.as_str(), "--broker", broker.as_str()];
    let server = TestServer::start_in(&[], &flags);
    let points = "/api/v1/boards/points";
    server.put(points, &support::points()).await.expect(201);
    let one = json!({ "player": "ann", "value": 5 });
    let path = format!("{points}/submissions");
    server.post(&path, &one).await.expect(200);
    let client = redis::Client::open(broker.as_str()).unwrap();
    let mut db = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("*:meta")
        .query_async(&mut db)
        .await
        .unwrap();
    assert!(!keys.is_empty(), "the season is held");
    for key in keys {
        // The last use is long ago.
        let set = redis::cmd("HSET").arg(key).arg("used").arg(1).clone();
        let () = set.query_async(&mut db).await.unwrap();
    }
    let full = redis::cmd("CONFIG")
        .arg("SET")
        .arg("maxmemory")
        .arg(1)
        .clone();
    let () = full.query_async(&mut db).await.unwrap();
    let refused: redis::RedisResult<()> = redis::cmd("SET")
        .arg("other")
        .arg(1)
        .query_async(&mut db)
        .await;
    assert!(refused.is_err(), "Redis has no memory for writes");
    for (path, degraded) in [
        ("", "/degraded"),
        ("/ann", "/standings/0/degraded"),
        ("/ann/around", "/degraded"),
    ] {
        let path = format!("{points}/standings{path}");
        let answer = server.get(&path).await.expect(200);
        assert_eq!(answer.pointer(degraded), Some(&json!(false)), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_uses_tls_and_refuses_untrusted_services() {
    let _alone = ALONE.lock().await;
    let (certificate, other) = (Certificate::new(), Certificate::new());
    let (postgres, redis) = (
        Postgres::start_tls(&certificate),
        Redis::start_tls(&certificate),
    );
    let broker = redis.url().replacen("redis://", "rediss://", 1);
    let database = |authority: &Certificate| {
        let authority = authority.path();
        format!(
            "{}?sslmode=verify-full&sslrootcert={authority}",
            postgres.url()
        )
    };
    let trusted = database(&certificate);
    let start = |authority: &Certificate| {
        let path = authority.path();
        let flags = ["--database", trusted.as_str(), "--broker", broker.as_str()];
        TestServer::start_in(&[("SSL_CERT_FILE", &path)], &flags)
    };
    let server = start(&certificate);
    let points = "/api/v1/boards/points";
    server.put(points, &support::points()).await.expect(201);
    let one = json!({ "player": "ann", "value": 5 });
    let path = format!("{points}/submissions");
    let taken = server.post(&path, &one).await.expect(200);
    assert_eq!(taken["standings"][0]["rank"], 1, "ranked by Redis");
    let ready = server.get("/readyz").await.expect(200);
    let all_there = json!({ "ready": true, "ledger": "ok", "broker": "ok", "problems": [] });
    assert_eq!(ready, all_there);
    // A broker with an untrusted certificate counts as down.
    let wary = start(&other);
    let ready = wary.get("/readyz").await.expect(200);
    assert_eq!(ready["broker"], "away");
    let page = wary.get(&format!("{points}/standings")).await.expect(200);
    assert_eq!(
        (&page["total"], &page["degraded"]),
        (&json!(1), &json!(true))
    );
    let refused = server::ledger::postgres::Postgres::connect(&database(&other)).await;
    assert!(refused.is_err(), "an untrusted ledger is refused");
}

/// Waits until the outbox is empty, so that the broker has every change.
async fn wait_until_settled(server: &TestServer) {
    let engine = async || {
        let request = server.request(reqwest::Method::GET, "/api/v1/engine");
        support::Answer::to(request.bearer_auth(support::TOKEN)).await
    };
    while engine().await.expect(200)["outbox"] != 0 {}
}

/// A page, once it is no longer degraded.
async fn wait_until_live(server: &TestServer, path: &str) -> serde_json::Value {
    let live = async {
        loop {
            let page = server.get(path).await.expect(200);
            if page["degraded"] == false {
                return page;
            }
        }
    };
    let page = tokio::time::timeout(Duration::from_secs(10), live).await;
    page.expect("the broker is repaired without a restart")
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_outage_accepts_scores_and_reads_from_the_ledger() {
    let _alone = ALONE.lock().await;
    let mut redis = Redis::start();
    let broker = redis.url();
    let server = TestServer::start_over(&["--broker", &broker]);
    let sums = json!({
        "title": "Sums", "policy": "sum", "order": "descending", "tie": "shared",
        "periods": ["all_time"],
    });
    server.put("/api/v1/boards/sums", &sums).await.expect(201);
    let path = "/api/v1/boards/sums/submissions";
    let submit = async |player: &str, value: i64| {
        let one = json!({ "player": player, "value": value });
        server.post(path, &one).await.expect(200)
    };
    submit("ann", 5).await;
    redis.kill();
    let answer = submit("bob", 7).await;
    assert_eq!(answer["standings"][0]["score"], 7, "the score is accepted");
    assert!(answer["standings"][0]["rank"].is_null(), "not ranked yet");
    let read = "/api/v1/boards/sums/standings";
    let page = server.get(read).await.expect(200);
    assert_eq!(page["degraded"], true);
    assert_eq!(page["rows"][0]["player"], "bob");
    assert_eq!(page["rows"][1]["rank"], 2);
    let place = server
        .get(&format!("{read}/ann?period=all_time"))
        .await
        .expect(200);
    assert_eq!(
        (&place["rank"], &place["degraded"]),
        (&json!(2), &json!(true))
    );
    let around = server.get(&format!("{read}/ann/around")).await.expect(200);
    assert_eq!(around["rows"].as_array().map(Vec::len), Some(2));
    let ready = server.get("/readyz").await.expect(200);
    assert_eq!(
        ready,
        json!({ "ready": true, "ledger": "ok", "broker": "away", "problems": [] })
    );
    redis.start_empty();
    let page = wait_until_live(&server, read).await;
    assert_eq!(page["rows"][0]["player"], "bob");
    assert_eq!(page["total"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger_outage_answers_503_with_retry_after() {
    let _alone = ALONE.lock().await;
    let (postgres, mut redis) = (Postgres::start(), Redis::start());
    let (database, broker) = (postgres.url(), redis.url());
    let server = TestServer::start_over(&["--database", &database, "--broker", &broker]);
    let points = support::points();
    for board in ["points", "unread"] {
        let path = format!("/api/v1/boards/{board}");
        server.put(&path, &points).await.expect(201);
    }
    let path = "/api/v1/boards/points/submissions";
    let one =
        json!({ "id": server::startup::clock::new_submission_id(), "player": "ann", "value": 5 });
    server
        .post(path, &json!({ "player": "bob", "value": 3 }))
        .await
        .expect(200);
    server
        .post(path, &json!({ "player": "Zo\u{eb}", "value": 2 }))
        .await
        .expect(200);
    postgres.stop();
    let refused = server.post(path, &one).await;
    assert_eq!(refused.expect(503)["code"], "unavailable");
    assert!(
        refused.header("retry-after").parse::<u32>().is_ok(),
        "{refused:?}"
    );
    let page = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(
        (&page["total"], &page["degraded"]),
        (&json!(2), &json!(false))
    );
    // The ledger cannot say whether the decomposed id is recorded, so the composed one is read.
    for read in ["", "?season=all", "/around"] {
        let path = format!("/api/v1/boards/points/standings/Zoe%CC%88{read}");
        server.get(&path).await.expect(200);
    }
    let ready = server.get("/readyz").await.expect(503);
    assert_eq!(
        ready,
        json!({ "ready": false, "ledger": "away", "broker": "ok", "problems": [] })
    );
    assert_eq!(server.get("/healthz").await.status, 200);
    postgres.start_again();
    let taken = server.post(path, &one).await.expect(200);
    assert_eq!(taken["standings"][0]["rank"], 1);
    // An answer may be a second old.
    let ready = async { while server.get("/readyz").await.status != 200 {} };
    let ready = tokio::time::timeout(Duration::from_secs(10), ready).await;
    ready.expect("the node is ready again");
    postgres.stop();
    redis.kill();
    // Rows that the node has cached may still be answered: no one has read this board before.
    for path in ["/", "/boards/unread"] {
        let page = server.get(path).await;
        assert_eq!(page.status, 503, "{path}");
        // The page's own refusal, and not the timeout of requests.
        assert!(page.text.contains("role=\"alert\""), "{path}: {page:?}");
    }
}

/// An operator restores PostgreSQL during an outage, while the node and Redis go on.
#[tokio::test(flavor = "multi_thread")]
async fn ledger_restored_during_an_outage_is_found() {
    let _alone = ALONE.lock().await;
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let (database, broker) = (postgres.url(), redis.url());
    let server = TestServer::start_over(&["--database", &database, "--broker", &broker]);
    let points = "/api/v1/boards/points";
    let mut board = support::points();
    server.put(points, &board).await.expect(201);
    let title = server.get(points).await.expect(200)["title"].clone();
    let path = format!("{points}/submissions");
    let submit = async |value: i64| {
        let one = json!({ "player": "ann", "value": value });
        server.post(&path, &one).await.expect(200);
    };
    submit(5).await;
    wait_until_settled(&server).await;
    postgres.stop();
    postgres.back_up();
    postgres.start_again();
    submit(9).await;
    board["title"] = json!("A later title");
    server.put(points, &board).await.expect(200);
    wait_until_settled(&server).await;
    postgres.stop();
    postgres.restore();
    // A node checks its engines every two seconds.
    tokio::time::sleep(3 * AROUND).await;
    postgres.start_again();
    let read = format!("{points}/standings");
    let is_restored = async || {
        let (page, board) = (server.get(&read).await, server.get(points).await);
        page.json()["rows"][0]["score"] == 5 && board.json()["title"] == title
    };
    let restored = async { while !is_restored().await {} };
    let restored = tokio::time::timeout(Duration::from_secs(20), restored).await;
    restored.expect("the node follows the restored ledger");
}
