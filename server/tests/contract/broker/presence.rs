//! Presence: the watchers of a board, counted over all nodes.

use std::time::Duration;

use leaderport::protocol::Presence;

use crate::contract::engines::BrokerHome;
use crate::contract::sample::{name, slug};

const LONG: Duration = Duration::from_mins(1);

fn watchers(count: u64, names: &[&str]) -> Presence {
    Presence {
        count,
        names: names.iter().map(|n| name(n)).collect(),
    }
}

pub(crate) async fn nodes_over_the_same_data_have_one_id(home: &dyn BrokerHome) {
    let [one, two] = home.brokers().await;
    let id = one.store_id().await.unwrap();
    assert_eq!(two.store_id().await.unwrap(), id);
    assert_eq!(one.store_id().await.unwrap(), id);
    let other = home.broker().await.store_id().await.unwrap();
    assert_eq!(
        (id.is_none(), other.is_none()),
        (one.is_local(), one.is_local())
    );
    assert!(id.is_none() || id != other);
}

pub(crate) async fn watchers_are_counted_over_all_nodes(home: &dyn BrokerHome) {
    let [one, two] = home.brokers().await;
    let board = slug("arena");
    let nobody = watchers(0, &[]);
    let first = one
        .present(&board, "a", &watchers(2, &["Ann Lee", "Bob"]), LONG)
        .await;
    assert_eq!(first.unwrap(), watchers(2, &["Ann Lee", "Bob"]));
    let both = two
        .present(&board, "b", &watchers(3, &["Ann Lee", "Zoë"]), LONG)
        .await;
    let all = watchers(5, &["Ann Lee", "Bob", "Zoë"]);
    assert_eq!(both.unwrap(), all);
    // A report without a node and viewers only reads.
    for _ in 0..2 {
        let read = one.present(&board, "", &nobody, Duration::ZERO).await;
        assert_eq!(read.unwrap(), all);
    }
    let others = two
        .present(&slug("other"), "b", &watchers(1, &[]), LONG)
        .await;
    assert_eq!(others.unwrap(), watchers(1, &[]));
    // A node's newest report replaces its previous one.
    let fewer = one.present(&board, "a", &watchers(1, &[]), LONG).await;
    assert_eq!(fewer.unwrap(), watchers(4, &["Ann Lee", "Zoë"]));
    let left = two.present(&board, "b", &nobody, LONG).await;
    assert_eq!(left.unwrap(), watchers(1, &[]));
    let left = one.present(&board, "a", &nobody, LONG).await;
    assert_eq!(left.unwrap(), nobody);
}

pub(crate) async fn presence_of_a_silent_node_expires(home: &dyn BrokerHome) {
    let [one, two] = home.brokers().await;
    let board = slug("arena");
    let soon = Duration::from_millis(300);
    one.present(&board, "a", &watchers(2, &["Ann"]), soon)
        .await
        .unwrap();
    loop {
        let all = two
            .present(&board, "b", &watchers(1, &[]), LONG)
            .await
            .unwrap();
        if all == watchers(1, &[]) {
            return;
        }
        assert_eq!(all, watchers(3, &["Ann"]));
        tokio::task::yield_now().await;
    }
}
