//! Many stalled clients delay no other client, and cost bounded memory.

use futures::future::join_all;

use crate::support::TestServer;
use crate::watcher::{Watched, Watcher, make_restless, metric, read_page_since, shuffle};
use crate::{ALONE, nodes};

const STALLED: usize = 200;
/// Changes of the whole page, made once the stalled clients are blocked.
const CHANGES: i64 = 300;
/// The maximum growth of the server's memory, in bytes. Queued frames would need about 200 × 300 ×
/// 5,000 bytes.
const GROWTH: u64 = 48 << 20;
const SKIPPED: &str = "leaderport_frames_skipped_total";
/// The time limits keep the stalled clients connected for the whole test.
const FLAGS: [&str; 6] = [
    "--slow-seconds",
    "3600",
    "--heartbeat-seconds",
    "3600",
    "--max-per-address",
    "5000",
];

/// Shuffles the scores through one node, and waits until all clients that are not stalled have the
/// new page.
async fn shuffle_and_follow(servers: &[TestServer], lively: &mut [(Watcher, Watched)], round: i64) {
    let at = usize::try_from(round).expect("a round") % servers.len();
    let shuffled = shuffle(&servers[at], round).await;
    let page = read_page_since(&servers[at], 1, shuffled).await;
    for (watcher, watched) in lively {
        watched.follow(watcher, |seen| seen.page == page).await;
    }
}

/// Blocks many clients on the first server, and continues to write.
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
        assert!(round < 20_000, "the stalled clients are never blocked");
    }
    let (before, skipped) = (servers[0].memory(), metric(&servers[0], SKIPPED).await);
    for more in 1..=CHANGES {
        shuffle_and_follow(servers, &mut lively, round + more).await;
    }
    let blocked = metric(&servers[0], "leaderport_blocked").await;
    assert_eq!(
        blocked, STALLED as u64,
        "every stalled client is still blocked"
    );
    // The server skips frames for a blocked client instead of queuing them.
    let skipped = metric(&servers[0], SKIPPED).await - skipped;
    let expected = u64::try_from(CHANGES).expect("some") * STALLED as u64;
    assert!(
        skipped >= expected / 2,
        "{skipped} of {expected} were skipped"
    );
    // The memory is known only where `/proc` exists.
    if let (Some(before), Some(after)) = (before, servers[0].memory()) {
        let grown = after.saturating_sub(before);
        assert!(grown < GROWTH, "the server grew by {grown} bytes");
    }
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_clients_cost_bounded_memory() {
    let _alone = ALONE.lock().await;
    stall(&[TestServer::start_over(&FLAGS)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_clients_of_one_node_delay_no_other_node() {
    let _alone = ALONE.lock().await;
    stall(&nodes(&FLAGS).await).await;
}
