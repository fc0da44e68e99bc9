//! Many who take nothing: they hold up nobody, and what they cost is bounded.

use futures::future::join_all;

use crate::support::TestServer;
use crate::watcher::{Watched, Watcher, make_restless, metric, rest_since, shuffle};
use crate::{ALONE, nodes};

const STALLED: usize = 200;
/// Changes of the whole page, after the stalled are blocked.
const CHANGES: i64 = 300;
/// What the server may grow by meanwhile. Were frames kept for each of them, it were some
/// 300 of some 5,000 bytes, 200 times.
const GROWTH: u64 = 48 << 20;
const SKIPPED: &str = "leaderport_frames_skipped_total";
/// They take nothing, and answer no pings, for as long as this lasts.
const FLAGS: [&str; 6] = [
    "--slow-seconds",
    "3600",
    "--heartbeat-seconds",
    "3600",
    "--max-per-address",
    "5000",
];

/// Shuffles through one node until all of the others' pages are right.
async fn shuffle_and_follow(servers: &[TestServer], lively: &mut [(Watcher, Watched)], round: i64) {
    let at = usize::try_from(round).expect("a round") % servers.len();
    let shuffled = shuffle(&servers[at], round).await;
    let page = rest_since(&servers[at], 1, shuffled).await;
    for (watcher, watched) in lively {
        watched.follow(watcher, |seen| seen.page == page).await;
    }
}

/// Blocks many on the first server, and writes on.
async fn stall(servers: &[TestServer]) {
    make_restless(&servers[0]).await;
    let stalled = join_all((0..STALLED).map(async |_| {
        let mut watcher = Watcher::connect_with_small_buffers(&servers[0]).await;
        watcher.subscribe_page(1).await;
        watcher
    }));
    let stalled = stalled.await;
    let mut lively = Vec::new();
    for server in servers {
        let mut watcher = Watcher::connect(server).await;
        let watched = watcher.subscribe_page(1).await;
        lively.push((watcher, watched));
    }
    let mut round = 0;
    while metric(&servers[0], "leaderport_blocked").await < STALLED as u64 {
        round += 1;
        shuffle_and_follow(servers, &mut lively, round).await;
        assert!(round < 20_000, "they are never blocked");
    }
    let (before, skipped) = (servers[0].memory(), metric(&servers[0], SKIPPED).await);
    for more in 1..=CHANGES {
        shuffle_and_follow(servers, &mut lively, round + more).await;
    }
    let blocked = metric(&servers[0], "leaderport_blocked").await;
    assert_eq!(blocked, STALLED as u64, "none was ended, none went on");
    // What was for them was not kept for them: each was told of it once.
    let skipped = metric(&servers[0], SKIPPED).await - skipped;
    let told = u64::try_from(CHANGES).expect("some") * STALLED as u64;
    assert!(skipped >= told / 2, "{skipped} of {told} were skipped");
    // Where memory cannot be looked at, nothing is said of it.
    if let (Some(before), Some(after)) = (before, servers[0].memory()) {
        let grown = after.saturating_sub(before);
        assert!(grown < GROWTH, "it grew by {grown} bytes");
    }
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_take_nothing_cost_a_node_nothing_more() {
    let _alone = ALONE.lock().await;
    stall(&[TestServer::start_over(&FLAGS)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_take_nothing_at_one_node_hold_up_nobody_at_another() {
    let _alone = ALONE.lock().await;
    stall(&nodes(&FLAGS).await).await;
}
