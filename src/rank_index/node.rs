//! Nodes: what the root and the inner nodes know of their children, in
//! parallel arrays, so that sums and searches touch only what they read.

use super::leaf::Entry;

/// Children in order, each with its first entry, its entries and its starts.
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

    /// Where a child of this node is in it.
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

    /// The child that holds a place, and the place inside it.
    pub(super) fn find_count(&self, mut place: u64) -> Option<(usize, u64)> {
        for (slot, count) in self.counts.iter().enumerate() {
            let count = u64::from(*count);
            if place < count {
                return Some((slot, place));
            }
            place -= count;
        }
        None
    }

    /// How many children begin with an entry that is before something.
    pub(super) fn partition_point(&self, is_before: impl Fn(&Entry) -> bool) -> usize {
        self.firsts.partition_point(is_before)
    }

    /// First entry, entries and starts of the whole node, which is not empty.
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

    /// Drops a child; gives its entries and starts.
    pub(super) fn remove(&mut self, slot: usize) -> (usize, usize) {
        self.children.remove(slot);
        self.firsts.remove(slot);
        (
            self.counts.remove(slot) as usize,
            self.starts.remove(slot) as usize,
        )
    }

    /// Counts entries and starts away from a child.
    pub(super) fn take(&mut self, slot: usize, count: usize, starts: usize) {
        self.counts[slot] -= narrow(count);
        self.starts[slot] -= narrow(starts);
    }

    /// Counts entries and starts towards a child.
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

    /// The children from `slot` on, taken out.
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

/// Where the one element is that `is_it` picks. In blocks that are compared
/// whole: without a branch an element, which is several times faster.
pub(super) fn position<T>(of: &[T], is_it: impl Fn(&T) -> bool) -> Option<usize> {
    const BLOCK: usize = 16;
    let (blocks, rest) = of.as_chunks::<BLOCK>();
    for (at, block) in blocks.iter().enumerate() {
        if block.iter().fold(false, |found, e| found | is_it(e)) {
            return Some(at * BLOCK + block.iter().position(is_it)?);
        }
    }
    Some(blocks.len() * BLOCK + rest.iter().position(is_it)?)
}

/// Members are fewer than 2^32, so 32 bits hold every sum of them.
fn sum(of: &[u32]) -> u64 {
    u64::from(of.iter().sum::<u32>())
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 2^32 members")
}
