//! Nodes: the root and the inner nodes. The data of their children is in parallel arrays,
//! so that sums and searches read only the columns that they need.

use super::leaf::Entry;
use super::scan::position;

/// Children in order, each with its first entry, number of entries and number of starts.
#[derive(Debug, Default)]
pub(super) struct Node {
    children: Vec<u32>,
    firsts: Vec<Entry>,
    counts: Vec<u32>,
    starts: Vec<u32>,
}

impl Node {
    pub(super) fn len(&self) -> usize {
        self.children.len()
    }

    pub(super) fn children(&self) -> &[u32] {
        &self.children
    }

    pub(super) fn child(&self, slot: usize) -> u32 {
        self.children[slot]
    }

    /// The slot of a child.
    pub(super) fn slot(&self, child: u32) -> usize {
        position(&self.children, |c| *c == child)
            .expect("parent links name the node that holds the child")
    }

    pub(super) fn counts_before(&self, slot: usize) -> u64 {
        sum(&self.counts[..slot])
    }

    pub(super) fn starts_before(&self, slot: usize) -> u64 {
        sum(&self.starts[..slot])
    }

    /// The child that contains a place, and the place within the child.
    pub(super) fn find_count(&self, place: u64) -> Option<(usize, u64)> {
        find(&self.counts, place)
    }

    /// The child that contains a start, by its number from 0, and its number within the child.
    pub(super) fn find_start(&self, start: u64) -> Option<(usize, u64)> {
        find(&self.starts, start)
    }

    /// Number of children whose first entry satisfies `is_before`.
    pub(super) fn partition_point(&self, is_before: impl Fn(&Entry) -> bool) -> usize {
        self.firsts.partition_point(is_before)
    }

    /// First entry, number of entries and number of starts of a non-empty node.
    pub(super) fn summary(&self) -> (Entry, usize, usize) {
        let total = |of: &[u32]| of.iter().map(|n| *n as usize).sum();
        (self.firsts[0], total(&self.counts), total(&self.starts))
    }

    pub(super) fn child_summary(&self, slot: usize) -> (Entry, usize, usize) {
        (
            self.firsts[slot],
            self.counts[slot] as usize,
            self.starts[slot] as usize,
        )
    }

    pub(super) fn insert(
        &mut self,
        slot: usize,
        child: u32,
        first: Entry,
        count: usize,
        starts: usize,
    ) {
        self.children.insert(slot, child);
        self.firsts.insert(slot, first);
        self.counts.insert(slot, narrow(count));
        self.starts.insert(slot, narrow(starts));
    }

    /// Removes a child; returns its numbers of entries and starts.
    pub(super) fn remove(&mut self, slot: usize) -> (usize, usize) {
        self.children.remove(slot);
        self.firsts.remove(slot);
        (
            self.counts.remove(slot) as usize,
            self.starts.remove(slot) as usize,
        )
    }

    /// Subtracts entries and starts from a child.
    pub(super) fn take(&mut self, slot: usize, count: usize, starts: usize) {
        self.counts[slot] -= narrow(count);
        self.starts[slot] -= narrow(starts);
    }

    /// Adds entries and starts to a child.
    pub(super) fn give(&mut self, slot: usize, count: usize, starts: usize) {
        self.counts[slot] += narrow(count);
        self.starts[slot] += narrow(starts);
    }

    pub(super) fn adjust(&mut self, slot: usize, count: i32, starts: i32) {
        let moved = |n: u32, by: i32| {
            n.checked_add_signed(by)
                .expect("counts never go below zero")
        };
        self.counts[slot] = moved(self.counts[slot], count);
        self.starts[slot] = moved(self.starts[slot], starts);
    }

    pub(super) fn set_first(&mut self, slot: usize, first: Entry) {
        self.firsts[slot] = first;
    }

    /// Removes and returns the children from `slot` on.
    pub(super) fn split_off(&mut self, slot: usize) -> Self {
        Self {
            children: self.children.split_off(slot),
            firsts: self.firsts.split_off(slot),
            counts: self.counts.split_off(slot),
            starts: self.starts.split_off(slot),
        }
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.children.append(&mut other.children);
        self.firsts.append(&mut other.firsts);
        self.counts.append(&mut other.counts);
        self.starts.append(&mut other.starts);
    }
}

/// The slot in which the sum of the numbers exceeds `at`, and the rest of `at` within it.
fn find(of: &[u32], mut at: u64) -> Option<(usize, u64)> {
    for (slot, count) in of.iter().enumerate() {
        let count = u64::from(*count);
        if at < count {
            return Some((slot, at));
        }
        at -= count;
    }
    None
}

/// A season has fewer than 2^28 members, so the sum fits in 32 bits.
fn sum(of: &[u32]) -> u64 {
    u64::from(of.iter().sum::<u32>())
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 2^28 members")
}
