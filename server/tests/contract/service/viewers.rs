//! The numbers of viewers, for pages that list boards.

use leaderport::protocol::Presence;

use super::*;
use crate::contract::sample::points;

pub(crate) async fn viewers_of_all_nodes_are_counted_and_the_caller_is_not(engines: &Engines) {
    let broker = engines.broker().await;
    let running = Running::start_with(engines, broker.clone()).await;
    let service = &running.service;
    let (arena, runs) = (
        running.define("arena", points()).await,
        running.define("runs", points()).await,
    );
    let viewers = |count| Presence {
        count,
        ..Presence::default()
    };
    let lasts = Duration::from_mins(1);
    let elsewhere = broker
        .present(&arena, "elsewhere", &viewers(2), lasts)
        .await;
    elsewhere.unwrap();
    assert_eq!(
        (service.viewers(&arena).await, service.viewers(&runs).await),
        (2, 0)
    );
    // A report of this node is seen at once.
    let all = service.present(&arena, &viewers(3)).await;
    assert_eq!(all.unwrap().count, 5);
    assert_eq!(
        (service.viewers(&arena).await, service.viewers(&runs).await),
        (5, 0)
    );
}
