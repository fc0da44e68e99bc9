//! The order-statistic index of a season: who is at a place, and at which
//! place somebody is.
//!
//! It answers two views of one sequence, sorted by the total order
//! ([`crate::score`]): by member (update, remove, rank) and by place (page,
//! count). It is a counted B+-tree of height three with parent links:
//!
//! ```text
//! root    ── one Node: children are inner nodes; grows linearly (630 at 10 million members)
//! inner   ── Nodes of up to INNER leaves
//! leaves  ── sorted runs of up to LEAF entries of 16 bytes: key (96 bits) | member (32 bits)
//! leaf_of ── member -> leaf, so a rank needs no search by key
//! ```
//!
//! A [`Node`] keeps for each child how many entries and how many *starts* are
//! below it, in arrays that are summed linearly: at these sizes a scan of
//! adjacent integers beats a Fenwick tree, and needs no rebuilding when a child
//! splits. A *start* is an entry whose score differs from that of the entry
//! before it; the starts before a place are the distinct better scores, which
//! is what dense ranks count.
//!
//! Members are numbers that the caller interns, from 0 and dense. When score
//! and instant are equal the caller's [`MemberOrder`] decides (the player's id);
//! it must not change for members that are in the index.

mod leaf;
mod node;

use std::cmp::Ordering;

use self::leaf::{Entry, Leaf};
use self::node::Node;
use crate::{Rank, SortKey, TieRule};

/// An interned player: dense numbers from 0, at most 2^32 - 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member(pub u32);

/// The order of two members whose keys are equal.
pub trait MemberOrder {
    /// Compares two different members of the index, as their players' ids compare.
    fn compare(&self, a: Member, b: Member) -> Ordering;
}

/// Orders members by their numbers, where the numbers are the ids.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByNumber;

impl MemberOrder for ByNumber {
    fn compare(&self, a: Member, b: Member) -> Ordering {
        a.cmp(&b)
    }
}

/// Where an entry stands, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Entries before it.
    pub ordinal: u64,
    /// Entries with a strictly better score.
    pub better: u64,
    /// Distinct strictly better scores.
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
pub struct RankIndex<const LEAF: usize = 128, const INNER: usize = 128> {
    root: Node,
    inners: Vec<Node>,
    leaves: Vec<Leaf>,
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

