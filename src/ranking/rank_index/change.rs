//! Insertion and removal: splits, merges, and updates of the counts in the parent nodes.
//!
//! An insertion can change whether the next entry *starts* a score. It therefore changes the
//! counts of at most two leaves. A full leaf splits in half, except at the end of the index,
//! where ascending insertions would leave half-empty leaves. A leaf or inner node below a
//! quarter of its capacity merges with a neighbour if both fit in three quarters of one.

use super::leaf::{self, Entry, Leaf};
use super::node::Node;
use super::{Member, MemberOrder, NOWHERE, Path, RankIndex};

impl<const LEAF: usize, const INNER: usize> RankIndex<LEAF, INNER> {
    pub(super) fn insert(&mut self, entry: Entry, order: &impl MemberOrder) {
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
        self.members.insert(leaf, k, entry.member());
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

    /// The entry after the insertion point `path`, and its leaf.
    fn successor_of_gap(&self, path: Path) -> Option<((usize, usize), Entry)> {
        let Path { i, j, k } = path;
        let len = self.leaf_at(i, j).entries.len();
        let at = if k < len {
            path
        } else if len == 0 {
            // The leaf is empty only if it was created for this insertion. It is then the last one.
            return None;
        } else {
            self.next(Path { i, j, k: len - 1 })?
        };
        Some(((at.i, at.j), self.entry(at)))
    }

    pub(super) fn remove_at(&mut self, path: Path) {
        let Path { i, j, k } = path;
        let entry = self.entry(path);
        let before = self.previous(path);
        let after = self.next(path).map(|p| ((p.i, p.j), self.entry(p)));
        let own = i32::from(before.is_none_or(|b| b.starts(entry)));
        let leaf = self.inner(i).child(j) as usize;
        self.leaves[leaf].entries.remove(k);
        self.members.remove(self.inner(i).child(j), k);
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

    /// Splits the leaf (and its inner node) if full; returns the path of the same gap.
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
        // At the end of the index no entries move to the new leaf, so ascending insertions fill
        // their leaves.
        let is_end = k == LEAF && i + 1 == self.root.len() && j + 1 == self.inner(i).len();
        let middle = if is_end { LEAF } else { LEAF / 2 };
        let right = self.new_leaf(inner);
        let moved = self.leaves[left as usize].entries.split_off(middle);
        let last = self.leaves[left as usize].entries.last().copied();
        let starts = leaf::starts(last, &moved);
        let count = moved.len();
        // The insertion sets the first entry of an empty new leaf.
        let first = moved
            .first()
            .or(last.as_ref())
            .copied()
            .expect("a full leaf has entries");
        for entry in &moved {
            self.leaf_of[entry.member().0 as usize] = right;
        }
        self.members.put(right, 0, &moved);
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

    /// After a removal: drops an empty leaf, or merges a small one with a neighbour.
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
        let entries = &mut self.leaves[left as usize].entries;
        self.members.put(left, entries.len(), &moved);
        entries.extend_from_slice(&moved);
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

    pub(super) fn new_leaf(&mut self, parent: u32) -> u32 {
        let leaf = Leaf {
            parent,
            entries: Vec::with_capacity(LEAF),
        };
        let leaf = put(&mut self.leaves, &mut self.free_leaves, leaf);
        self.members.hold(leaf);
        leaf
    }

    pub(super) fn new_inner(&mut self) -> u32 {
        put(&mut self.inners, &mut self.free_inners, Node::default())
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
