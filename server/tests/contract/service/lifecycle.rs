//! Concurrent submissions, restarts, crashes, and evicted seasons.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use leaderport::board::Ranking;
use leaderport::service::{Caller, Outcome};
use leaderport::{
    Order, PageNumber, Period, PlayerId, Ruling, RulingDraft, ScorePolicy, SeasonKey, Slug,
    Submission, TieRule,
};

use super::nodes::SOON;
use super::{Running, answer, named, plain};
use crate::contract::engines::Engines;
use crate::contract::gate::Gate;
use crate::contract::sample::{draft, id, key, noon, of_every_period, player, points, submission};

const SUBMITTERS: u64 = 64;
const EACH: u64 = 50;

pub(crate) async fn concurrent_submissions_are_counted_exactly_once(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running
        .define(
            "sums",
            draft(ScorePolicy::Sum, Order::Descending, TieRule::Shared),
        )
        .await;
    let submitters = (0..SUBMITTERS).map(|submitter| {
        let (service, board) = (running.service.clone(), board.clone());
        tokio::spawn(async move {
            let mut outcomes = Vec::new();
            for n in 0..EACH {
                let who = format!("p{}", (submitter + n) % 16);
                let one = submission(u128::from(submitter * EACH + n), &board, &who, 1, noon(0));
                outcomes.push(service.submit_one(&Caller::Operator, one).await.unwrap());
            }
            outcomes
        })
    });
    let outcomes: Vec<Outcome> = join_all(submitters)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();
    assert_eq!(outcomes.len() as u64, SUBMITTERS * EACH);
    let mut scores: BTreeMap<&PlayerId, Vec<i64>> = BTreeMap::new();
    for outcome in &outcomes {
        assert_eq!(running.ledger.count(outcome.id).await.unwrap(), 1);
        scores
            .entry(&outcome.player)
            .or_default()
            .push(answer(outcome).0);
    }
    for (player, mut scores) in scores {
        scores.sort_unstable();
        let counted_once: Vec<i64> = (1..).take(scores.len()).collect();
        assert_eq!(scores, counted_once, "each answer to {player} adds one");
    }
    let all = key(&board, "all");
    let stored = running.ledger.standings(&all).await.unwrap();
    let total: i64 = stored.iter().map(|s| s.standing.unwrap().score.get()).sum();
    assert_eq!(u64::try_from(total).unwrap(), SUBMITTERS * EACH);
    let ranking = Ranking::from(&*running.service.board(&board).unwrap());
    let expected = plain::ranked(ranking, stored.iter().filter_map(plain::row).collect());
    assert_eq!(running.rows(&board, "all").await, expected);
    running.stop().await;
}

const LABELS: [&str; 5] = ["all", "2026", "2026-11", "2026-W47", "2026-11-20"];

/// Fills every season with 120 players, some of them named and some tied.
async fn fill(running: &Running) -> (Slug, Vec<Outcome>) {
    let board = of_every_period(draft(ScorePolicy::Best, Order::Descending, TieRule::Shared));
    let board = running.define("runs", board).await;
    let batch = (0_i64..240).map(|n| {
        let one = submission(
            u128::try_from(n).unwrap(),
            &board,
            &format!("p{}", n % 120),
            n * 7 % 31,
            noon(-(n % 5)),
        );
        if n % 3 == 0 {
            named(&format!("Player {n} \"ä🏆\""), one)
        } else {
            one
        }
    });
    let outcomes = running
        .service
        .submit(&Caller::Operator, batch.collect())
        .await
        .unwrap();
    (board, outcomes.into_iter().map(Result::unwrap).collect())
}

/// Every page of every season, serialized.
async fn pages(running: &Running, board: &Slug) -> Vec<Vec<u8>> {
    let mut pages = Vec::new();
    for label in LABELS {
        for number in 1..=4 {
            let number = PageNumber::new(number).unwrap();
            let (page, _) = running
                .service
                .page(&key(board, label), number)
                .await
                .unwrap();
            pages.push(serde_json::to_vec(&page).unwrap());
        }
    }
    pages
}

pub(crate) async fn restart_returns_the_same_pages(engines: &Engines) {
    let running = Running::start(engines).await;
    let (board, _) = fill(&running).await;
    let before = pages(&running, &board).await;
    let boards = running.service.boards();
    running.stop().await;
    let running = Running::start(engines).await;
    assert_eq!(running.service.boards(), boards);
    assert_eq!(pages(&running, &board).await, before);
    running.crash().await;
    let running = Running::start(engines).await;
    assert_eq!(pages(&running, &board).await, before);
}

pub(crate) async fn repeat_after_a_restart_returns_first_answer(engines: &Engines) {
    let running = Running::start(engines).await;
    let (board, outcomes) = fill(&running).await;
    let late = submission(999, &board, "late", 1000, noon(0));
    let answered_last = running.submit(late.clone()).await;
    running.stop().await;
    let running = Running::start(engines).await;
    assert_eq!(fill(&running).await.1, outcomes);
    assert_eq!(running.submit(late).await, answered_last);
}

pub(crate) async fn repeat_after_a_crash_returns_the_same_standings(engines: &Engines) {
    let running = Running::start(engines).await;
    let (board, outcomes) = fill(&running).await;
    let all = key(&board, "all");
    let before = running.ledger.standings(&all).await.unwrap();
    running.crash().await;
    let running = Running::start(engines).await;
    let again = fill(&running).await.1;
    let standings = |outcomes: &[Outcome]| -> Vec<_> {
        let seasons = outcomes
            .iter()
            .flat_map(|o| o.seasons.iter().map(move |s| (o.id, s)));
        seasons
            .map(|(id, s)| (id, s.season, s.score, s.achieved_at))
            .collect()
    };
    assert_eq!(standings(&again), standings(&outcomes));
    assert!(
        again
            .iter()
            .all(|o| o.seasons.iter().all(|s| s.ranks.is_some())),
        "every answer has ranks"
    );
    let after = running.ledger.standings(&all).await.unwrap();
    assert_eq!(after.len(), before.len());
    assert!(
        after.iter().all(|standing| before.contains(standing)),
        "a repeat has no second effect"
    );
    assert_eq!(running.ledger.count(id(0)).await.unwrap(), 1);
}

