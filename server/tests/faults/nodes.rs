//! Nodes over one ledger and one broker, the load on them, and the sockets that watch.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use leaderport::Row;
use leaderport::live::Client;
use leaderport::protocol::{Channel, State};
use serde_json::{Value, json};
use server::startup::clock::new_submission_id;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::proxy::Proxy;
use super::services::{Postgres, Redis, clock_ahead};
use crate::support::{TOKEN, TestServer};
use crate::watcher::Watcher;

/// The number of nodes.
const NODES: usize = 3;
/// Sockets per node.
const SOCKETS: usize = 10;
/// Submissions per second.
const RATE: u64 = 500;
/// The number of players.
const PLAYERS: u64 = 60;
/// How long agreement may take once a fault has ended.
const AGREE: Duration = Duration::from_secs(2);
/// The maximum growth of a node's memory, in bytes. It allows for memory that the allocator keeps
/// after a burst, but not for a growing queue.
const GROWTH: u64 = 64 << 20;
/// How long a client retries.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A deployment of several nodes, with its services.
pub(crate) struct Nodes {
    pub(crate) postgres: Postgres,
    /// One Redis, or the masters of a Cluster.
    pub(crate) redis: Vec<Redis>,
    /// The fault proxies before PostgreSQL and Redis; none if the nodes connect directly.
    pub(crate) network: Vec<Proxy>,
    pub(crate) servers: Vec<TestServer>,
}

impl Nodes {
    /// Starts the nodes, with a board of sums.
    pub(crate) async fn start() -> Self {
        let (postgres, redis) = (Postgres::start(), Redis::start());
        let network = vec![
            Proxy::before(postgres.address()).await,
            Proxy::before(redis.address()).await,
        ];
        let database = Postgres::url_at(network[0].port());
        let broker = Redis::url_at(network[1].port());
        let servers = (0..NODES).map(|_| node(&database, &broker)).collect();
        Self::with(postgres, vec![redis], network, servers).await
    }

    /// Like [`Self::start`], over a Redis Cluster and without fault proxies.
    pub(crate) async fn start_over_cluster() -> Self {
        let (postgres, redis) = (Postgres::start(), Redis::start_cluster());
        let broker: Vec<String> = redis.iter().map(Redis::url).collect();
        let (database, broker) = (postgres.url(), broker.join(","));
        let servers = (0..NODES).map(|_| node(&database, &broker)).collect();
        Self::with(postgres, redis, Vec::new(), servers).await
    }

    /// Like [`Self::start`], with the last node's clock ahead, and without fault proxies.
    pub(crate) async fn start_with_a_clock_ahead() -> Self {
        let (postgres, redis) = (Postgres::start(), Redis::start());
        let (database, broker) = (postgres.url(), redis.url());
        let mut servers: Vec<_> = (1..NODES).map(|_| node(&database, &broker)).collect();
        let ahead = clock_ahead();
        let ahead = ahead
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let flags = ["--database", database.as_str(), "--broker", broker.as_str()];
        servers.push(TestServer::start_in(&ahead, &flags));
        Self::with(postgres, vec![redis], Vec::new(), servers).await
    }

    async fn with(
        postgres: Postgres,
        redis: Vec<Redis>,
        network: Vec<Proxy>,
        servers: Vec<TestServer>,
    ) -> Self {
        let sums = json!({
            "title": "Sums", "policy": "sum", "order": "descending", "tie": "shared",
            "periods": ["all_time", "daily"],
        });
        servers[0]
            .put("/api/v1/boards/sums", &sums)
            .await
            .expect(201);
        let all = Self {
            postgres,
            redis,
            network,
            servers,
        };
        for node in 1..NODES {
            all.until(node, |answer| answer.get("rows").is_some()).await;
        }
        all
    }

    /// The memory of the largest running node, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let each = self.servers.iter().filter_map(TestServer::memory);
        each.max().expect("a node runs")
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.servers.iter().map(|node| node.url.clone()).collect()
    }

    /// Reads a node's first page until it is as wanted.
    pub(crate) async fn until(&self, node: usize, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let server = &self.servers[node];
        let began = Instant::now();
        loop {
            let answer = server
                .get("/api/v1/boards/sums/standings?limit=200&season=all")
                .await;
            let answer = answer.json();
            if is_wanted(&answer) {
                return answer;
            }
            assert!(
                began.elapsed() < TIMEOUT,
                "node {node} still answers {answer}"
            );
        }
    }
}

fn node(database: &str, broker: &str) -> TestServer {
    TestServer::start_over(&["--database", database, "--broker", broker])
}

/// The sum of acknowledged values for each player, and statistics of the submissions.
#[derive(Default)]
pub(crate) struct Acknowledged {
    pub(crate) sums: BTreeMap<String, i64>,
    pub(crate) tries: u64,
    pub(crate) slowest: Duration,
}

impl Acknowledged {
    pub(crate) fn count(&self) -> i64 {
        self.sums.values().sum()
    }
}

/// Submits at [`RATE`] to all nodes in turn until stopped. Each submission is retried with the same
/// id until a node acknowledges it.
pub(crate) async fn load(urls: Vec<String>, mut stop: watch::Receiver<bool>) -> Acknowledged {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let found = Arc::new(Mutex::new(Acknowledged::default()));
    let turns = Arc::new(Semaphore::new(512));
    let mut tasks = JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(1000 / RATE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for n in 0_u64.. {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.changed() => break,
        }
        let turn = turns.clone().acquire_owned().await.unwrap();
        let (http, urls, found) = (http.clone(), urls.clone(), found.clone());
        tasks.spawn(async move {
            let player = format!("p{}", n * n % PLAYERS);
            let (tries, took) = submit(&http, &urls, n, &player).await;
            let mut found = found.lock().unwrap();
            *found.sums.entry(player).or_default() += 1;
            found.tries += tries;
            found.slowest = found.slowest.max(took);
            drop(turn);
        });
    }
    tasks.join_all().await;
    std::mem::take(&mut *found.lock().unwrap())
}

