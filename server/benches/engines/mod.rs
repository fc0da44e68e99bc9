//! The contestants. Each gets the same members, scores and operations, through its own interface.

use std::hint::black_box;
use std::time::{Duration, Instant};

use leaderport::ranking::rank_index::{ByNumber, Member, RankIndex};
use leaderport::{Order, Score, SortKey, TieRule, Timestamp};
use rand::Rng;
use rand::rngs::SmallRng;
use server::broker::memory::interner::Interner;

use crate::measure::{player, progress, score};
use crate::redis::{Batch, Connection, Server};

/// Rows per page.
pub(crate) const PAGE: usize = 50;
/// How many commands go to Redis in one batch.
pub(crate) const DEPTH: usize = 100;

/// The key of the sorted set in Redis.
const BOARD: &[u8] = b"board";

/// The kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Gives a random member a random score.
    Update,
    /// Counts the members before a random member.
    Rank,
    /// Reads [`PAGE`] rows from a random place.
    Page,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Update, Self::Rank, Self::Page];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Rank => "rank of a member",
            Self::Page => "page of 50",
        }
    }

    /// The Redis command for this kind.
    pub(crate) const fn command(self) -> &'static str {
        match self {
            Self::Update => "zadd",
            Self::Rank => "zrevrank",
            Self::Page => "zrange",
        }
    }
}

/// The arguments of an operation, prepared before the clock starts. Each kind uses the fields that
/// it needs.
pub(crate) struct Ask {
    member: Member,
    id: String,
    score: i64,
    key: SortKey,
    entry: u128,
    offset: u32,
}

/// Random operations on `members` members.
pub(crate) fn asks(rng: &mut SmallRng, members: u32, count: usize) -> Vec<Ask> {
    let last_page = members - u32::try_from(PAGE).expect("a page is small");
    let ask = |_| {
        let member = rng.random_range(0..members);
        let score = score(rng.random());
        Ask {
            member: Member(member),
            id: player(member),
            score,
            key: key(score),
            entry: entry(member, score),
            offset: rng.random_range(0..=last_page),
        }
    };
    (0..count).map(ask).collect()
}

/// The sort key of a score. All scores have the same instant, so the scores decide.
pub(crate) fn key(score: i64) -> SortKey {
    let score = Score::new(score).expect("52 bits");
    SortKey::new(score, Order::Descending, now())
}

/// The instant of all scores.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis_clamped(1_790_000_000_000)
}

/// A [`RankIndex`], filled one member at a time.
pub(crate) fn fill_index(members: u32) -> RankIndex {
    let mut index = RankIndex::new();
    for n in progress("rank index, filling", members.into()).wrap_iter(0..members) {
        index.update(Member(n), key(score(n.into())), &ByNumber);
    }
    index
}

/// The interned ids of all members, numbered in order.
pub(crate) fn fill_ids(members: u32) -> Interner {
    let mut ids = Interner::default();
    for n in progress("ids, interning", members.into()).wrap_iter(0..members) {
        assert_eq!(ids.intern(&player(n)), n, "ids are numbered in order");
    }
    ids
}

/// Times the rank index, with members given by number.
pub(crate) fn ask_numbers(index: &mut RankIndex, kind: Kind, asks: &[Ask]) -> f64 {
    match kind {
        Kind::Update => clocked(asks, |ask| index.update(ask.member, ask.key, &ByNumber)),
        Kind::Rank => clocked(asks, |ask| index.ordinal(ask.member)),
        Kind::Page => clocked(asks, |ask| page(index, ask)),
    }
}

