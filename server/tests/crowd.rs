//! Many watchers at once, over real sockets. After a mass disconnect, all recover within seconds,
//! at the cost of one read per page.

#[expect(dead_code, reason = "the crowd tests use only a part of it")]
mod support;
#[expect(dead_code, reason = "the crowd tests use only a part of it")]
mod watcher;

mod crowd {
    mod stalled;
}

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use leaderport::live::Client;
use leaderport::protocol::{Channel, Format, State};
use leaderport::{Page, PageNumber, Position};
use serde_json::json;
use sqlx::{Connection, Executor};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use uuid::Uuid;

use self::support::{TestServer, points};
use self::watcher::{metric, read_page_since, submit_all};

const WATCHERS: usize = 2_000;
const PAGES: u64 = 40;
/// How long the recovery of all watchers may take.
const SOON: Duration = Duration::from_secs(3);
/// All watchers have the same address.
const FLAGS: [&str; 2] = ["--max-per-address", "5000"];
const TIMEOUT: Duration = Duration::from_mins(1);

/// Instructions to all watchers: the number of mass disconnects so far, and the addresses to
/// connect to.
#[derive(Debug, Clone)]
struct Order {
    drops: u32,
    urls: Arc<Vec<String>>,
}

/// A watcher's page, and the numbers of its subscriptions that were answered with deltas and with
/// the whole page.
#[derive(Debug, Clone, Default)]
struct Shown {
    page: Option<Page>,
    joined: (u64, u64),
}

/// The watchers. Each watches one page.
struct Crowd {
    orders: watch::Sender<Order>,
    shown: Vec<(PageNumber, watch::Receiver<Shown>)>,
    tasks: JoinSet<(u64, u64)>,
}

impl Crowd {
    fn gather(urls: Vec<String>) -> Self {
        let urls = Arc::new(urls);
        let orders = watch::Sender::new(Order { drops: 0, urls });
        let (mut shown, mut tasks) = (Vec::new(), JoinSet::new());
        for n in 0..WATCHERS {
            let number = page(1 + n as u64 % PAGES);
            let (show, page) = watch::channel(Shown::default());
            tasks.spawn(watcher(n, number, orders.subscribe(), show));
            shown.push((number, page));
        }
        Self {
            orders,
            shown,
            tasks,
        }
    }

    /// Waits until every watcher shows its current page.
    async fn until(&mut self, pages: &BTreeMap<PageNumber, Page>) {
        let all_are = async {
            for (number, shown) in &mut self.shown {
                let expected = Some(&pages[number]);
                let is_right = shown.wait_for(|shown| shown.page.as_ref() == expected);
                is_right.await.expect("every watcher runs");
            }
        };
        if timeout(TIMEOUT, all_are).await.is_ok() {
            return;
        }
        // Report the number of wrong watchers per page, with a few differing rows.
        let mut wrong = BTreeMap::<PageNumber, (usize, String)>::new();
        for (number, shown) in &self.shown {
            let expected = &pages[number];
            if let Some(page) = &shown.borrow().page
                && page != expected
            {
                let rows = page.rows.iter().zip(&expected.rows);
                let differ = rows.filter(|(shown, wanted)| shown != wanted);
                let differ: Vec<_> = differ.take(3).collect();
                let of = wrong.entry(*number).or_insert((0, format!("{differ:?}")));
                of.0 += 1;
            }
        }
        panic!("some watchers show a wrong page; shown and expected: {wrong:#?}");
    }

    /// Waits until every watcher has subscribed `times` times. Returns the number of recovered
    /// subscriptions.
    async fn joined(&mut self, times: u64) -> u64 {
        let mut recovered = 0;
        for (_, shown) in &mut self.shown {
            let has_joined = shown.wait_for(|s| s.joined.0 + s.joined.1 >= times);
            let joined = timeout(TIMEOUT, has_joined).await;
            let joined = joined
                .expect("every watcher reconnects")
                .expect("every watcher runs");
            recovered += joined.joined.0;
        }
        recovered
    }

