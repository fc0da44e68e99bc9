//! The submission id of a row.

use std::collections::HashMap;

use leaderport::{PlayerId, Slug, SubmissionId};
use uuid::Uuid;

/// Derives the submission id of each row, so that importing a row again is the
/// same submission again, which counts once.
///
/// The id is a UUID version 5 (RFC 9562) of board, player, time and score as
/// the file writes them, and of how many rows before it in the file were the
/// same in all of these. So the ids do not depend on the order of rows; a
/// corrected name does not make another submission; and two equal rows are two
/// submissions, which on a `sum` board both count. Where the board's format or
/// zone changed in between, the server refuses such a row as a conflict
/// rather than counting it again.
///
/// Memory: 64 bits of hash and a count for each distinct row, some 20 to 40
/// bytes, bounded by the file. Two different rows of one hash (chance 3 in a
/// million among ten million rows) still get different ids, but ones that
/// depend on which of them is first.
#[derive(Default)]
pub(super) struct RowIds {
    seen: HashMap<u64, u32>,
}

impl RowIds {
    /// The namespace of the ids. Changing it makes every file importable twice.
    const NAMESPACE: Uuid = Uuid::from_u128(0x0e17_d493_0dab_4160_92ff_ab8e_7147_f103);

    pub(super) fn assign(
        &mut self,
        board: &Slug,
        player: &PlayerId,
        at: &str,
        score: &str,
    ) -> SubmissionId {
        // The unit separator is in none of the four, once they have been read as what they are.
        let row = format!("{board}\u{1f}{player}\u{1f}{at}\u{1f}{score}");
        let row = Uuid::new_v5(&Self::NAMESPACE, row.as_bytes());
        // Each half has a few fixed bits, at different places.
        let (high, low) = row.as_u64_pair();
        let occurrence = self.seen.entry(high ^ low).or_insert(0);
        *occurrence += 1;
        SubmissionId(Uuid::new_v5(&row, occurrence.to_string().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn id(ids: &mut RowIds, player: &str, at: &str, score: &str) -> String {
        let board = Slug::new("arena").unwrap();
        ids.assign(&board, &PlayerId::new(player).unwrap(), at, score)
            .to_string()
    }

    #[test]
    fn the_same_rows_get_the_same_ids_in_any_order() {
        type Row = (&'static str, &'static str, &'static str);
        fn all(rows: impl Iterator<Item = Row>) -> Vec<String> {
            let mut ids = RowIds::default();
            let mut all: Vec<String> = rows.map(|(p, at, s)| id(&mut ids, p, at, s)).collect();
            all.sort();
            all
        }
        let rows: [Row; 4] = [
            ("ada", "", "100"),
            ("bob", "", "100"),
            ("ada", "2026-01-01", "100"),
            ("ada", "", "100"),
        ];
        let forward = all(rows.into_iter());
        assert_eq!(forward, all(rows.into_iter().rev()));
        let distinct: HashSet<&String> = forward.iter().collect();
        assert_eq!(
            distinct.len(),
            rows.len(),
            "equal rows are different submissions"
        );
    }

    /// These must never change: files that were imported before count on them.
    #[test]
    fn ids_are_stable_from_release_to_release() {
        let mut ids = RowIds::default();
        assert_eq!(
            id(&mut ids, "ada", "", "100"),
            "a01e2f5f-801a-54d7-98a9-9869e305a55e"
        );
        assert_eq!(
            id(&mut ids, "ada", "", "100"),
            "63788df5-0ce5-51ad-96e5-721d21b6eb42"
        );
    }
}
