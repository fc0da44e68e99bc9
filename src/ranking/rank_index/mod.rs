//! The order-statistic index of a season. It finds the member at a place, and the place of a
//! member. A *place* is an index in the total order, from 0.
//!
//! The index has two views of one sequence, sorted by the total order ([`crate::ranking::score`]):
//! by member (update, remove, rank) and by place (page, count). It is a counted B+-tree of
//! height three with parent links:
//!
//! ```text
//! root    ── one Node: children are inner nodes; grows linearly (about 800 at 10 million members)
//! inner   ── Nodes of up to INNER leaves
//! leaves  ── sorted runs of up to LEAF entries of 16 bytes: key (100 bits) | member (28 bits)
//! members ── a copy of each leaf's members, contiguous in memory
//! leaf_of ── member -> leaf, so a rank needs no search by key, and reads no key
//! ```
//!
//! For each child, a [`Node`] stores the number of entries and the number of *starts* below
//! it. Both are arrays that are summed linearly. At these sizes, a scan of adjacent
//! integers beats a Fenwick tree, and a split needs no rebuild.
//!
//! A *start* is an entry whose score differs from that of the entry before it. The number
//! of starts before a place is the number of distinct better scores, which dense ranks
//! need.
//!
//! Members are dense numbers from 0, interned by the caller. For equal scores and instants,
//! the caller's [`MemberOrder`] decides (by the player's id). It must not change for
//! members in the index.

mod change;
mod leaf;
mod node;
mod scan;

use std::cmp::Ordering;

use self::leaf::{Entry, Leaf, Members};
use self::node::Node;
use crate::{Rank, SortKey, TieRule};

/// An interned player: dense numbers from 0, at most 2^28 - 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member(pub u32);

/// Order of two members with equal keys.
pub trait MemberOrder {
    /// Compares two different members of the index like their players' ids.
    fn compare(&self, a: Member, b: Member) -> Ordering;
}

/// Orders members by their numbers, for indexes whose numbers are the ids.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByNumber;

impl MemberOrder for ByNumber {
    fn compare(&self, a: Member, b: Member) -> Ordering {
        a.cmp(&b)
    }
}

/// Place of an entry, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of entries before it.
    pub ordinal: u64,
    /// Number of entries with a strictly better score.
    pub better: u64,
    /// Number of distinct, strictly better scores.
    pub distinct: u64,
}

impl Place {
    /// The rank under a tie rule.
    #[must_use]
    pub fn rank(self, tie: TieRule) -> Rank {
        Rank::after(match tie {
            TieRule::Earliest => self.ordinal,
            TieRule::Shared => self.better,
            TieRule::Dense => self.distinct,
        })
    }
}

/// A path to an entry: root slot, inner slot, leaf slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Path {
    i: usize,
    j: usize,
    k: usize,
}

const NOWHERE: u32 = u32::MAX;

/// The index. `LEAF` and `INNER` are capacities; tests use small ones.
#[derive(Debug, Default)]
pub struct RankIndex<const LEAF: usize = 64, const INNER: usize = 256> {
    root: Node,
    inners: Vec<Node>,
    leaves: Vec<Leaf>,
    members: Members<LEAF>,
    free_inners: Vec<u32>,
    free_leaves: Vec<u32>,
    leaf_of: Vec<u32>,
}