/// A service whose broker was away while Ann's score of 50 was recorded, the gate before the
/// broker, and the score's submission.
async fn unranked_submission(engines: &Engines) -> (Running, Arc<Gate>, Submission) {
    let gate = Gate::before(engines.broker().await);
    let running = Running::start_with(engines, gate.clone()).await;
    let board = running.define("arena", points()).await;
    let one = submission(1, &board, "ann", 50, noon(0));
    gate.set_away(true);
    let first = running.submit(one.clone()).await;
    assert_eq!(first.seasons[0].ranks, None);
    // The next commit stores the ranks of earlier answers.
    running
        .submit(submission(2, &board, "bob", 40, noon(0)))
        .await;
    gate.set_away(false);
    running.service.drain(Duration::ZERO).await.unwrap();
    (running, gate, one)
}

pub(crate) async fn repeat_after_an_outage_settles_the_ranks_once(engines: &Engines) {
    let (running, gate, one) = unranked_submission(engines).await;
    // A repeat during another outage stores nothing.
    gate.set_away(true);
    assert_eq!(running.submit(one.clone()).await.seasons[0].ranks, None);
    gate.set_away(false);
    let settled = running.submit(one.clone()).await;
    assert_eq!(answer(&settled), (50, 1, Some(1)));
    running
        .submit(submission(3, &one.board, "cat", 60, noon(1)))
        .await;
    assert_eq!(running.submit(one.clone()).await, settled);
    running.stop().await;
    let running = Running::start(engines).await;
    assert_eq!(running.submit(one).await, settled);
}

/// The standing of a merged player is that of the player who receives it.
pub(crate) async fn repeat_of_a_merged_players_score_settles_its_ranks(engines: &Engines) {
    let (running, _gate, one) = unranked_submission(engines).await;
    let draft = RulingDraft {
        ruling: Ruling::Merge {
            players: vec![player("ann")],
            into: Some(player("bob")),
        },
        reason: "a test".to_owned(),
    };
    let ruled = running.service.rule(&Caller::Operator, draft).await;
    assert_eq!(ruled.unwrap().changed, 1);
    let settled = running.submit(one.clone()).await;
    assert_eq!(answer(&settled), (50, 1, Some(1)));
    assert_eq!(running.submit(one).await, settled);
}

pub(crate) async fn repeat_without_ranks_delays_no_other_submission(engines: &Engines) {
    let (running, gate, one) = unranked_submission(engines).await;
    gate.close();
    let service = running.service.clone();
    let repeated = one.clone();
    let repeat = tokio::spawn(async move {
        service
            .submit_one(&Caller::Operator, repeated)
            .await
            .unwrap()
    });
    let waits = async {
        while gate.places() == 0 {
            tokio::task::yield_now().await;
        }
    };
    let waits = tokio::time::timeout(SOON, waits).await;
    waits.expect("the repeat waits for its rank");
    let other = running.submit(submission(3, &one.board, "cat", 60, noon(1)));
    let other = tokio::time::timeout(SOON, other).await;
    assert_eq!(
        answer(&other.expect("another submission is answered")),
        (60, 1, None)
    );
    gate.open();
    assert_eq!(answer(&repeat.await.unwrap()).0, 50);
}

pub(crate) async fn evicted_seasons_are_reloaded(engines: &Engines) {
    let running = Running::start(engines).await;
    let days = leaderport::BoardDraft {
        periods: vec![Period::Daily],
        ..points()
    };
    let board = running.define("days", days).await;
    running
        .submit(submission(1, &board, "ann", 50, noon(0)))
        .await;
    running
        .submit(submission(2, &board, "bob", 70, noon(0)))
        .await;
    let before = running.page(&board, "2026-11-20").await.0;
    let rules = running.service.board(&board).unwrap();
    // Read more seasons than a memory broker holds at once.
    let read_other_days = async || {
        for day in 1..=1100 {
            let season = rules.seasons_at(noon(-day * 24 * 3600))[0];
            let other_day = SeasonKey {
                board: board.clone(),
                season,
            };
            running
                .service
                .page(&other_day, PageNumber::FIRST)
                .await
                .unwrap();
        }
    };
    read_other_days().await;
    assert_eq!(running.page(&board, "2026-11-20").await.0, before);
    read_other_days().await;
    let outcome = running
        .submit(submission(3, &board, "ann", 80, noon(0)))
        .await;
    assert_eq!(
        answer(&outcome),
        (80, 1, Some(2)),
        "the previous rank is known"
    );
}

pub(crate) async fn season_dropped_after_a_commit_is_reloaded_by_the_next(engines: &Engines) {
    let broker = engines.broker().await;
    let running = Running::start_with(engines, Gate::before(broker.clone())).await;
    let board = running.define("points", points()).await;
    let one = submission(1, &board, "ann", 50, noon(0));
    running.submit(one).await;
    broker.forget(&board, None).await.unwrap();
    let two = submission(2, &board, "bob", 40, noon(0));
    let (score, rank, _) = answer(&running.submit(two).await);
    assert_eq!((score, rank), (40, 2), "both players are ranked");
}