/// Times the rank index, with members given and returned by id, as in Redis.
pub(crate) fn ask_ids(index: &mut RankIndex, ids: &Interner, kind: Kind, asks: &[Ask]) -> f64 {
    let member = |ask: &Ask| Member(ids.find(ask.id.as_bytes()).expect("every id is known"));
    match kind {
        Kind::Update => clocked(asks, |ask| index.update(member(ask), ask.key, &ByNumber)),
        Kind::Rank => clocked(asks, |ask| index.ordinal(member(ask))),
        Kind::Page => clocked(asks, |ask| {
            let text = |(rank, member, key): (_, Member, _)| (rank, ids.text(member.0), key);
            page(index, ask).into_iter().map(text).collect::<Vec<_>>()
        }),
    }
}

fn page(index: &RankIndex, ask: &Ask) -> Vec<(leaderport::Rank, Member, SortKey)> {
    index.page(ask.offset.into(), PAGE, TieRule::Earliest)
}

/// An `indexset::BTreeSet` with entries of 16 bytes, as in the rank index. A list holds the entry
/// of every member, because the set finds no member without it.
pub(crate) struct Indexset {
    set: indexset::BTreeSet<u128>,
    entries: Vec<u128>,
}

impl Indexset {
    pub(crate) fn fill(members: u32) -> Self {
        let mut set = indexset::BTreeSet::new();
        let mut entries = Vec::with_capacity(members as usize);
        for n in progress("indexset, filling", members.into()).wrap_iter(0..members) {
            let entry = entry(n, score(n.into()));
            set.insert(entry);
            entries.push(entry);
        }
        Self { set, entries }
    }

    pub(crate) fn ask(&mut self, kind: Kind, asks: &[Ask]) -> f64 {
        match kind {
            Kind::Update => clocked(asks, |ask| {
                let held = &mut self.entries[ask.member.0 as usize];
                let removed = self.set.remove(held);
                *held = ask.entry;
                (removed, self.set.insert(ask.entry))
            }),
            Kind::Rank => clocked(asks, |ask| self.rank(ask)),
            Kind::Page => clocked(asks, |ask| self.page(ask)),
        }
    }

    fn rank(&self, ask: &Ask) -> usize {
        self.set.rank(&self.entries[ask.member.0 as usize])
    }

    fn page(&self, ask: &Ask) -> Vec<u128> {
        let start = ask.offset as usize;
        self.set.range_idx(start..start + PAGE).copied().collect()
    }
}

/// An entry that sorts like the key and then the member: higher scores first.
fn entry(member: u32, score: i64) -> u128 {
    let directed = u128::try_from((1 << 53) - score).expect("52 bits");
    directed << 74 | u128::from(now().millis()) << 32 | u128::from(member)
}

/// A sorted set in a Redis process of the benchmark's own.
pub(crate) struct Redis {
    connection: Connection,
    empty: u64,
    _server: Server,
}

impl Redis {
    /// `None` if `redis-server` is not on the PATH.
    pub(crate) fn fill(members: u32) -> Option<Self> {
        let server = Server::start(&[])?;
        let mut redis = Self {
            connection: server.connect(),
            empty: 0,
            _server: server,
        };
        redis.empty = redis.used_memory();
        let bar = progress("Redis, filling", members.into());
        for first in (0..members).step_by(DEPTH) {
            let mut batch = Batch::default();
            for n in (first..members).take(DEPTH) {
                let score = score(n.into()).to_string();
                batch.push(&[b"ZADD", BOARD, score.as_bytes(), player(n).as_bytes()]);
                bar.inc(1);
            }
            redis.connection.run(&batch, |_| ());
        }
        Some(redis)
    }

    /// The memory of the members in bytes, as Redis reports it.
    pub(crate) fn bytes(&mut self) -> u64 {
        self.used_memory() - self.empty
    }

    pub(crate) fn ask(&mut self, kind: Kind, asks: &[Ask]) -> f64 {
        let batches = asks.chunks(DEPTH).map(|chunk| {
            let mut batch = Batch::default();
            for ask in chunk {
                push(&mut batch, kind, ask);
            }
            batch
        });
        let batches: Vec<Batch> = batches.collect();
        let mut bytes = 0;
        let began = Instant::now();
        for batch in &batches {
            self.connection.run(batch, |leaf| bytes += leaf.len());
        }
        let took = began.elapsed();
        black_box(bytes);
        nanos_each(took, asks.len())
    }

