//! Random submissions and rulings, compared with a plain count.

use std::collections::{BTreeMap, BTreeSet};

use leaderport::ranking::standing::SubmittedAt;
use leaderport::{
    Order, Period, Ruled, Ruling, ScorePolicy, Standing, SubmissionId, SubmissionState, TieRule,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::*;
use super::{ban, merge};
use crate::contract::sample::{draft, id, key, noon, submission};

/// A plain count of submissions and rulings.
#[derive(Default)]
struct Plain {
    submitted: Vec<Submission>,
    uncounted: BTreeMap<SubmissionId, SubmissionState>,
    banned: BTreeSet<String>,
    merged: BTreeMap<String, String>,
}

impl Plain {
    fn merge_target(&self, who: &str) -> String {
        self.merged.get(who).map_or(who, String::as_str).to_owned()
    }

    fn is_banned(&self, who: &str) -> bool {
        self.banned.contains(who) || self.banned.contains(&self.merge_target(who))
    }

    /// The players and standings of a board's only season.
    fn standings(&self, board: &Slug, policy: ScorePolicy) -> BTreeMap<String, Standing> {
        let mut standings: BTreeMap<String, Standing> = BTreeMap::new();
        for s in self.submitted.iter().filter(|s| s.board == *board) {
            let who = s.player.as_str();
            if self.uncounted.contains_key(&s.id) || self.is_banned(who) {
                continue;
            }
            let fed = self.merge_target(who);
            let before = standings.get(&fed).copied();
            let at = SubmittedAt::Given(s.at.unwrap());
            let after = Standing::after(before, s.value, at, policy, Order::Descending);
            standings.insert(fed, after.unwrap());
        }
        standings
    }
}

pub(crate) async fn random_rulings_match_a_plain_count(engines: &Engines) {
    const PLAYERS: [&str; 5] = ["ann", "bob", "cat", "dan", "eve"];
    const STATES: [SubmissionState; 3] = SubmissionState::ALL;
    let running = Running::start(engines).await;
    let mut boards = Vec::new();
    for (n, policy) in sample::POLICIES.into_iter().enumerate() {
        let rules = BoardDraft {
            periods: vec![Period::AllTime],
            ..draft(policy, Order::Descending, TieRule::Shared)
        };
        boards.push((running.define(&format!("b{n}"), rules).await, policy));
    }
    let mut rng = StdRng::seed_from_u64(11);
    let mut plain = Plain::default();
    let mut undo: Vec<(Ruled, Plain)> = Vec::new();
    for step in 0..240_u128 {
        let who = PLAYERS[rng.random_range(0..PLAYERS.len())];
        let other = PLAYERS[rng.random_range(0..PLAYERS.len())];
        let ruling = match rng.random_range(0..12) {
            0..6 => {
                let (board, _) = &boards[rng.random_range(0..boards.len())];
                let (value, at) = (rng.random_range(-5..20), rng.random_range(0..9));
                let one = submission(step, board, who, value, noon(at));
                let taken = running.service.submit_one(&Caller::Operator, one.clone());
                match taken.await {
                    Ok(_) => plain.submitted.push(one),
                    Err(error) => assert_eq!(error.code(), "banned"),
                }
                let banned = plain.is_banned(who);
                let last = plain.submitted.last().map(|s| s.id);
                assert_eq!(last == Some(id(step)), !banned, "step {step}");
                undo.clear();
                continue;
            }
            6..9 if !plain.submitted.is_empty() => {
                let count = rng.random_range(1..4);
                let one = |_| plain.submitted[rng.random_range(0..plain.submitted.len())].id;
                let ids: BTreeSet<_> = (0..count).map(one).collect();
                let state = STATES[rng.random_range(0..STATES.len())];
                let ids: Vec<_> = ids.into_iter().collect();
                Ruling::Submissions { ids, state }
            }
            9 => ban(&[who], rng.random()),
            10 => merge(&[who], rng.random::<bool>().then_some(other)),
            _ => {
                // Undoes the last ruling, if no submission has been accepted since.
                if let Some((ruled, before)) = undo.pop() {
                    running.take_back(ruled).await;
                    plain = before;
                }
                check(&running, &boards, &plain).await;
                continue;
            }
        };
        let before = Plain {
            submitted: plain.submitted.clone(),
            uncounted: plain.uncounted.clone(),
            banned: plain.banned.clone(),
            merged: plain.merged.clone(),
        };
        match running.try_rule(ruling.clone()).await {
            Ok(ruled) => {
                plain.take(&ruling);
                undo.push((ruled, before));
            }
            Err(error) => assert!(matches!(ruling, Ruling::Merge { .. }), "{error:?}"),
        }
        check(&running, &boards, &plain).await;
    }
    let after = Running::start_with(engines, engines.broker().await).await;
    check(&after, &boards, &plain).await;
}

impl Plain {
    fn take(&mut self, ruling: &Ruling) {
        match ruling {
            Ruling::Submissions { ids, state } => {
                for id in ids {
                    self.uncounted.insert(*id, *state);
                }
                self.uncounted.retain(|_, s| *s != SubmissionState::Counted);
            }
            Ruling::Ban { players, banned } => {
                for player in players {
                    self.banned.remove(player.as_str());
                    if *banned {
                        self.banned.insert(player.to_string());
                    }
                }
            }
            Ruling::Merge { players, into } => {
                for player in players {
                    self.merged.remove(player.as_str());
                    if let Some(into) = into {
                        self.merged.insert(player.to_string(), into.to_string());
                    }
                }
            }
            Ruling::Rename { .. } => {}
        }
    }
}

async fn check(running: &Running, boards: &[(Slug, ScorePolicy)], plain: &Plain) {
    for (board, policy) in boards {
        let expected = plain.standings(board, *policy);
        let ranked = running.rows(board, "all").await;
        let ranked: BTreeMap<_, _> = ranked
            .into_iter()
            .map(|row| (row.player.to_string(), (row.score, row.achieved_at)))
            .collect();
        let shown: BTreeMap<_, _> = expected
            .iter()
            .map(|(player, s)| (player.clone(), (s.score, s.achieved_at)))
            .collect();
        assert_eq!(ranked, shown, "{board}");
        let stored = running.ledger.standings(&key(board, "all")).await.unwrap();
        let stored: BTreeMap<_, _> = stored
            .into_iter()
            .filter_map(|s| Some((s.player.to_string(), s.standing?)))
            .collect();
        assert_eq!(stored, expected, "{board}, in the ledger");
    }
}
