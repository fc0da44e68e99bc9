//! Two nodes over one ledger and one broker.

use leaderport::service::Caller;
use leaderport::service::ports::broker::Notice;
use leaderport::service::ports::ledger::{Entry, Origin, Settlement};
use leaderport::{Order, ScorePolicy, SeasonKey, TieRule};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;
use crate::contract::sample::{draft, key, noon, points, slug, submission};

/// How long one node's change may take to reach the other.
pub(super) const SOON: Duration = Duration::from_secs(10);

/// Two nodes, and a points board that both know.
async fn two_nodes(engines: &Engines) -> ([Running; 2], Slug) {
    let [a, b] = engines.brokers().await;
    let a = Running::start_with(engines, a).await;
    let board = a.define("arena", points()).await;
    ([a, Running::start_with(engines, b).await], board)
}

/// Waits until two nodes show the same page and position. A change reaches the other node with a
/// short delay.
async fn wait_for_agreement(a: &Running, b: &Running, board: &Slug) {
    let agreed = async {
        while a.page(board, "all").await != b.page(board, "all").await {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, agreed)
        .await
        .expect("both nodes show the same page");
}

/// Waits for a publication of a season.
async fn wait_for_publication(
    notices: &mut tokio::sync::broadcast::Receiver<Notice>,
    season: &SeasonKey,
) {
    let received = async {
        loop {
            if matches!(notices.recv().await.unwrap(), Notice::Published(of, _) if of == *season) {
                return;
            }
        }
    };
    timeout(SOON, received)
        .await
        .expect("the other node receives the publication");
}

pub(crate) async fn score_submitted_to_one_node_appears_on_the_other(engines: &Engines) {
    let ([a, b], board) = two_nodes(engines).await;
    let season = key(&board, "all");
    // Node `b` reads the page before the write.
    assert!(b.rows(&board, "all").await.is_empty());
    let mut notices = b.service.notices();
    a.submit(submission(1, &board, "ann", 50, noon(0))).await;
    wait_for_publication(&mut notices, &season).await;
    wait_for_agreement(&a, &b, &board).await;
    assert_eq!(b.ranks(&board, "all").await, [("ann".to_owned(), 1, 50)]);
    b.submit(submission(2, &board, "bob", 60, noon(1))).await;
    wait_for_agreement(&a, &b, &board).await;
    assert_eq!(a.ranks(&board, "all").await[0].0, "bob");
}

pub(crate) async fn repeat_at_another_node_returns_first_answer(engines: &Engines) {
    let ([a, b], board) = two_nodes(engines).await;
    let one = submission(1, &board, "ann", 50, noon(0));
    let first = a.submit(one.clone()).await;
    // The ranks of an answer are stored with the next commit.
    a.submit(submission(2, &board, "bob", 60, noon(0))).await;
    assert_eq!(b.submit(one.clone()).await, first);
    let other = Submission {
        value: crate::contract::sample::score(51),
        ..one
    };
    assert_eq!(b.refused(other).await.code(), "id_conflict");
}

pub(crate) async fn board_defined_at_one_node_reaches_the_other(engines: &Engines) {
    let ([a, b], board) = two_nodes(engines).await;
    a.submit(submission(1, &board, "ann", 50, noon(0))).await;
    a.submit(submission(2, &board, "bob", 60, noon(0))).await;
    assert_eq!(b.ranks(&board, "all").await[0].0, "bob");
    let new = a.define("races", points()).await;
    let turned = draft(ScorePolicy::Best, Order::Ascending, TieRule::Shared);
    a.define("arena", turned).await;
    let learnt = async {
        while b.service.board(&new).is_err()
            || b.service.board(&board).unwrap().order != Order::Ascending
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, learnt)
        .await
        .expect("the other node receives the definitions");
    wait_for_agreement(&a, &b, &board).await;
    assert_eq!(b.ranks(&board, "all").await[0].0, "ann");
    b.submit(submission(3, &new, "ann", 1, noon(0))).await;
}

pub(crate) async fn concurrent_nodes_count_each_submission_once(engines: &Engines) {
    const WRITERS: u128 = 4;
    const EACH: u128 = 25;
    let ([a, b], _) = two_nodes(engines).await;
    let sum = draft(ScorePolicy::Sum, Order::Descending, TieRule::Dense);
    let board = a.define("sums", sum).await;
    b.define(
        "sums",
        draft(ScorePolicy::Sum, Order::Descending, TieRule::Dense),
    )
    .await;
    let mut writers = JoinSet::new();
    for (node, running) in [&a, &b].into_iter().enumerate() {
        for writer in 0..WRITERS {
            let (service, board) = (running.service.clone(), board.clone());
            writers.spawn(async move {
                for n in 0..EACH {
                    // Every submission goes to both nodes, and all writers share the players.
                    let (id, player) = (1 + writer * EACH + n, format!("p{}", n % 5));
                    let one = submission(id, &board, &player, 1, noon(0));
                    let outcome = service.submit_one(&Caller::Operator, one).await;
                    outcome.unwrap_or_else(|e| panic!("node {node}: {e:?}"));
                }
            });
        }
    }
    writers.join_all().await;
    wait_for_agreement(&a, &b, &board).await;
    let each = i64::try_from(WRITERS * EACH / 5).unwrap();
    let rows = a.ranks(&board, "all").await;
    let expected: Vec<_> = rows.iter().map(|(p, ..)| (p.clone(), 1, each)).collect();
    assert_eq!(rows.len(), 5);
    assert_eq!(rows, expected);
}

pub(crate) async fn players_renamed_on_two_nodes_at_once_converge(engines: &Engines) {
    let ([a, b], board) = two_nodes(engines).await;
    a.submit(submission(1, &board, "ann", 50, noon(0))).await;
    let ann = crate::contract::sample::player("ann");
    let caller = Caller::guest(ann.clone());
    let rename = |node: &Running, name: String| {
        let (service, caller, ann) = (node.service.clone(), caller.clone(), ann.clone());
        async move { service.rename(&caller, &ann, sample::name(&name)).await }
    };
    for round in 0..20 {
        let here = rename(&a, format!("Ann {round} of a"));
        let there = rename(&b, format!("Ann {round} of b"));
        let (here, there) = tokio::join!(here, there);
        here.unwrap();
        there.unwrap();
        let record = a.service.player(&caller, &ann).await.unwrap();
        let shows = |rows: Vec<Row>| Some(rows[0].name.clone()) == record.name;
        let agreed = async {
            while !shows(a.rows(&board, "all").await) || !shows(b.rows(&board, "all").await) {
                tokio::task::yield_now().await;
            }
        };
        let agreed = timeout(SOON, agreed).await;
        agreed.unwrap_or_else(|_| panic!("both nodes show {record:?} in round {round}"));
    }
}

pub(crate) async fn unapplied_batch_of_a_killed_node_is_applied_by_another(engines: &Engines) {
    let ([a, b], board) = two_nodes(engines).await;
    a.submit(submission(1, &board, "ann", 50, noon(0))).await;
    // Simulates a node that is killed between commit and apply.
    let board = a.service.board(&board).unwrap();
    let one = named("Ann", submission(2, &board.slug, "ann", 70, noon(1)));
    let entry = Entry {
        arrived: noon(1),
        at: noon(1),
        refusal: None,
        origin: Origin::Server,
        may_rename: true,
        seasons: board.seasons_at(noon(1)),
        submission: one.clone(),
        board: board.clone(),
    };
    let recorded = a.ledger.record(&Settlement::default(), &[entry]).await;
    assert!(recorded.unwrap().id.is_some());
    assert_eq!(
        b.ranks(&board.slug, "all").await[0].2,
        50,
        "not applied yet"
    );
    b.service.drain(Duration::ZERO).await.unwrap();
    let rows = b.rows(&board.slug, "all").await;
    assert_eq!((rows[0].score.get(), rows[0].name.as_str()), (70, "Ann"));
    let left = a.ledger.unapplied(Duration::ZERO, 10).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    // The caller received no answer and submits again.
    assert_eq!(answer(&b.submit(one).await).0, 70);
}

pub(crate) async fn starting_node_keeps_the_ranked_state(engines: &Engines) {
    let [first, second] = engines.brokers().await;
    let a = Running::start_with(engines, first).await;
    let board = a.define("arena", points()).await;
    a.submit(submission(1, &board, "ann", 50, noon(0))).await;
    let before = a.page(&board, "all").await;
    let b = Running::start_with(engines, second).await;
    assert_eq!(b.page(&board, "all").await, before, "position included");
    assert_eq!(slug("arena"), board);
}
