//! Copies of pages that a node keeps.

use futures::future::join_all;
use tokio::time::timeout;

use super::nodes::SOON;
use super::*;
use crate::contract::gate::Gate;
use crate::contract::sample::{noon, points, submission};

/// A node whose broker is behind a gate, another beside it, and a board on
/// which ann has 50.
async fn gated(engines: &Engines) -> (Running, Arc<Gate>, Running, Slug) {
    let [near, far] = engines.brokers().await;
    let gate = Gate::before(near);
    let node = Running::start_with(engines, gate.clone()).await;
    let board = node.define("arena", points()).await;
    node.submit(submission(1, &board, "ann", 50, noon(0))).await;
    let other = Running::start_with(engines, far).await;
    (node, gate, other, board)
}

/// Waits until a node shows these scores.
async fn shows(node: &Running, board: &Slug, scores: &[i64]) {
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

pub(crate) async fn a_page_read_again_is_not_asked_of_the_broker(engines: &Engines) {
    let (node, gate, _, board) = gated(engines).await;
    // Until the publication of ann's score is heard, the broker is asked.
    shows(&node, &board, &[50]).await;
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
    timeout(SOON, again).await.expect("it is asked once");
}

pub(crate) async fn a_part_of_a_page_is_a_part_of_its_copy(engines: &Engines) {
    let (node, _, _, board) = gated(engines).await;
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

pub(crate) async fn who_is_acknowledged_finds_it_in_what_they_read_next(engines: &Engines) {
    let (node, _, other, board) = gated(engines).await;
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

pub(crate) async fn a_copy_follows_what_other_nodes_do(engines: &Engines) {
    let (node, _, other, board) = gated(engines).await;
    let mut scores = vec![50];
    for n in 2..20 {
        let value = 100 - i64::try_from(n).unwrap();
        let player = format!("p{n:02}");
        other
            .submit(submission(n, &board, &player, value, noon(0)))
            .await;
        scores.push(value);
        scores.sort_unstable_by(|a, b| b.cmp(a));
        shows(&node, &board, &scores).await;
    }
    assert_eq!(
        node.page(&board, "all").await,
        other.page(&board, "all").await
    );
}

pub(crate) async fn a_page_that_many_ask_for_is_read_once(engines: &Engines) {
    let (node, gate, _, board) = gated(engines).await;
    gate.close();
    let asked = gate.reads();
    let readers = join_all((0..20).map(|_| node.page(&board, "all")));
    let open = async {
        while gate.reads() == asked {
            tokio::task::yield_now().await;
        }
        gate.open();
    };
    // The readers are asked first: all wait by the time the first read comes to the gate.
    let (read, ()) = tokio::join!(biased; readers, open);
    assert!(read.windows(2).all(|two| two[0] == two[1]));
    assert_eq!(gate.reads(), asked + 1);
}

pub(crate) async fn while_the_broker_is_slow_readers_get_the_page_as_it_was(engines: &Engines) {
    let (node, gate, other, board) = gated(engines).await;
    shows(&node, &board, &[50]).await;
    let before = node.page(&board, "all").await;
    gate.close();
    other
        .submit(submission(2, &board, "bob", 60, noon(0)))
        .await;
    // Also after the change is heard: what is given is as it was, and says so.
    for _ in 0..3 {
        assert_eq!(node.page(&board, "all").await, before);
    }
    gate.open();
    shows(&node, &board, &[60, 50]).await;
}
