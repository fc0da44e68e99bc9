//! The submission id of a row.

use std::collections::HashMap;

use leaderport::{PlayerId, Slug, SubmissionId};
use uuid::Uuid;

/// Derives the submission id of each row. Importing a row again then repeats the same submission,
/// which counts once.
///
/// The id is a UUID version 5 (RFC 9562). It is derived from board, player, time and score as
/// written in the file, and from the number of previous rows with the same values. The ids
/// therefore do not depend on the order of different rows, and a corrected name keeps the id. Two
/// equal rows are two submissions; on a `sum` board both count. If the board's format or time zone
/// has changed, the server refuses the row as a conflict and does not count it again.
///
/// Memory: 64 bits of hash and a count for each distinct row, about 20 to 40 bytes, bounded by the
/// file. Two different rows with one hash (chance 3 in a million among ten million rows) still get
/// different ids, but these depend on their order.
#[derive(Default)]
pub(super) struct RowIds {
    seen: HashMap<u64, u32>,
}

impl RowIds {
    /// Namespace of the ids. A change would make every file importable twice.
    const NAMESPACE: Uuid = Uuid::from_u128(0x0e17_d493_0dab_4160_92ff_ab8e_7147_f103);

    pub(super) fn assign(
        &mut self,
        board: &Slug,
        player: &PlayerId,
        at: &str,
        score: &str,
    ) -> SubmissionId {
        // The unit separator occurs in none of the four valid values.
        let row = format!("{board}\u{1f}{player}\u{1f}{at}\u{1f}{score}");
        let row = Uuid::new_v5(&Self::NAMESPACE, row.as_bytes());
        // Each half of a UUID has some fixed bits, at different positions.
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
    fn same_rows_get_same_ids_in_any_order() {
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

    /// These ids must never change: files imported earlier depend on them.
    #[test]
    fn ids_are_stable_across_releases() {
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
