//! Which element of the list shows which row.
//!
//! A row keeps its element for as long as it is on screen, wherever it moves there. One that
//! leaves gives its element to one that comes, so that scrolling makes none: the document has as
//! many as the screen needs, whatever the length of the board.

/// Puts something into a list of a few, in the order of a key. To sort a list is three kilobytes
/// of code for each kind of it.
pub fn insert_by<T, K: Ord>(list: &mut Vec<T>, item: T, key: impl Fn(&T) -> K) {
    let at = list.partition_point(|before| key(before) <= key(&item));
    list.insert(at, item);
}

/// The elements of a list by number, and the row that each of them shows.
#[derive(Debug, Clone)]
pub struct Slots<K> {
    /// As many as are on screen: to look through them costs less than to keep them sorted.
    shown: Vec<(K, usize)>,
    /// Elements that were made and show nothing.
    free: Vec<usize>,
}

/// The element of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// Its number, from 0.
    pub slot: usize,
    /// Whether it showed the same row before.
    pub is_kept: bool,
}

impl<K> Default for Slots<K> {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<K: PartialEq> Slots<K> {
    /// The elements of rows, in the order of the rows. A number that was not given before is
    /// that of an element to be made; such numbers go up by one. All rows differ.
    pub fn assign(&mut self, rows: impl IntoIterator<Item = K>) -> Vec<Given> {
        let mut made = self.shown.len() + self.free.len();
        let mut before = std::mem::take(&mut self.shown);
        let kept = rows.into_iter().map(|row| {
            let found = before.iter().position(|(of, _)| *of == row);
            let slot = found.map(|n| before.remove(n).1);
            (row, slot)
        });
        let kept: Vec<(K, Option<usize>)> = kept.collect();
        // Those first that were shown until now, which the document has; in the order of the
        // rows, so that a row which takes the place of another takes its element, too.
        let left = before.into_iter().map(|(_, slot)| slot);
        self.free = left.chain(std::mem::take(&mut self.free)).collect();
        let give = |(row, kept): (K, Option<usize>)| {
            let free = || (!self.free.is_empty()).then(|| self.free.remove(0));
            let slot = kept.or_else(free).unwrap_or_else(|| {
                made += 1;
                made - 1
            });
            self.shown.push((row, slot));
            Given {
                slot,
                is_kept: kept.is_some(),
            }
        };
        kept.into_iter().map(give).collect()
    }
}

/// Of things that stand in a row, whether each may stay where the others have to be brought
/// into order around it: the longest run, not necessarily of neighbours, that is in order.
#[must_use]
pub fn in_order(places: &[u64]) -> Vec<bool> {
    // The longest that ends with each, and the one before it there.
    let mut longest: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (n, place) in places.iter().enumerate() {
        let before = (0..n).filter(|&m| places[m] < *place);
        let before = before.max_by_key(|&m| longest[m].0);
        longest.push((before.map_or(1, |m| longest[m].0 + 1), before));
    }
    let mut stays = vec![false; places.len()];
    let mut next = (0..places.len()).max_by_key(|&n| longest[n].0);
    while let Some(n) = next {
        stays[n] = true;
        next = longest[n].1;
    }
    stays
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::*;

    fn numbers<const N: usize>(slots: &mut Slots<&str>, rows: [&'static str; N]) -> Vec<usize> {
        let given = slots.assign(rows);
        given.into_iter().map(|given| given.slot).collect()
    }

    #[test]
    fn a_row_keeps_its_element_and_who_leaves_gives_theirs() {
        let mut slots = Slots::default();
        assert_eq!(numbers(&mut slots, ["a", "b", "c"]), [0, 1, 2]);
        // Overtaken.
        assert_eq!(numbers(&mut slots, ["b", "a", "c"]), [1, 0, 2]);
        // Scrolled by one.
        assert_eq!(numbers(&mut slots, ["a", "c", "d"]), [0, 2, 1]);
        // Somewhere else.
        assert_eq!(numbers(&mut slots, ["x", "y", "z"]), [0, 2, 1]);
    }

    #[test]
    fn an_element_that_the_document_has_is_taken_before_one_that_it_has_not() {
        let mut slots = Slots::default();
        slots.assign(["a", "b", "c", "d"]);
        assert_eq!(numbers(&mut slots, ["a", "b"]), [0, 1]);
        assert_eq!(numbers(&mut slots, ["b", "e"]), [1, 0]);
        assert_eq!(numbers(&mut slots, ["e", "f"]), [0, 1]);
    }

    #[test]
    fn elements_are_made_when_more_rows_come() {
        let mut slots = Slots::default();
        assert_eq!(numbers(&mut slots, ["a"]), [0]);
        assert_eq!(numbers(&mut slots, []), [] as [usize; 0]);
        assert_eq!(numbers(&mut slots, ["b", "c"]), [0, 1]);
        assert_eq!(numbers(&mut slots, ["d", "b", "c"]), [2, 0, 1]);
    }

    #[test]
    fn the_fewest_are_moved() {
        let moved = |places: &[u64]| {
            let stays = in_order(places);
            let moved = places.iter().zip(stays).filter(|(_, stays)| !stays);
            moved.map(|(place, _)| *place).collect::<Vec<_>>()
        };
        assert!(moved(&[]).is_empty());
        assert!(moved(&[4, 5, 6]).is_empty());
        // One row down, one row up, somebody rises, two change places.
        assert_eq!(moved(&[9, 5, 6, 7, 8]), [9]);
        assert_eq!(moved(&[5, 6, 7, 8, 4]), [4]);
        assert_eq!(moved(&[1, 2, 9, 3, 4, 5]), [9]);
        assert_eq!(moved(&[1, 3, 2, 4]).len(), 1);
        assert_eq!(moved(&[5, 4, 3]).len(), 2);
    }

    proptest! {
        #[test]
        fn what_stays_is_in_order(places in prop::collection::vec(0_u64..1_000, 0..60)) {
            let stays = in_order(&places);
            let kept: Vec<u64> = places.iter().zip(&stays).filter(|(_, stays)| **stays).map(|(p, _)| *p).collect();
            prop_assert!(kept.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(kept.is_empty(), places.is_empty());
        }

        #[test]
        fn no_element_shows_two_rows_and_none_is_made_in_vain(
            screens in prop::collection::vec(prop::collection::btree_set(0_u8..60, 0..40), 1..30)
        ) {
            let mut slots = Slots::default();
            let mut before = HashMap::new();
            let most = screens.iter().map(BTreeSet::len).max().unwrap_or(0);
            for screen in screens {
                let rows: Vec<u8> = screen.into_iter().collect();
                let given = slots.assign(rows.clone());
                let distinct: BTreeSet<usize> = given.iter().map(|given| given.slot).collect();
                prop_assert_eq!(distinct.len(), rows.len());
                prop_assert!(given.iter().all(|given| given.slot < most));
                for (row, given) in rows.iter().zip(&given) {
                    let was = before.get(row).copied();
                    prop_assert_eq!(was.is_some(), given.is_kept);
                    prop_assert!(was.is_none_or(|was| was == given.slot));
                }
                before = rows.into_iter().zip(given.iter().map(|given| given.slot)).collect();
            }
        }
    }
}