async fn submit(http: &reqwest::Client, urls: &[String], n: u64, player: &str) -> (u64, Duration) {
    let began = Instant::now();
    let body = json!({ "id": new_submission_id(), "player": player, "value": 1 });
    for tries in 1.. {
        let node = usize::try_from(n + tries).unwrap() % urls.len();
        let path = format!("{}/api/v1/boards/sums/submissions", urls[node]);
        let sent = http.post(path).bearer_auth(TOKEN).json(&body).send().await;
        match sent.map(|answer| answer.status().as_u16()) {
            Ok(200) => return (tries, began.elapsed()),
            Ok(503) | Err(_) => assert!(began.elapsed() < TIMEOUT, "no node accepts {body}"),
            Ok(other) => panic!("{body} was answered {other}"),
        }
        // A short wait before the retry, because other clients retry too.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    unreachable!("the loop retries until a node answers")
}

/// The rows that one socket shows.
pub(crate) type Shown = watch::Receiver<Vec<Row>>;

/// Sockets that watch the first page, [`SOCKETS`] per node. If its node dies, a socket reconnects
/// to the next one and keeps its state, like a browser.
pub(crate) fn sockets(urls: &[String]) -> Vec<Shown> {
    let mut all = Vec::new();
    for socket in 0..urls.len() * SOCKETS {
        let (show, shown) = watch::channel(Vec::new());
        let urls = urls.to_vec();
        tokio::spawn(async move {
            let mut client = Client::default();
            let channel = Channel::try_from("page:sums:all:1".to_owned()).unwrap();
            client.watch(&channel, None);
            for node in socket.. {
                let url = &urls[node % urls.len()];
                if follow(url, &mut client, &channel, &show).await.is_none() && show.is_closed() {
                    return;
                }
                client.closed(None, 0.0);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        all.push(shown);
    }
    all
}

/// Follows a node's first page until the connection breaks.
async fn follow(
    url: &str,
    client: &mut Client,
    channel: &Channel,
    show: &watch::Sender<Vec<Row>>,
) -> Option<()> {
    let mut watcher = Watcher::try_connect(url).await?;
    for command in client.opened() {
        let command = serde_json::to_value(command).unwrap();
        watcher.try_send(&command).await?;
    }
    loop {
        let event = serde_json::from_str(&watcher.any_frame().await?).unwrap();
        let received = client.receive(event);
        assert_eq!(client.misfits(), 0, "no change is missing");
        if received.refused.is_some() {
            // The node has not received the board's definition yet, or is stopping.
            return None;
        }
        if received.news.is_some() {
            let Some((State::Page(page), _)) = client.state(channel) else {
                panic!("a page channel has a page state");
            };
            show.send(page.rows.clone()).ok()?;
        }
    }
}

/// Waits until every running node and every socket shows the acknowledged sums, and prints how long
/// it took. Fails if the nodes need longer than [`AGREE`], or if a node's memory grew by [`GROWTH`]
/// over `before`.
pub(crate) async fn agree(
    what: &str,
    nodes: &Nodes,
    sockets: &mut [Shown],
    acknowledged: &Acknowledged,
    before: u64,
) {
    let began = Instant::now();
    let mut expected: Vec<(String, i64)> = acknowledged.sums.clone().into_iter().collect();
    expected.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut pages = Vec::new();
    for node in 0..nodes.servers.len() {
        if nodes.servers[node].is_running() {
            let right = |answer: &Value| {
                !answer["degraded"].as_bool().unwrap_or(true) && sums(answer) == expected
            };
            let answer = nodes.until(node, right).await;
            pages.push(answer["rows"].to_string());
        }
    }
    let by_rest = began.elapsed();
    assert!(
        pages.windows(2).all(|two| two[0] == two[1]),
        "byte-equal pages"
    );
    let first: Vec<Row> = serde_json::from_str::<Vec<Row>>(&pages[0]).unwrap();
    let first = &first[..first.len().min(50)];
    let shown = sockets.iter_mut().map(|socket| async {
        let right = socket.wait_for(|rows| rows.as_slice() == first);
        let right = tokio::time::timeout(TIMEOUT, right).await;
        right.map(drop).is_ok()
    });
    let shown = join_all(shown).await;
    let by_socket = began.elapsed();
    let grown = nodes.memory().saturating_sub(before);
    println!(
        "{what}: {} acknowledged in {} tries, slowest {:?}; nodes agree after {by_rest:?}, {} sockets after {by_socket:?}; the largest node had {} MiB before, {} MiB more after",
        acknowledged.count(),
        acknowledged.tries,
        acknowledged.slowest,
        shown.len(),
        before >> 20,
        grown >> 20,
    );
    assert!(grown < GROWTH, "memory is bounded");
    assert!(
        shown.iter().all(|right| *right),
        "every socket shows the right page"
    );
    assert!(by_rest < AGREE, "nodes agree within {AGREE:?}");
}

/// Players and scores of an answer, sorted.
fn sums(answer: &Value) -> Vec<(String, i64)> {
    let rows = answer["rows"].as_array().cloned().unwrap_or_default();
    let sum = |row: &Value| Some((row["player"].as_str()?.to_owned(), row["score"].as_i64()?));
    let mut sums: Vec<_> = rows.iter().filter_map(sum).collect();
    sums.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    sums
}
