//! The rate of deltas does not grow with the rate of submissions.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;

use crate::support::TestServer;
use crate::watcher::{Watcher, read_page, submit};

/// The shortest time between two deltas of a page.
const TICK: Duration = Duration::from_millis(100);

#[tokio::test]
async fn deltas_are_limited_to_ten_a_second() {
    let server = TestServer::with_players(0).await;
    let mut watcher = Watcher::connect(&server).await;
    let mut watched = watcher.subscribe_page(1).await;
    let began = Instant::now();
    let server = &server;
    let submitting = join_all((0..10).map(|submitter| async move {
        for n in 0..30 {
            let nth = submitter * 30 + n;
            submit(server, &format!("q{nth}"), nth).await;
        }
    }));
    let following = watched.follow(&mut watcher, |watched| watched.page.total == 300);
    let (_, deltas) = tokio::join!(submitting, following);
    let ticks = began.elapsed().div_duration_f64(TICK);
    println!(
        "300 submissions in {:?} were {deltas} deltas",
        began.elapsed()
    );
    assert!(
        f64::from(deltas) <= ticks + 2.0,
        "{deltas} deltas in {ticks} ticks"
    );
    assert!(deltas > 0);
    // The last delta completed the total, so the page is current.
    assert_eq!((watched.page, watched.position), read_page(server, 1).await);
    watcher.expect_nothing_but_a_pong().await;
}
