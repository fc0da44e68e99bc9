//! Loads of seasons: independent of each other, shared by concurrent readers, not repeated for
//! empty seasons, and never of a former board.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use leaderport::service::{Caller, Error, Leaderboards, Standings};
use leaderport::{BoardDraft, Order, PageNumber, Period, ScorePolicy, Slug, TieRule};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Running, answer};
use crate::contract::engines::Engines;
use crate::contract::gate::Gate;
use crate::contract::sample::{draft, key, noon, of_every_period, points, season, submission, ts};
use crate::contract::slow_ledger::SlowLedger;

/// Time after which a call that waits for a held load counts as blocked.
const BLOCKED: Duration = Duration::from_mins(1);

/// A service over a ledger that can hold back loads of the seasons of 2025.
async fn start(engines: &Engines) -> (Running, Arc<SlowLedger>) {
    let ledger = SlowLedger::before(engines.ledger().await, "2025");
    let broker = engines.broker().await;
    let running = Running::start_over(engines, ledger.clone(), broker).await;
    (running, ledger)
}

/// Reads more rows than a page has, because pages are cached.
async fn read(service: Arc<Leaderboards>, board: Slug, label: String) -> Result<Standings, Error> {
    let season = service.find(&board, None, Some(season(&label)))?;
    service.standings(season, 0, 100).await
}

pub(crate) async fn readers_of_unloaded_seasons_do_not_delay_a_writer(engines: &Engines) {
    let (running, ledger) = start(engines).await;
    let board = running.define("arena", of_every_period(points())).await;
    ledger.close();
    let labels = (1..=28).map(|day| format!("2025-02-{day:02}"));
    let readers = labels
        .map(|label| tokio::spawn(read(running.service.clone(), board.clone(), label)))
        .collect::<Vec<_>>();
    ledger.has_begun(1).await;
    // No season of this submission but that of all times is loaded.
    let past = submission(1, &board, "ann", 50, ts("2024-05-06T07:08:09Z"));
    let written = timeout(BLOCKED, running.submit(past)).await;
    let outcome = written.expect("a write does not wait for readers' loads");
    assert_eq!(outcome.seasons.len(), Period::ALL.len());
    assert_eq!(answer(&outcome), (50, 1, None));
    let loads = ledger.loads();
    assert!(loads < 28, "{loads} loads at once");
    ledger.open();
    for read in join_all(readers).await {
        match read.unwrap() {
            Ok(standings) => assert_eq!(standings.slice.total, 0),
            // A reader waits for some seconds only.
            Err(error) => assert!(matches!(error, Error::Busy), "{error:?}"),
        }
    }
}

pub(crate) async fn concurrent_readers_share_one_load(engines: &Engines) {
    let (running, _) = start(engines).await;
    let board = running.define("arena", of_every_period(points())).await;
    let past = submission(1, &board, "ann", 50, ts("2025-05-06T07:08:09Z"));
    running.submit(past).await;
    running.stop().await;
    // Another broker holds only the running seasons.
    let (running, ledger) = start(engines).await;
    ledger.close();
    let reader = || read(running.service.clone(), board.clone(), "2025".to_owned());
    let first = tokio::spawn(reader());
    ledger.has_begun(1).await;
    // A reader that leaves does not end the load.
    first.abort();
    let readers: Vec<_> = (0..20).map(|_| tokio::spawn(reader())).collect();
    ledger.open();
    for read in join_all(readers).await {
        assert_eq!(read.unwrap().unwrap().slice.total, 1);
    }
    assert_eq!(ledger.loads(), 1);
}

pub(crate) async fn empty_season_is_remembered_until_a_write(engines: &Engines) {
    let (running, ledger) = start(engines).await;
    let board = running.define("arena", of_every_period(points())).await;
    let total = async || {
        let read = read(running.service.clone(), board.clone(), "2025".to_owned());
        read.await.unwrap().slice.total
    };
    for _ in 0..50 {
        assert_eq!(total().await, 0);
    }
    // It is remembered for some seconds, and the machine may be slow.
    let loads = ledger.loads();
    assert!(loads < 10, "{loads} loads of an empty season");
    let past = submission(1, &board, "ann", 50, ts("2025-05-06T07:08:09Z"));
    running.submit(past).await;
    assert_eq!(total().await, 1);
}

/// Drops the seasons of a board at one node, and begins a load at another one. The load waits
/// behind the gate, with the standings that it has read.
pub(super) async fn begin_load([a, b]: [&Running; 2], gate: &Gate, board: &Slug) -> JoinHandle<()> {
    gate.close_for_loads();
    let cleared = a.service.clear_cache(&Caller::Operator, board, false);
    cleared.await.unwrap();
    let loads = gate.loads();
    let (service, key) = (b.service.clone(), key(board, "all"));
    let load = tokio::spawn(async move {
        // The board may be deleted during the load.
        drop(service.page(&key, PageNumber::FIRST).await);
    });
    let begun = timeout(BLOCKED, gate.has_begun(loads + 1)).await;
    begun.expect("the season is loaded");
    load
}

pub(crate) async fn load_by_former_rules_is_repeated(engines: &Engines) {
    let [mine, theirs] = engines.brokers().await;
    let a = Running::start_with(engines, mine).await;
    let rules = |tie| draft(ScorePolicy::Best, Order::Descending, tie);
    let board = a.define("arena", rules(TieRule::Earliest)).await;
    for (n, who) in [(1, "ann"), (2, "bob")] {
        a.submit(submission(n, &board, who, 5, noon(0))).await;
    }
    let gate = Gate::before(theirs);
    let b = Running::start_with(engines, gate.clone()).await;
    let load = begin_load([&a, &b], &gate, &board).await;
    a.define("arena", rules(TieRule::Shared)).await;
    gate.open_for_loads();
    load.await.unwrap();
    let expected = ["ann", "bob"].map(|who| (who.to_owned(), 1, 5));
    for node in [&a, &b] {
        assert_eq!(node.ranks(&board, "all").await, expected);
    }
}

/// Another node changes a setting that no rank depends on.
pub(crate) async fn load_beside_a_new_title_is_not_repeated(engines: &Engines) {
    let [mine, theirs] = engines.brokers().await;
    let a = Running::start_with(engines, mine).await;
    let board = a.define("arena", points()).await;
    a.submit(submission(1, &board, "ann", 5, noon(0))).await;
    let gate = Gate::before(theirs);
    let b = Running::start_with(engines, gate.clone()).await;
    let load = begin_load([&a, &b], &gate, &board).await;
    let loads = gate.loads();
    let titled = BoardDraft {
        title: "Another title".to_owned(),
        ..points()
    };
    a.define("arena", titled).await;
    gate.open_for_loads();
    load.await.unwrap();
    for node in [&a, &b] {
        let expected = [("ann".to_owned(), 1, 5)];
        assert_eq!(node.ranks(&board, "all").await, expected);
    }
    assert_eq!(gate.loads(), loads, "the season was not loaded again");
}