    /// Resets Redis's command statistics.
    pub(crate) fn reset_costs(&mut self) {
        self.connection.ask(&[b"CONFIG", b"RESETSTAT"]);
    }

    /// Nanoseconds per command inside Redis, without protocol and network.
    pub(crate) fn cost(&mut self, kind: Kind) -> Option<f64> {
        let stats = format!("cmdstat_{}", kind.command());
        let stats = self.connection.info("commandstats", &stats)?;
        let micros = stats
            .split(',')
            .find_map(|part| part.strip_prefix("usec_per_call="))?;
        micros.parse::<f64>().ok().map(|micros| micros * 1e3)
    }

    fn leaves(&mut self, kind: Kind, ask: &Ask) -> Vec<String> {
        let mut batch = Batch::default();
        push(&mut batch, kind, ask);
        self.connection.leaves(&batch)
    }

    fn used_memory(&mut self) -> u64 {
        let used = self.connection.info("memory", "used_memory");
        used.and_then(|bytes| bytes.trim().parse().ok())
            .expect("Redis reports its memory")
    }
}

fn push(batch: &mut Batch, kind: Kind, ask: &Ask) {
    let id = ask.id.as_bytes();
    match kind {
        Kind::Update => batch.push(&[b"ZADD", BOARD, ask.score.to_string().as_bytes(), id]),
        Kind::Rank => batch.push(&[b"ZREVRANK", BOARD, id]),
        Kind::Page => {
            let start = ask.offset as usize;
            let (start, stop) = (start.to_string(), (start + PAGE - 1).to_string());
            let (start, stop) = (start.as_bytes(), stop.as_bytes());
            batch.push(&[b"ZRANGE", BOARD, start, stop, b"REV", b"WITHSCORES"]);
        }
    }
}

/// Checks that freshly filled contestants give equal answers.
///
/// # Panics
/// If the answers differ, because the contestants are then not comparable.
pub(crate) fn check(
    index: &RankIndex,
    ids: &Interner,
    set: &Indexset,
    mut redis: Option<&mut Redis>,
    asks: &[Ask],
) {
    for ask in asks {
        let rank = index.ordinal(ask.member).expect("every member is ranked");
        assert_eq!(set.rank(ask) as u64, rank, "indexset's rank");
        let members: Vec<u32> = page(index, ask).iter().map(|(_, m, _)| m.0).collect();
        let of_set: Vec<u32> = set.page(ask).into_iter().map(member_of).collect();
        assert_eq!(of_set, members, "indexset's page");
        if let Some(redis) = redis.as_deref_mut() {
            assert_eq!(
                redis.leaves(Kind::Rank, ask),
                [rank.to_string()],
                "Redis's rank"
            );
            let rows = redis.leaves(Kind::Page, ask);
            let of_redis = rows.iter().step_by(2).map(|id| ids.find(id.as_bytes()));
            let of_redis: Option<Vec<u32>> = of_redis.collect();
            assert_eq!(of_redis, Some(members), "Redis's page");
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low 32 bits are the member"
)]
fn member_of(entry: u128) -> u32 {
    entry as u32
}

/// Nanoseconds per call, over all of `asks`.
fn clocked<T>(asks: &[Ask], mut call: impl FnMut(&Ask) -> T) -> f64 {
    let began = Instant::now();
    for ask in asks {
        black_box(call(ask));
    }
    nanos_each(began.elapsed(), asks.len())
}

fn nanos_each(took: Duration, asks: usize) -> f64 {
    let asks = u32::try_from(asks).expect("fewer than 2^32 operations");
    took.as_secs_f64() * 1e9 / f64::from(asks)
}