    /// Drops every connection. The watchers reconnect to these addresses.
    fn drop_all(&self, urls: Vec<String>) {
        self.orders.send_modify(|order| {
            order.drops += 1;
            order.urls = Arc::new(urls);
        });
    }

    /// Ends the crowd. Returns the numbers of recovered and of other subscriptions.
    async fn disperse(mut self) -> (u64, u64) {
        drop(self.orders);
        let mut all = (0, 0);
        while let Some(joined) = self.tasks.join_next().await {
            let joined = joined.expect("no watcher failed");
            all = (all.0 + joined.0, all.1 + joined.1);
        }
        all
    }
}

/// Follows a page until the crowd ends.
async fn watcher(
    n: usize,
    number: PageNumber,
    mut orders: watch::Receiver<Order>,
    show: watch::Sender<Shown>,
) -> (u64, u64) {
    let channel = Channel::try_from(format!("page:points:all:{}", number.get()));
    let channel = channel.expect("a channel");
    let mut client = Client::default();
    client.watch(&channel, None);
    for tries in n.. {
        let order = orders.borrow_and_update().clone();
        let url = &order.urls[tries % order.urls.len()];
        tokio::select! {
            () = follow(url, &mut client, &channel, &show) => {}
            changed = orders.changed() => if changed.is_err() { break },
        }
        assert_eq!(client.misfits(), 0, "no change is missing");
        // A pseudo-random value spreads the backoff of the watchers.
        let random = f64::from(u32::try_from(n * 7919 % WATCHERS).expect("few")) / 2_000.0;
        let wait = client.closed(None, random).expect("the client reconnects");
        tokio::time::sleep(Duration::from_millis(wait.into())).await;
    }
    client.joined()
}

async fn follow(url: &str, client: &mut Client, channel: &Channel, show: &watch::Sender<Shown>) {
    let mut request = url.into_client_request().expect("a URL");
    let protocol = Format::Binary.subprotocol().parse().expect("a name");
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    let Ok((mut socket, _)) = connect_async(request).await else {
        return;
    };
    for command in client.opened() {
        let frame = Message::binary(Format::Binary.write_command(&command));
        if socket.send(frame).await.is_err() {
            return;
        }
    }
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(bytes) = message else {
            continue;
        };
        let received = client.receive(Format::Binary.read_event(&bytes).expect("an event"));
        assert_eq!(received.refused, None);
        show.send_modify(|shown| {
            shown.joined = client.joined();
            if received.news.is_some()
                && let Some((State::Page(page), _)) = client.state(channel)
            {
                shown.page = Some(page.clone());
            }
        });
    }
}

fn page(number: u64) -> PageNumber {
    PageNumber::new(number).expect("a page")
}

/// Every page, read over REST at this position or later.
async fn pages(server: &TestServer, since: Position) -> BTreeMap<PageNumber, Page> {
    let mut pages = BTreeMap::new();
    for number in 1..=PAGES {
        pages.insert(page(number), read_page_since(server, number, since).await);
    }
    pages
}

/// Fills every page. Returns the newest position.
async fn fill(server: &TestServer) -> Position {
    let one = |n: u64| json!({ "player": format!("p{n}"), "value": 1_000_000 - n * 10 });
    submit_all(server, (0..1000).map(one).collect()).await;
    submit_all(server, (1000..PAGES * 50).map(one).collect()).await
}

/// Moves some players so that every page changes. Returns the newest position.
async fn stir(server: &TestServer, round: u64) -> Position {
    let one = |n: u64| {
        let player = n * 7 % (PAGES * 50);
        json!({ "player": format!("p{player}"), "value": 1_000_000 - player * 10 + 25 + round })
    };
    submit_all(server, (0..400).map(one).collect()).await
}

fn sockets(servers: &[TestServer]) -> Vec<String> {
    let url = |s: &TestServer| format!("{}/ws", s.url.replacen("http://", "ws://", 1));
    servers.iter().map(url).collect()
}

async fn reads(server: &TestServer) -> u64 {
    metric(server, "leaderport_page_reads_total").await
}

