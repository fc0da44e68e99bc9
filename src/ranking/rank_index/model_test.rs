//! Compares `RankIndex` with a simple reference model: a sorted `Vec`.
//!
//! `LEADERPORT_MODEL_OPS` sets the number of random operations, by default 200,000;
//! `make model` runs 10 million.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "prints the number of compared operations"
)]

use std::cmp::Ordering;

use leaderport::ranking::rank_index::{Member, MemberOrder, RankIndex};
use leaderport::{Order, Rank, Score, SortKey, TieRule, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Members compare in reverse order of their numbers, so no code can rely on the numbers.
struct Backwards;

impl MemberOrder for Backwards {
    fn compare(&self, a: Member, b: Member) -> Ordering {
        b.cmp(&a)
    }
}

#[derive(Debug, Clone)]
enum Op {
    Update(Member, SortKey),
    Remove(Member),
    RankOfScore(SortKey),
    Page(u64, usize),
    Build,
}

#[derive(Default)]
struct Model(Vec<(SortKey, Member)>);

impl Model {
    fn find(&self, member: Member) -> Option<usize> {
        self.0.iter().position(|(_, m)| *m == member)
    }

    fn remove(&mut self, member: Member) -> Option<SortKey> {
        self.find(member).map(|i| self.0.remove(i).0)
    }

    fn update(&mut self, member: Member, key: SortKey) -> Option<SortKey> {
        let before = self.remove(member);
        let i = self
            .0
            .partition_point(|(k, m)| k.cmp(&key).then(Backwards.compare(*m, member)).is_lt());
        self.0.insert(i, (key, member));
        before
    }

    /// Computes ranks naively, from scores alone.
    fn ranks(&self, i: usize) -> [u64; 3] {
        let score = |k: SortKey| k.score(Order::Ascending);
        let own = score(self.0[i].0);
        let better: Vec<Score> = self
            .0
            .iter()
            .map(|(k, _)| score(*k))
            .filter(|s| *s < own)
            .collect();
        let mut distinct = better.clone();
        distinct.dedup();
        [
            i as u64 + 1,
            better.len() as u64 + 1,
            distinct.len() as u64 + 1,
        ]
    }
}

const TIES: [TieRule; 3] = [TieRule::Earliest, TieRule::Shared, TieRule::Dense];

fn keys() -> impl Strategy<Value = SortKey> {
    let scores = prop_oneof![
        6 => -4_i64..4,
        2 => -1000_i64..1000,
        1 => prop_oneof![Just(Score::MIN.get()), Just(Score::MAX.get()), Just(Score::MAX.get() - 1)],
    ];
    let instants = prop_oneof![
        8 => 0_i64..4,
        1 => Just(Timestamp::MAX.millis_i64()),
    ];
    (scores, instants).prop_map(|(score, at)| {
        let at = Timestamp::from_millis(at).unwrap();
        SortKey::new(Score::new(score).unwrap(), Order::Ascending, at)
    })
}

fn ops(members: u32, len: usize) -> impl Strategy<Value = Vec<Op>> {
    let member = (0..members).prop_map(Member);
    let op = prop_oneof![
        50 => (member.clone(), keys()).prop_map(|(m, k)| Op::Update(m, k)),
        25 => member.prop_map(Op::Remove),
        10 => keys().prop_map(Op::RankOfScore),
        10 => (0..u64::from(members) + 10, 0_usize..60).prop_map(|(at, n)| Op::Page(at, n)),
        1 => Just(Op::Build),
    ];
    prop::collection::vec(op, len)
}

fn check<const LEAF: usize, const INNER: usize>(members: u32, ops: &[Op]) {
    let mut index = RankIndex::<LEAF, INNER>::new();
    let mut model = Model::default();
    for (step, op) in ops.iter().enumerate() {
        match op {
            Op::Update(m, key) => {
                assert_eq!(index.update(*m, *key, &Backwards), model.update(*m, *key));
                check_member(&index, &model, *m);
            }
            Op::Remove(m) => {
                assert_eq!(index.remove(*m), model.remove(*m));
                assert_eq!(
                    (index.ordinal(*m), index.key(*m), index.place(*m)),
                    (None, None, None)
                );
            }
            Op::RankOfScore(key) => check_score(&index, &model, *key),
            Op::Page(at, limit) => check_page(&index, &model, *at, *limit),
            Op::Build => index = RankIndex::build(model.0.clone(), &Backwards),
        }
        assert_eq!(index.len(), model.0.len() as u64);
        if step % 64 == 0 {
            index.check_invariants(&Backwards);
        }
    }
    index.check_invariants(&Backwards);
    let all: Vec<_> = index.iter_from(0).map(|(m, k)| (k, m)).collect();
    assert_eq!(all, model.0);
    check_ranks(&index, &model);
    for i in 0..model.0.len() {
        // Rank and select are inverses.
        let (member, key) = index.at(i as u64).unwrap();
        assert_eq!((key, member), model.0[i]);
        assert_eq!(index.ordinal(member), Some(i as u64));
    }
    for m in (0..members).map(Member) {
        assert_eq!(index.contains(m), model.find(m).is_some());
    }
}

fn check_member<const L: usize, const I: usize>(
    index: &RankIndex<L, I>,
    model: &Model,
    member: Member,
) {
    let i = model.find(member).unwrap();
    assert_eq!(index.key(member), Some(model.0[i].0));
    let place = index.place(member).unwrap();
    assert_eq!(TIES.map(|tie| place.rank(tie).get()), model.ranks(i));
}

/// Compares the first place of every rank with the first row of that rank or a later one.
fn check_ranks<const L: usize, const I: usize>(index: &RankIndex<L, I>, model: &Model) {
    let ranks: Vec<_> = (0..model.0.len()).map(|i| model.ranks(i)).collect();
    for rank in 1..=model.0.len() as u64 + 1 {
        let place = |tie| index.place_of_rank(Rank::after(rank - 1), tie);
        let is_a_place = (rank <= index.len()).then_some(rank - 1);
        assert_eq!(place(TieRule::Earliest), is_a_place);
        assert_eq!(place(TieRule::Shared), is_a_place);
        let first = ranks.iter().position(|ranks| ranks[2] == rank);
        assert_eq!(place(TieRule::Dense), first.map(|place| place as u64));
    }
}

fn check_score<const L: usize, const I: usize>(
    index: &RankIndex<L, I>,
    model: &Model,
    key: SortKey,
) {
    let score = key.score(Order::Ascending);
    let place = index.place_of_score(key);
    let of = |k: &(SortKey, Member)| k.0.score(Order::Ascending);
    assert_eq!(
        place.ordinal,
        model.0.iter().filter(|k| of(k) <= score).count() as u64
    );
    assert_eq!(
        place.better,
        model.0.iter().filter(|k| of(k) < score).count() as u64
    );
}

fn check_page<const L: usize, const I: usize>(
    index: &RankIndex<L, I>,
    model: &Model,
    at: u64,
    limit: usize,
) {
    for (slot, tie) in TIES.into_iter().enumerate() {
        let rows = index.page(at, limit, tie);
        let expected = model
            .0
            .iter()
            .enumerate()
            .skip(usize::try_from(at).unwrap())
            .take(limit);
        let expected: Vec<_> = expected
            .map(|(i, (k, m))| (model.ranks(i)[slot], *m, *k))
            .collect();
        let rows: Vec<_> = rows.into_iter().map(|(r, m, k)| (r.get(), m, k)).collect();
        assert_eq!(rows, expected, "{tie:?} from {at}");
    }
}

fn operations() -> u32 {
    let configured = std::env::var("LEADERPORT_MODEL_OPS").ok();
    configured.map_or(200_000, |n| {
        n.parse().expect("LEADERPORT_MODEL_OPS is a number")
    })
}

/// Runs `share` percent of the operations, in runs of `len`.
fn run(share: u32, len: u32, members: u32, check: fn(u32, &[Op])) {
    let cases = (operations() / 100 * share).div_ceil(len);
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let strategy = ops(members, len as usize);
    TestRunner::new(config)
        .run(&strategy, |ops| {
            check(members, &ops);
            Ok(())
        })
        .unwrap();
    println!("{} operations on {members} members", cases * len);
}

#[test]
fn agrees_with_a_sorted_vec_at_minimal_capacities() {
    run(50, 500, 200, check::<4, 4>);
}

#[test]
fn agrees_with_a_sorted_vec_at_odd_capacities() {
    run(25, 500, 120, check::<7, 5>);
}

#[test]
fn agrees_with_a_sorted_vec_at_production_capacities() {
    run(25, 2000, 1500, check::<64, 256>);
}

/// Uses enough members for several inner nodes at production capacities.
#[test]
fn splits_and_merges_inner_nodes_at_production_capacities() {
    let mut index = RankIndex::<64, 256>::new();
    let key = |i: u32| {
        let at = Timestamp::from_millis(i64::from(i % 7)).unwrap();
        SortKey::new(
            Score::new(i64::from(i % 5000)).unwrap(),
            Order::Descending,
            at,
        )
    };
    let n = 60_000_u32;
    // 7919 is coprime to `n`, so the sequence visits every member once, unordered.
    for i in (0..n).map(|i| i.wrapping_mul(7919) % n) {
        index.update(Member(i), key(i), &Backwards);
    }
    index.check_invariants(&Backwards);
    let mut sorted: Vec<_> = (0..n).map(|i| (key(i), Member(i))).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(Backwards.compare(a.1, b.1)));
    for (i, (_, member)) in sorted.iter().enumerate().step_by(101) {
        assert_eq!(index.ordinal(*member), Some(i as u64));
    }
    for i in (0..n).filter(|i| i % 50 != 0) {
        assert!(index.remove(Member(i)).is_some());
    }
    index.check_invariants(&Backwards);
    assert_eq!(index.len(), u64::from(n) / 50);
}
