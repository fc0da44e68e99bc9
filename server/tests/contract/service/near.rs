//! The near cache: a node's copies of hot pages.

use futures::future::join_all;
use tokio::time::timeout;

use super::nodes::SOON;
use super::*;
use crate::contract::gate::Gate;
use crate::contract::sample::{noon, points, submission};

/// A node with its broker behind a gate, the gate, a second node without a gate, and a board on
/// which Ann has the score 50.
async fn gated_node(engines: &Engines) -> (Running, Arc<Gate>, Running, Slug) {
    let [near, far] = engines.brokers().await;
    let gate = Gate::before(near);
    let node = Running::start_with(engines, gate.clone()).await;
    let board = node.define("arena", points()).await;
    node.submit(submission(1, &board, "ann", 50, noon(0))).await;
    let other = Running::start_with(engines, far).await;
    (node, gate, other, board)
}

/// Waits until a node shows these scores.
async fn wait_for_scores(node: &Running, board: &Slug, scores: &[i64]) {
    let shown = async {
        loop {
            let (page, _) = node.page(board, "all").await;
            if page
                .rows
                .iter()
                .map(|row| row.score.get())
                .eq(scores.iter().copied())
            {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let shown = timeout(SOON, shown).await;
    shown.unwrap_or_else(|_| panic!("the node never shows {scores:?}"));
}

pub(crate) async fn cached_page_is_not_read_from_the_broker(engines: &Engines) {
    let (node, gate, _, board) = gated_node(engines).await;
    // The node reads from the broker until it receives the publication of Ann's score.
    wait_for_scores(&node, &board, &[50]).await;
    let season = node.service.find(&board, None, None).unwrap();
    let first = node.service.standings(season.clone(), 0, 50).await.unwrap();
    let again = async {
        let mut asked = gate.reads();
        loop {
            let read = node.service.standings(season.clone(), 0, 50).await.unwrap();
            assert_eq!(read, first);
            if gate.reads() == asked {
                return;
            }
            asked = gate.reads();
        }
    };
    timeout(SOON, again)
        .await
        .expect("the cached page needs no further read");
}

pub(crate) async fn partial_reads_match_the_cached_page(engines: &Engines) {
    let (node, _, _, board) = gated_node(engines).await;
    for n in 2..=60 {
        let player = format!("p{n:02}");
        node.submit(submission(n, &board, &player, 1, noon(0)))
            .await;
    }
    let season = node.service.find(&board, None, None).unwrap();
    let read = async |offset, limit| {
        let read = node.service.standings(season.clone(), offset, limit).await;
        read.unwrap().slice
    };
    let all = read(0, 200).await;
    assert_eq!((all.rows.len(), all.total), (60, 60));
    for (offset, limit) in [
        (0, 3),
        (10, 5),
        (45, 5),
        (45, 20),
        (50, 50),
        (59, 9),
        (60, 1),
    ] {
        let part = read(offset, limit).await;
        let from = usize::try_from(offset).unwrap();
        let rows: Vec<Row> = all.rows.iter().skip(from).take(limit).cloned().collect();
        assert_eq!(
            (part.start, part.total, part.rows, part.position),
            (offset, 60, rows, all.position),
            "{offset} {limit}"
        );
    }
}

pub(crate) async fn acknowledged_score_is_in_the_next_read(engines: &Engines) {
    let (node, _, other, board) = gated_node(engines).await;
    for n in 0..50 {
        let (value, id) = (51 + n, 2 + u128::try_from(n).unwrap());
        let node = if n % 2 == 0 { &node } else { &other };
        let answer = node
            .submit(submission(id, &board, "ann", value, noon(0)))
            .await;
        let (page, position) = node.page(&board, "all").await;
        assert_eq!(page.rows[0].score.get(), value);
        assert_eq!(position, answer.seasons[0].ranks.unwrap().position);
    }
}

pub(crate) async fn cached_page_follows_writes_of_other_nodes(engines: &Engines) {
    let (node, _, other, board) = gated_node(engines).await;
    let mut scores = vec![50];
    for n in 2..20 {
        let value = 100 - i64::try_from(n).unwrap();
        let player = format!("p{n:02}");
        other
            .submit(submission(n, &board, &player, value, noon(0)))
            .await;
        scores.push(value);
        scores.sort_unstable_by(|a, b| b.cmp(a));
        wait_for_scores(&node, &board, &scores).await;
    }
    assert_eq!(
        node.page(&board, "all").await,
        other.page(&board, "all").await
    );
}

pub(crate) async fn concurrent_readers_share_one_broker_read(engines: &Engines) {
    let (node, gate, _, board) = gated_node(engines).await;
    gate.close();
    let asked = gate.reads();
    let readers = join_all((0..20).map(|_| node.page(&board, "all")));
    let open = async {
        while gate.reads() == asked {
            tokio::task::yield_now().await;
        }
        gate.open();
    };
    // `biased` polls the readers first, so all of them wait before the first read reaches the gate.
    let (read, ()) = tokio::join!(biased; readers, open);
    assert!(read.windows(2).all(|two| two[0] == two[1]));
    assert_eq!(gate.reads(), asked + 1);
}

pub(crate) async fn slow_broker_leaves_the_stale_page_readable(engines: &Engines) {
    let (node, gate, other, board) = gated_node(engines).await;
    wait_for_scores(&node, &board, &[50]).await;
    let before = node.page(&board, "all").await;
    gate.close();
    other
        .submit(submission(2, &board, "bob", 60, noon(0)))
        .await;
    // After the node receives the change, reads still return the cached page with its old position.
    for _ in 0..3 {
        assert_eq!(node.page(&board, "all").await, before);
    }
    gate.open();
    wait_for_scores(&node, &board, &[60, 50]).await;
}