/// Two nodes over one PostgreSQL and one Redis.
async fn nodes(flags: &[&str]) -> Vec<TestServer> {
    let service = |name: &str| std::env::var(name).expect(".ci/with-services starts services");
    let prefix = Uuid::from_u128(rand::Rng::random(&mut rand::rng()))
        .simple()
        .to_string();
    let postgres = service("LEADERPORT_TEST_POSTGRES");
    let mut db = sqlx::PgConnection::connect(&postgres)
        .await
        .expect("PostgreSQL answers");
    let schema = format!("CREATE SCHEMA crowd_{prefix}");
    let made = db.execute(sqlx::AssertSqlSafe(schema)).await;
    made.expect("the schema is new");
    let database = format!("{postgres}?options=-csearch_path=crowd_{prefix}");
    let redis = service("LEADERPORT_TEST_REDIS");
    let engines = ["--database", &database, "--broker", &redis];
    let prefix = ["--broker-prefix", &prefix];
    let flags = [&engines[..], &prefix, flags].concat();
    (0..2).map(|_| TestServer::start_over(&flags)).collect()
}

/// Only one crowd runs at a time, because the tests assert durations.
static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnected_watchers_recover_within_seconds() {
    let _alone = ALONE.lock().await;
    let servers = [TestServer::start_over(&FLAGS)];
    let server = &servers[0];
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let filled = fill(server).await;
    let mut crowd = Crowd::gather(sockets(&servers));
    crowd.until(&pages(server, filled).await).await;
    // The pages change while all watchers are disconnected.
    let before = reads(server).await;
    let began = Instant::now();
    crowd.drop_all(sockets(&servers));
    let stirred = stir(server, 1).await;
    crowd.until(&pages(server, stirred).await).await;
    let took = began.elapsed();
    let read = reads(server).await - before;
    println!("{WATCHERS} watchers of {PAGES} pages recovered after {took:?}, {read} reads");
    assert!(took <= SOON, "the recovery took {took:?}");
    // A page is read once for watchers that are not disconnected yet, and once when its first
    // watcher reconnects.
    assert!(read <= 2 * PAGES, "{PAGES} pages were read {read} times");
    // If no page has changed, each page is read once, when its first watcher reconnects. Every
    // watcher continues from its own state.
    let (before, recovered) = (reads(server).await, crowd.joined(2).await);
    crowd.drop_all(sockets(&servers));
    let recovered = crowd.joined(3).await - recovered;
    let read = reads(server).await - before;
    println!("{recovered} of {WATCHERS} were recovered by {read} reads of {PAGES} pages");
    assert!(read <= PAGES, "{PAGES} pages were read {read} times");
    assert_eq!(recovered, WATCHERS as u64);
    let stirred = stir(server, 2).await;
    crowd.until(&pages(server, stirred).await).await;
    let (recovered, whole) = crowd.disperse().await;
    println!("{recovered} subscriptions were recovered, {whole} came whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_of_a_dead_node_recover_at_another_node() {
    let _alone = ALONE.lock().await;
    let mut servers = nodes(&FLAGS).await;
    servers[0]
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let filled = fill(&servers[0]).await;
    let mut crowd = Crowd::gather(sockets(&servers));
    crowd.until(&pages(&servers[1], filled).await).await;
    let stirred = stir(&servers[1], 1).await;
    crowd.until(&pages(&servers[0], stirred).await).await;
    let began = Instant::now();
    servers[0].kill();
    servers.remove(0);
    // The watchers of the other node stay connected.
    crowd.orders.send_if_modified(|order| {
        order.urls = Arc::new(sockets(&servers));
        false
    });
    let stirred = stir(&servers[0], 2).await;
    crowd.until(&pages(&servers[0], stirred).await).await;
    let took = began.elapsed();
    println!("{WATCHERS} watchers, half of them on a node that died, recovered after {took:?}");
    assert!(took <= SOON, "the recovery took {took:?}");
    let (recovered, whole) = crowd.disperse().await;
    println!("{recovered} subscriptions were recovered, {whole} came whole");
}
