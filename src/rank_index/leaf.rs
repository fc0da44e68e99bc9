//! Leaves: sorted runs of entries.

use std::cmp::Ordering;

use super::node::position;
use super::{Member, MemberOrder};
use crate::SortKey;

/// A key and its member in 16 bytes: 96 bits of key, 32 bits of member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(u128);

const MEMBER_BITS: u32 = 32;

impl Entry {
    pub(super) fn new(key: SortKey, member: Member) -> Self {
        Self(key.bits() << MEMBER_BITS | u128::from(member.0))
    }

    pub(super) fn key(self) -> SortKey {
        SortKey::from_bits(self.0 >> MEMBER_BITS)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the low 32 bits are the member"
    )]
    pub(super) fn member(self) -> Member {
        Member(self.0 as u32)
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

    /// Whether `next`, standing after this entry, has another score.
    pub(super) fn starts(self, next: Self) -> bool {
        SortKey::score_bits(self.0 >> MEMBER_BITS) != SortKey::score_bits(next.0 >> MEMBER_BITS)
    }
}

/// A sorted run of entries; never empty between operations.
#[derive(Debug)]
pub(super) struct Leaf {
    /// The inner node that holds it.
    pub(super) parent: u32,
    pub(super) entries: Vec<Entry>,
}

impl Leaf {
    /// Where a member of this leaf is in it. A scan: the entries are 1 KiB side by side.
    pub(super) fn slot(&self, member: Member) -> usize {
        position(&self.entries, |e| e.member() == member)
            .expect("leaf_of names the leaf that holds the member")
    }
}

/// How many of `run` have another score than the entry before them.
pub(super) fn starts(before: Option<Entry>, run: &[Entry]) -> usize {
    let Some(first) = run.first() else { return 0 };
    let own = usize::from(before.is_none_or(|b| b.starts(*first)));
    own + run
        .windows(2)
        .filter(|pair| pair[0].starts(pair[1]))
        .count()
}
