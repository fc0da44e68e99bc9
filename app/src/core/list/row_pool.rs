//! Assigns rows to slots, so that the document keeps a fixed set of row elements.
//!
//! A row keeps its slot while it is on screen, even if its place changes. The slot of a row that
//! leaves the screen is reused for a row that enters it, so scrolling creates no elements.

/// The slots of a list, each with the row that it shows.
#[derive(Debug, Clone)]
pub struct RowPool<K> {
    /// Unsorted, because a linear search of a few dozen entries is fast enough.
    shown: Vec<(K, usize)>,
    /// The id of the next new slot.
    next_slot: usize,
}

/// The slot that a row is assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The id of the slot. Ids are never reused.
    pub slot: usize,
    /// Whether the slot showed the same row before.
    pub is_kept: bool,
}

impl<K> Default for RowPool<K> {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            next_slot: 0,
        }
    }
}

impl<K: PartialEq> RowPool<K> {
    /// Assigns a slot to each row, in the order of the rows. All keys must differ. If there are
    /// more rows than before, slots are created; if there are fewer, slots are dropped.
    pub fn assign(&mut self, rows: impl IntoIterator<Item = K>) -> Vec<Assignment> {
        let mut before = std::mem::take(&mut self.shown);
        let mut assign_kept = |row: K| {
            let found = before.iter().position(|(shown, _)| *shown == row);
            let slot = found.map(|n| before.remove(n).1);
            (row, slot)
        };
        let rows: Vec<(K, Option<usize>)> = rows.into_iter().map(&mut assign_kept).collect();
        let mut free = before.into_iter().map(|(_, slot)| slot);
        let mut assignments = Vec::with_capacity(rows.len());
        for (row, kept) in rows {
            let slot = kept.or_else(|| free.next()).unwrap_or_else(|| {
                self.next_slot += 1;
                self.next_slot - 1
            });
            self.shown.push((row, slot));
            assignments.push(Assignment {
                slot,
                is_kept: kept.is_some(),
            });
        }
        assignments
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::*;

    fn slots<const N: usize>(pool: &mut RowPool<&str>, rows: [&'static str; N]) -> Vec<usize> {
        let assigned = pool.assign(rows);
        assigned.into_iter().map(|assigned| assigned.slot).collect()
    }

    #[test]
    fn a_row_keeps_its_slot_and_a_leaving_row_hands_its_slot_on() {
        let mut pool = RowPool::default();
        assert_eq!(slots(&mut pool, ["a", "b", "c"]), [0, 1, 2]);
        assert_eq!(slots(&mut pool, ["b", "a", "c"]), [1, 0, 2], "overtaken");
        assert_eq!(
            slots(&mut pool, ["a", "c", "d"]),
            [0, 2, 1],
            "scrolled by one"
        );
        assert_eq!(slots(&mut pool, ["x", "y", "z"]), [0, 2, 1], "scrolled far");
    }

    #[test]
    fn fewer_rows_drop_slots_and_more_rows_make_new_ones() {
        let mut pool = RowPool::default();
        assert_eq!(slots(&mut pool, ["a", "b", "c"]), [0, 1, 2]);
        assert_eq!(slots(&mut pool, ["c"]), [2]);
        assert_eq!(slots(&mut pool, ["d", "c"]), [3, 2]);
        assert_eq!(slots(&mut pool, []), [] as [usize; 0]);
    }

    proptest! {
        #[test]
        fn slots_are_distinct_and_made_only_when_needed(
            screens in prop::collection::vec(prop::collection::btree_set(0_u8..60, 0..40), 1..30)
        ) {
            let mut pool = RowPool::default();
            let mut before = HashMap::new();
            let mut made = 0;
            for screen in screens {
                let rows: Vec<u8> = screen.into_iter().collect();
                let assigned = pool.assign(rows.clone());
                let distinct: BTreeSet<usize> = assigned.iter().map(|assigned| assigned.slot).collect();
                prop_assert_eq!(distinct.len(), rows.len());
                for (row, assigned) in rows.iter().zip(&assigned) {
                    let was = before.get(row).copied();
                    prop_assert_eq!(was.is_some(), assigned.is_kept);
                    prop_assert!(was.is_none_or(|was| was == assigned.slot));
                }
                let new = assigned.iter().filter(|assigned| assigned.slot >= made).count();
                prop_assert_eq!(new, rows.len().saturating_sub(before.len()));
                made += new;
                before = rows.into_iter().zip(assigned.iter().map(|assigned| assigned.slot)).collect();
            }
        }
    }
}
