//! Leaves: sorted runs of entries.

use std::cmp::Ordering;

use super::scan::position;
use super::{Member, MemberOrder};
use crate::SortKey;

/// A key and its member in 16 bytes: 100 bits of key, 28 bits of member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(u128);

const MEMBER_BITS: u32 = u128::BITS - SortKey::BITS;
const MEMBER_MASK: u32 = (1 << MEMBER_BITS) - 1;

impl Entry {
    pub(super) fn new(key: SortKey, member: Member) -> Self {
        assert!(
            member.0 < MEMBER_MASK,
            "a season has fewer than 2^28 members"
        );
        Self(key.bits() << MEMBER_BITS | u128::from(member.0))
    }

    pub(super) fn key(self) -> SortKey {
        SortKey::from_bits(self.0 >> MEMBER_BITS)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the low 28 bits are the member"
    )]
    pub(super) fn member(self) -> Member {
        Member(self.0 as u32 & MEMBER_MASK)
    }

    pub(super) fn compare(self, other: Self, order: &impl MemberOrder) -> Ordering {
        self.key().cmp(&other.key()).then_with(|| {
            if self.member() == other.member() {
                Ordering::Equal
            } else {
                order.compare(self.member(), other.member())
            }
        })
    }

    /// Whether `next`, the entry after this one, has another score.
    pub(super) fn starts(self, next: Self) -> bool {
        SortKey::score_bits(self.0 >> MEMBER_BITS) != SortKey::score_bits(next.0 >> MEMBER_BITS)
    }
}

/// A sorted run of entries; never empty between operations.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Index of its inner node.
    pub(super) parent: u32,
    pub(super) entries: Vec<Entry>,
}

/// The members of each leaf, in the order of its entries. A search for a member reads only
/// these arrays, which have a quarter of the entries' size, and not the leaf. The arrays are
/// allocated in chunks, which avoids copies on growth.
#[derive(Debug, Default)]
pub(super) struct Members<const LEAF: usize> {
    chunks: Vec<Box<[[u32; LEAF]]>>,
}

/// Number of leaves in a chunk. It is small, because even a small season allocates a whole
/// chunk.
const CHUNK: usize = 32;

/// Value of unused slots.
const NOBODY: u32 = u32::MAX;

impl<const LEAF: usize> Members<LEAF> {
    /// The slot of a member in its leaf.
    pub(super) fn slot(&self, leaf: u32, member: Member) -> usize {
        // Slots past the leaf's end may contain stale members, but the member's own slot
        // comes first.
        let (chunk, at) = place(leaf);
        position(&self.chunks[chunk][at], |m| *m == member.0)
            .expect("leaf_of names the leaf that holds the member")
    }

    /// Allocates the arrays of a leaf.
    pub(super) fn hold(&mut self, leaf: u32) {
        if place(leaf).0 == self.chunks.len() {
            self.chunks.push(vec![[NOBODY; LEAF]; CHUNK].into());
        }
    }

    pub(super) fn insert(&mut self, leaf: u32, slot: usize, member: Member) {
        let members = self.of(leaf);
        members.copy_within(slot..LEAF - 1, slot + 1);
        members[slot] = member.0;
    }

    pub(super) fn remove(&mut self, leaf: u32, slot: usize) {
        self.of(leaf).copy_within(slot + 1.., slot);
    }

    /// Writes the members of `entries` into a leaf, starting at a slot.
    pub(super) fn put(&mut self, leaf: u32, slot: usize, entries: &[Entry]) {
        for (member, entry) in self.of(leaf)[slot..].iter_mut().zip(entries) {
            *member = entry.member().0;
        }
    }

    fn of(&mut self, leaf: u32) -> &mut [u32; LEAF] {
        let (chunk, at) = place(leaf);
        &mut self.chunks[chunk][at]
    }
}

const fn place(leaf: u32) -> (usize, usize) {
    (leaf as usize / CHUNK, leaf as usize % CHUNK)
}

/// Number of entries in `run` whose score differs from that of the entry before them.
pub(super) fn starts(before: Option<Entry>, run: &[Entry]) -> usize {
    let Some(first) = run.first() else { return 0 };
    let own = usize::from(before.is_none_or(|b| b.starts(*first)));
    own + run
        .windows(2)
        .filter(|pair| pair[0].starts(pair[1]))
        .count()
}