    /// An index of many members at once, in O(n) beyond the sort.
    ///
    /// # Panics
    /// When a member is named twice.
    #[must_use]
    pub fn build(mut members: Vec<(SortKey, Member)>, order: &impl MemberOrder) -> Self {
        members.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| order.compare(a.1, b.1)));
        let mut index = Self::new();
        let top = members.iter().map(|(_, m)| m.0 as usize + 1).max();
        index.leaf_of = vec![NOWHERE; top.unwrap_or(0)];
        let mut before = None;
        // Room for an eighth of inserts before the first splits.
        for inner_run in members.chunks((LEAF - LEAF / 8) * (INNER - INNER / 8)) {
            let inner = index.new_inner();
            for run in inner_run.chunks(LEAF - LEAF / 8) {
                let leaf = index.new_leaf(inner);
                for (key, member) in run {
                    let slot = &mut index.leaf_of[member.0 as usize];
                    assert_eq!(*slot, NOWHERE, "member {} is named twice", member.0);
                    *slot = leaf;
                    index.leaves[leaf as usize]
                        .entries
                        .push(Entry::new(*key, *member));
                }
                let entries = &index.leaves[leaf as usize].entries;
                let starts = leaf::starts(before, entries);
                let (first, len) = (entries[0], entries.len());
                before = entries.last().copied();
                let node = &mut index.inners[inner as usize];
                node.insert(node.len(), leaf, first, len, starts);
            }
            let (first, count, starts) = index.inners[inner as usize].summary();
            index
                .root
                .insert(index.root.len(), inner, first, count, starts);
        }
        index
    }

    /// How many members are ranked.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.root.counts_before(self.root.len())
    }

    /// Whether nobody is ranked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.len() == 0
    }

    /// Whether a member is ranked.
    #[must_use]
    pub fn contains(&self, member: Member) -> bool {
        self.leaf(member).is_some()
    }

    /// Ranks a member by `key`, new or again. Gives the key it had before.
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

    /// Unranks a member. Gives the key it had.
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
        let leaf = &self.leaves[leaf as usize];
        Some(leaf.entries[leaf.slot(member)].key())
    }

    /// How many entries stand before a member. The cheapest rank.
    #[must_use]
    pub fn ordinal(&self, member: Member) -> Option<u64> {
        self.path(member).map(|path| self.ordinal_at(path))
    }

    /// Where a member stands, under every tie rule at once.
    #[must_use]
    pub fn place(&self, member: Member) -> Option<Place> {
        let path = self.path(member)?;
        let key = self.entry(path).key();
        Some(self.place_of(self.ordinal_at(path), key))
    }

    /// Where a score not in the index would stand, after its equals.
    #[must_use]
    pub fn place_of_score(&self, key: SortKey) -> Place {
        self.place_of(self.ordinal_at(self.lower_bound(key.after_score())), key)
    }

    /// The member at a place counted from 0, with its key.
    #[must_use]
    pub fn at(&self, ordinal: u64) -> Option<(Member, SortKey)> {
        self.iter_from(ordinal).next()
    }

    /// Members in order, from a place counted from 0.
    pub fn iter_from(&self, ordinal: u64) -> impl Iterator<Item = (Member, SortKey)> + '_ {
        let mut path = self.path_at(ordinal);
        std::iter::from_fn(move || {
            let at = path?;
            let entry = self.entry(at);
            path = self.next(at);
            Some((entry.member(), entry.key()))
        })
    }

    /// A page: up to `limit` members from a place counted from 0, each with its
    /// rank under a tie rule.
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
            k: self.leaves[leaf as usize].slot(member),
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

    /// The starts before a path.
    fn starts_at(&self, path: Path) -> u64 {
        if path.i == self.root.len() {
            return self.root.starts_before(path.i);
        }
        let above = self.root.starts_before(path.i) + self.inner(path.i).starts_before(path.j);
        let before = self.previous(Path { k: 0, ..path });
        let run = &self.leaf_at(path.i, path.j).entries[..path.k];
        above + leaf::starts(before, run) as u64
    }

    /// The first entry whose key is not before `bound`; past the end it is the
    /// path `root.len(), 0, 0`.
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
        // `k` is past this leaf, so it has an entry before it to step from.
        self.next(Path { i, j, k: k - 1 }).unwrap_or(past_end)
    }

    fn insert(&mut self, entry: Entry, order: &impl MemberOrder) {
        if self.is_empty() {
            let inner = self.new_inner();
            let leaf = self.new_leaf(inner);
            self.inners[inner as usize].insert(0, leaf, entry, 0, 0);
            self.root.insert(0, inner, entry, 0, 0);
        }
        let is_before = |e: &Entry| e.compare(entry, order).is_lt();
        let i = self.root.partition_point(is_before).saturating_sub(1);
        let j = self.inner(i).partition_point(is_before).saturating_sub(1);
        let k = self.leaf_at(i, j).entries.partition_point(is_before);
        let path = self.make_room(Path { i, j, k });
        let before = self.previous(path);
        let after = self.successor_of_gap(path);
        let Path { i, j, k } = path;
        let inner = self.root.child(i) as usize;
        let leaf = self.inners[inner].child(j);
        self.leaves[leaf as usize].entries.insert(k, entry);
        self.set_leaf_of(entry.member(), leaf);
        let own = i32::from(before.is_none_or(|b| b.starts(entry)));
        self.adjust((i, j), 1, own);
        if k == 0 {
            self.set_first(i, j, entry);
        }
        if let Some((at, next)) = after {
            let was = i32::from(before.is_none_or(|b| b.starts(next)));
            self.adjust(at, 0, i32::from(entry.starts(next)) - was);
        }
    }

    /// The entry that an insert at `path` would push back, and its leaf.
    fn successor_of_gap(&self, path: Path) -> Option<((usize, usize), Entry)> {
        let Path { i, j, k } = path;
        let len = self.leaf_at(i, j).entries.len();
        let at = if k < len {
            path
        } else if len == 0 {
            // Only a leaf made for this insert is empty, and it is the last one.
            return None;
        } else {
            self.next(Path { i, j, k: len - 1 })?
        };
        Some(((at.i, at.j), self.entry(at)))
    }

    fn remove_at(&mut self, path: Path) {
        let Path { i, j, k } = path;
        let entry = self.entry(path);
        let before = self.previous(path);
        let after = self.next(path).map(|p| ((p.i, p.j), self.entry(p)));
        let own = i32::from(before.is_none_or(|b| b.starts(entry)));
        let leaf = self.inner(i).child(j) as usize;
        self.leaves[leaf].entries.remove(k);
        self.leaf_of[entry.member().0 as usize] = NOWHERE;
        self.adjust((i, j), -1, -own);
        if let Some((at, next)) = after {
            let now = i32::from(before.is_none_or(|b| b.starts(next)));
            self.adjust(at, 0, now - i32::from(entry.starts(next)));
        }
        if k == 0
            && let Some(first) = self.leaves[leaf].entries.first().copied()
        {
            self.set_first(i, j, first);
        }
        self.shrink(i, j);
    }

    fn adjust(&mut self, (i, j): (usize, usize), count: i32, starts: i32) {
        let inner = self.root.child(i) as usize;
        self.inners[inner].adjust(j, count, starts);
        self.root.adjust(i, count, starts);
    }

    fn set_first(&mut self, i: usize, j: usize, first: Entry) {
        let inner = self.root.child(i) as usize;
        self.inners[inner].set_first(j, first);
        if j == 0 {
            self.root.set_first(i, first);
        }
    }

    fn set_leaf_of(&mut self, member: Member, leaf: u32) {
        let slot = member.0 as usize;
        if slot >= self.leaf_of.len() {
            self.leaf_of.resize(slot + 1, NOWHERE);
        }
        self.leaf_of[slot] = leaf;
    }

    /// Splits the leaf (and its inner node) if full; gives the path of the same gap.
    fn make_room(&mut self, path: Path) -> Path {
        let Path { i, j, k } = path;
        if self.leaf_at(i, j).entries.len() < LEAF {
            return path;
        }
        let path = if self.inner(i).len() < INNER {
            path
        } else {
            self.split_inner(path)
        };
        let Path { i, j, .. } = path;
        let inner = self.root.child(i);
        let left = self.inners[inner as usize].child(j);
        // At the very end nothing is moved, so that ascending inserts fill leaves.
        let is_end = k == LEAF && i + 1 == self.root.len() && j + 1 == self.inner(i).len();
        let middle = if is_end { LEAF } else { LEAF / 2 };
        let right = self.new_leaf(inner);
        let moved = self.leaves[left as usize].entries.split_off(middle);
        let last = self.leaves[left as usize].entries.last().copied();
        let starts = leaf::starts(last, &moved);
        let count = moved.len();
        // An empty leaf's first entry is set by the insert that it is made for.
        let first = moved
            .first()
            .or(last.as_ref())
            .copied()
            .expect("a full leaf has entries");
        for entry in &moved {
            self.leaf_of[entry.member().0 as usize] = right;
        }
        self.leaves[right as usize]
            .entries
            .extend_from_slice(&moved);
        let node = &mut self.inners[inner as usize];
        node.take(j, count, starts);
        node.insert(j + 1, right, first, count, starts);
        if k < middle || (k == middle && !is_end) {
            Path { i, j, k }
        } else {
            Path {
                i,
                j: j + 1,
                k: k - middle,
            }
        }
    }

    fn split_inner(&mut self, Path { i, j, k }: Path) -> Path {
        let left = self.root.child(i) as usize;
        let right = self.new_inner();
        let middle = INNER / 2;
        let moved = self.inners[left].split_off(middle);
        for leaf in moved.children() {
            self.leaves[*leaf as usize].parent = right;
        }
        let (first, count, starts) = moved.summary();
        self.inners[right as usize] = moved;
        self.root.take(i, count, starts);
        self.root.insert(i + 1, right, first, count, starts);
        if j < middle {
            Path { i, j, k }
        } else {
            Path {
                i: i + 1,
                j: j - middle,
                k,
            }
        }
    }

    /// After a removal: drops an empty leaf, merges a small one with a neighbour.
    fn shrink(&mut self, i: usize, j: usize) {
        let len = self.leaf_at(i, j).entries.len();
        if len == 0 {
            self.drop_leaf(i, j);
        } else if len < LEAF / 4 {
            let fits = |a: usize| {
                self.leaf_at(i, a).entries.len() + self.leaf_at(i, a + 1).entries.len()
                    <= LEAF * 3 / 4
            };
            let left = if j > 0 && fits(j - 1) {
                j - 1
            } else if j + 1 < self.inner(i).len() && fits(j) {
                j
            } else {
                return;
            };
            self.merge_leaves(i, left);
        }
    }

    /// Appends the leaf after `j` to leaf `j`.
    fn merge_leaves(&mut self, i: usize, j: usize) {
        let inner = self.root.child(i) as usize;
        let (left, right) = (self.inners[inner].child(j), self.inners[inner].child(j + 1));
        let moved = std::mem::take(&mut self.leaves[right as usize].entries);
        for entry in &moved {
            self.leaf_of[entry.member().0 as usize] = left;
        }
        self.leaves[left as usize].entries.extend_from_slice(&moved);
        let (count, starts) = self.inners[inner].remove(j + 1);
        self.inners[inner].give(j, count, starts);
        self.free_leaves.push(right);
        self.shrink_inner(i);
    }

    fn drop_leaf(&mut self, i: usize, j: usize) {
        let inner = self.root.child(i) as usize;
        let leaf = self.inners[inner].child(j);
        self.inners[inner].remove(j);
        self.leaves[leaf as usize].entries = Vec::new();
        self.free_leaves.push(leaf);
        if j == 0 && self.inners[inner].len() > 0 {
            let (first, ..) = self.inners[inner].summary();
            self.root.set_first(i, first);
        }
        self.shrink_inner(i);
    }

    fn shrink_inner(&mut self, i: usize) {
        let len = self.inner(i).len();
        if len == 0 {
            self.free_inners.push(self.root.child(i));
            self.root.remove(i);
        } else if len < INNER / 4 {
            let fits = |a: usize| self.inner(a).len() + self.inner(a + 1).len() <= INNER * 3 / 4;
            let left = if i > 0 && fits(i - 1) {
                i - 1
            } else if i + 1 < self.root.len() && fits(i) {
                i
            } else {
                return;
            };
            self.merge_inners(left);
        }
    }

    /// Appends the inner node after `i` to inner node `i`.
    fn merge_inners(&mut self, i: usize) {
        let (left, right) = (self.root.child(i), self.root.child(i + 1));
        let moved = std::mem::take(&mut self.inners[right as usize]);
        for leaf in moved.children() {
            self.leaves[*leaf as usize].parent = left;
        }
        self.inners[left as usize].append(moved);
        let (count, starts) = self.root.remove(i + 1);
        self.root.give(i, count, starts);
        self.free_inners.push(right);
    }

    fn new_leaf(&mut self, parent: u32) -> u32 {
        let leaf = Leaf {
            parent,
            entries: Vec::with_capacity(LEAF),
        };
        put(&mut self.leaves, &mut self.free_leaves, leaf)
    }

    fn new_inner(&mut self) -> u32 {
        put(&mut self.inners, &mut self.free_inners, Node::default())
    }

    /// Checks every invariant of the structure; for tests.
    ///
    /// # Panics
    /// When one does not hold.
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
                "the root knows inner {i}"
            );
            for (j, id) in node.children().iter().enumerate() {
                let leaf = &self.leaves[*id as usize];
                assert!(!leaf.entries.is_empty(), "no leaf is empty");
                assert_eq!(leaf.parent, *inner);
                let starts = leaf::starts(before, &leaf.entries);
                let summary = (leaf.entries[0], leaf.entries.len(), starts);
                assert_eq!(
                    node.child_summary(j),
                    summary,
                    "the inner node knows leaf {j}"
                );
                for entry in &leaf.entries {
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
        assert_eq!(known as u64, ranked, "no member is left behind");
        let used = self.inners.len() - self.free_inners.len();
        assert_eq!(used, self.root.len(), "every inner node is linked or free");
    }
}

fn put<T>(arena: &mut Vec<T>, free: &mut Vec<u32>, value: T) -> u32 {
    if let Some(slot) = free.pop() {
        arena[slot as usize] = value;
        return slot;
    }
    arena.push(value);
    u32::try_from(arena.len() - 1).expect("fewer than 2^32 nodes")
}