impl<const LEAF: usize, const INNER: usize> RankIndex<LEAF, INNER> {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        const { assert!(LEAF >= 4 && INNER >= 4 && LEAF <= 1 << 15) };
        Self::default()
    }

    /// Builds an index of many members, in O(n) after the sort.
    ///
    /// # Panics
    /// Panics if a member occurs twice.
    #[must_use]
    pub fn build(members: Vec<(SortKey, Member)>, order: &impl MemberOrder) -> Self {
        // Entries have half the size of the pairs, so the sort moves half the bytes.
        let entries = members.into_iter().map(|(key, m)| Entry::new(key, m));
        let mut entries: Vec<Entry> = entries.collect();
        entries.sort_unstable_by(|a, b| a.compare(*b, order));
        let mut index = Self::new();
        let top = entries.iter().map(|e| e.member().0 as usize + 1).max();
        index.leaf_of = vec![NOWHERE; top.unwrap_or(0)];
        let mut before = None;
        // An eighth of each node stays free, so early insertions cause no splits.
        for inner_run in entries.chunks((LEAF - LEAF / 8) * (INNER - INNER / 8)) {
            let inner = index.new_inner();
            for run in inner_run.chunks(LEAF - LEAF / 8) {
                let leaf = index.new_leaf(inner);
                for entry in run {
                    let member = entry.member();
                    let slot = &mut index.leaf_of[member.0 as usize];
                    assert_eq!(*slot, NOWHERE, "member {} is named twice", member.0);
                    *slot = leaf;
                }
                index.leaves[leaf as usize].entries.extend_from_slice(run);
                index.members.put(leaf, 0, run);
                let starts = leaf::starts(before, run);
                before = run.last().copied();
                let node = &mut index.inners[inner as usize];
                node.insert(node.len(), leaf, run[0], run.len(), starts);
            }
            let (first, count, starts) = index.inners[inner as usize].summary();
            index
                .root
                .insert(index.root.len(), inner, first, count, starts);
        }
        index
    }

    /// Number of ranked members.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.root.counts_before(self.root.len())
    }

    /// Whether the index has no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.len() == 0
    }

    /// Whether a member is ranked.
    #[must_use]
    pub fn contains(&self, member: Member) -> bool {
        self.leaf(member).is_some()
    }

    /// Inserts a member or changes its key. Returns the previous key.
    pub fn update(
        &mut self,
        member: Member,
        key: SortKey,
        order: &impl MemberOrder,
    ) -> Option<SortKey> {
        let entry = Entry::new(key, member);
        let old = self.path(member);
        let before = old.map(|path| self.entry(path));
        if before == Some(entry) {
            return Some(key);
        }
        if let Some(path) = old {
            self.remove_at(path);
        }
        self.insert(entry, order);
        before.map(Entry::key)
    }

    /// Removes a member. Returns its key.
    pub fn remove(&mut self, member: Member) -> Option<SortKey> {
        let path = self.path(member)?;
        let key = self.entry(path).key();
        self.remove_at(path);
        Some(key)
    }

    /// The key of a member.
    #[must_use]
    pub fn key(&self, member: Member) -> Option<SortKey> {
        let leaf = self.leaf(member)?;
        let slot = self.members.slot(leaf, member);
        Some(self.leaves[leaf as usize].entries[slot].key())
    }

    /// Number of entries before a member: the cheapest of the rank queries.
    #[must_use]
    pub fn ordinal(&self, member: Member) -> Option<u64> {
        self.path(member).map(|path| self.ordinal_at(path))
    }

    /// Place of a member, for all tie rules.
    #[must_use]
    pub fn place(&self, member: Member) -> Option<Place> {
        let path = self.path(member)?;
        let key = self.entry(path).key();
        Some(self.place_of(self.ordinal_at(path), key))
    }

    /// Place of a score that is not in the index. It comes after all equal scores.
    #[must_use]
    pub fn place_of_score(&self, key: SortKey) -> Place {
        self.place_of(self.ordinal_at(self.lower_bound(key.after_score())), key)
    }

    /// Place of the first member of a rank under a tie rule. A rank that `Shared` skips has the
    /// place at which it would be. `None` if the rank is beyond the last one.
    #[must_use]
    pub fn place_of_rank(&self, rank: Rank, tie: TieRule) -> Option<u64> {
        let before = rank.get() - 1;
        if tie != TieRule::Dense {
            return (before < self.len()).then_some(before);
        }
        let (i, rest) = self.root.find_start(before)?;
        let (j, mut rest) = self.inner(i).find_start(rest)?;
        let mut last = self.previous(Path { i, j, k: 0 });
        for (k, entry) in self.leaf_at(i, j).entries.iter().enumerate() {
            if last.replace(*entry).is_none_or(|last| last.starts(*entry)) {
                if rest == 0 {
                    return Some(self.ordinal_at(Path { i, j, k }));
                }
                rest -= 1;
            }
        }
        None
    }

    /// The member at a place, from 0, with its key.
    #[must_use]
    pub fn at(&self, ordinal: u64) -> Option<(Member, SortKey)> {
        self.iter_from(ordinal).next()
    }

    /// Members in order, starting at a place, from 0.
    pub fn iter_from(&self, ordinal: u64) -> impl Iterator<Item = (Member, SortKey)> + '_ {
        let past_end = Path {
            i: self.root.len(),
            j: 0,
            k: 0,
        };
        let Path { i, j, k } = self.path_at(ordinal).unwrap_or(past_end);
        let leaves = (i..self.root.len()).flat_map(move |at| {
            let from = if at == i { j } else { 0 };
            self.inner(at).children()[from..].iter()
        });
        // Iterates over slices, because a path costs a lookup per entry.
        let mut skipped = k;
        leaves
            .flat_map(move |leaf| {
                let from = std::mem::take(&mut skipped);
                self.leaves[*leaf as usize].entries[from..].iter()
            })
            .map(|entry| (entry.member(), entry.key()))
    }

    /// A page: up to `limit` members starting at a place, from 0, each with its rank under
    /// a tie rule.
    #[must_use]
    pub fn page(&self, ordinal: u64, limit: usize, tie: TieRule) -> Vec<(Rank, Member, SortKey)> {
        let mut rows = Vec::with_capacity(limit.min(256));
        if ordinal >= self.len() {
            return rows;
        }
        let mut place: Option<(Place, u128)> = None;
        for (position, (member, key)) in (ordinal..).zip(self.iter_from(ordinal)).take(limit) {
            let score = SortKey::score_bits(key.bits());
            let here = match place {
                None => self.place_of(position, key),
                Some((p, s)) if s == score => Place {
                    ordinal: position,
                    ..p
                },
                Some((p, _)) => Place {
                    ordinal: position,
                    better: position,
                    distinct: p.distinct + 1,
                },
            };
            place = Some((here, score));
            rows.push((here.rank(tie), member, key));
        }
        rows
    }

    fn place_of(&self, ordinal: u64, key: SortKey) -> Place {
        let first = self.lower_bound(key.first_of_score());
        Place {
            ordinal,
            better: self.ordinal_at(first),
            distinct: self.starts_at(first),
        }
    }

    fn leaf(&self, member: Member) -> Option<u32> {
        let leaf = self.leaf_of.get(member.0 as usize).copied();
        leaf.filter(|l| *l != NOWHERE)
    }

    fn path(&self, member: Member) -> Option<Path> {
        let leaf = self.leaf(member)?;
        let Leaf { parent, .. } = self.leaves[leaf as usize];
        Some(Path {
            i: self.root.slot(parent),
            j: self.inners[parent as usize].slot(leaf),
            k: self.members.slot(leaf, member),
        })
    }

    fn path_at(&self, ordinal: u64) -> Option<Path> {
        let (i, rest) = self.root.find_count(ordinal)?;
        let (j, rest) = self.inner(i).find_count(rest)?;
        let k = usize::try_from(rest).expect("a place inside a leaf");
        Some(Path { i, j, k })
    }

    fn inner(&self, i: usize) -> &Node {
        &self.inners[self.root.child(i) as usize]
    }

    fn leaf_at(&self, i: usize, j: usize) -> &Leaf {
        &self.leaves[self.inner(i).child(j) as usize]
    }

    fn entry(&self, path: Path) -> Entry {
        self.leaf_at(path.i, path.j).entries[path.k]
    }

    fn next(&self, Path { i, j, k }: Path) -> Option<Path> {
        if k + 1 < self.leaf_at(i, j).entries.len() {
            Some(Path { i, j, k: k + 1 })
        } else if j + 1 < self.inner(i).len() {
            Some(Path { i, j: j + 1, k: 0 })
        } else if i + 1 < self.root.len() {
            Some(Path {
                i: i + 1,
                j: 0,
                k: 0,
            })
        } else {
            None
        }
    }

    fn previous(&self, Path { i, j, k }: Path) -> Option<Entry> {
        let leaf = if k > 0 {
            return Some(self.leaf_at(i, j).entries[k - 1]);
        } else if j > 0 {
            self.leaf_at(i, j - 1)
        } else if i > 0 {
            self.leaf_at(i - 1, self.inner(i - 1).len() - 1)
        } else {
            return None;
        };
        leaf.entries.last().copied()
    }

    fn ordinal_at(&self, path: Path) -> u64 {
        if path.i == self.root.len() {
            return self.len();
        }
        self.root.counts_before(path.i) + self.inner(path.i).counts_before(path.j) + path.k as u64
    }

    /// Number of starts before a path.
    fn starts_at(&self, path: Path) -> u64 {
        if path.i == self.root.len() {
            return self.root.starts_before(path.i);
        }
        let above = self.root.starts_before(path.i) + self.inner(path.i).starts_before(path.j);
        let before = self.previous(Path { k: 0, ..path });
        let run = &self.leaf_at(path.i, path.j).entries[..path.k];
        above + leaf::starts(before, run) as u64
    }

    /// Path of the first entry whose key is not before `bound`. Past the end, it is
    /// `root.len(), 0, 0`.
    fn lower_bound(&self, bound: SortKey) -> Path {
        let past_end = Path {
            i: self.root.len(),
            j: 0,
            k: 0,
        };
        if self.is_empty() {
            return past_end;
        }
        let is_before = |e: &Entry| e.key() < bound;
        let i = self.root.partition_point(is_before).saturating_sub(1);
        let j = self.inner(i).partition_point(is_before).saturating_sub(1);
        let entries = &self.leaf_at(i, j).entries;
        let k = entries.partition_point(is_before);
        if k < entries.len() {
            return Path { i, j, k };
        }
        // `k` is past the end of this non-empty leaf, so `k - 1` is valid.
        self.next(Path { i, j, k: k - 1 }).unwrap_or(past_end)
    }

    /// Checks every invariant of the structure; for tests.
    ///
    /// # Panics
    /// Panics if an invariant does not hold.
    #[doc(hidden)]
    pub fn check_invariants(&self, order: &impl MemberOrder) {
        let mut before: Option<Entry> = None;
        let mut ranked = 0;
        for (i, inner) in self.root.children().iter().enumerate() {
            let node = &self.inners[*inner as usize];
            assert!(node.len() > 0, "no inner node is empty");
            assert_eq!(
                self.root.child_summary(i),
                node.summary(),
                "summary of inner node {i}"
            );
            for (j, id) in node.children().iter().enumerate() {
                let leaf = &self.leaves[*id as usize];
                assert!(!leaf.entries.is_empty(), "no leaf is empty");
                assert_eq!(leaf.parent, *inner);
                let starts = leaf::starts(before, &leaf.entries);
                let summary = (leaf.entries[0], leaf.entries.len(), starts);
                assert_eq!(node.child_summary(j), summary, "summary of leaf {j}");
                for (k, entry) in leaf.entries.iter().enumerate() {
                    assert_eq!(self.members.slot(*id, entry.member()), k);
                    assert!(
                        before.is_none_or(|b| b.compare(*entry, order).is_lt()),
                        "sorted"
                    );
                    assert_eq!(self.leaf_of[entry.member().0 as usize], *id);
                    before = Some(*entry);
                    ranked += 1;
                }
            }
        }
        assert_eq!(self.len(), ranked);
        let known = self.leaf_of.iter().filter(|l| **l != NOWHERE).count();
        assert_eq!(known as u64, ranked, "every known member is in a leaf");
        let used = self.inners.len() - self.free_inners.len();
        assert_eq!(used, self.root.len(), "every inner node is linked or free");
    }
}
