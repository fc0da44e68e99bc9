//! The submission id of a row.

use std::collections::HashMap;

use indicatif::HumanCount;
use leaderport::{InvalidValue, Slug, SubmissionId};
use uuid::Uuid;

/// Derives the submission id of each row. Importing a row again then repeats the same submission,
/// which counts once.
///
/// The id is a UUID version 5 (RFC 9562) of the row's identity: the board, the source and the line,
/// or the board, the source and the text in a column of row ids. The content is not part of it:
/// equal rows are different submissions, and a changed row is refused by the server as a conflict.
pub(super) struct RowIds {
    board: Slug,
    source: String,
    /// Lines of the ids so far, by their hash, if the file has a column of ids. 64 bits of hash are
    /// enough: two ids among ten million have one with a chance of 3 in a million.
    seen: HashMap<u64, u64>,
}

impl RowIds {
    /// Namespace of the ids. A change would make every file importable twice.
    const NAMESPACE: Uuid = Uuid::from_u128(0x5b0c_2f6e_91d4_4c7a_a3e8_1d6f_70b2_49c5);

    /// `source` has no control characters.
    pub(super) fn new(board: Slug, source: String) -> Self {
        Self {
            board,
            source,
            seen: HashMap::new(),
        }
    }

    /// The id of the row that begins in a line.
    pub(super) fn of_line(&self, line: u64) -> SubmissionId {
        SubmissionId(self.of("line", &line.to_string()))
    }

    /// The id of a row with its own id.
    ///
    /// # Errors
    /// Refuses an empty text, and a text that an earlier line has.
    pub(super) fn of_text(&mut self, text: &str, line: u64) -> Result<SubmissionId, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::new("id", text, "must not be empty"));
        }
        let id = self.of("id", text);
        // Each half has some fixed bits, at different places.
        let (high, low) = id.as_u64_pair();
        let earlier = *self.seen.entry(high ^ low).or_insert(line);
        if earlier != line {
            let reason = format!("must be unique in the file, and line {earlier} has it too");
            return Err(InvalidValue::new("id", text, reason));
        }
        Ok(SubmissionId(id))
    }

    fn of(&self, kind: &str, text: &str) -> Uuid {
        // The unit separator occurs in none of the first three.
        let Self { board, source, .. } = self;
        let row = format!("{kind}\u{1f}{board}\u{1f}{source}\u{1f}{text}");
        Uuid::new_v5(&Self::NAMESPACE, row.as_bytes())
    }
}

/// Numbers of rows of an import, by the server's answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Answers {
    pub(super) accepted: u64,
    /// Rows that an earlier import had submitted.
    pub(super) repeated: u64,
    /// Rows whose id is that of an earlier row with other content.
    pub(super) conflicting: u64,
}

/// The sentence about a file whose name and lines were imported before. Another file of that name
/// looks the same, so only its reader can tell whether rows are missing.
pub(super) fn reused_source(source: &str, answers: Answers) -> Option<String> {
    let [accepted, repeated, conflicting] =
        [answers.accepted, answers.repeated, answers.conflicting].map(HumanCount);
    match (conflicting.0, repeated.0) {
        (0, 0) => None,
        (0, _) => Some(format!(
            "{repeated} rows are the same as those of {source:?} that were imported before, line by \
             line, and count once; if this is another file of that name, set --source"
        )),
        _ => Some(format!(
            "{conflicting} rows differ from those of {source:?} that were imported before. If this \
             is another file of that name, {repeated} equal rows did not count, and {accepted} rows \
             count already: import the rejected and the equal rows alone, with --source"
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn ids(board: &str, source: &str) -> RowIds {
        RowIds::new(Slug::new(board).unwrap(), source.to_owned())
    }

    #[test]
    fn board_source_and_line_or_text_identify_a_row() {
        let mut distinct = HashSet::new();
        for board in ["arena", "other"] {
            for source in ["", "a.csv", "b.csv"] {
                for line in [2, 3] {
                    let id = ids(board, source).of_line(line);
                    assert_eq!(id, ids(board, source).of_line(line));
                    assert!(distinct.insert(id));
                    let text = line.to_string();
                    let id = ids(board, source).of_text(&text, 7).unwrap();
                    assert_eq!(id, ids(board, source).of_text(&text, 8).unwrap());
                    assert!(distinct.insert(id));
                }
            }
        }
    }

    #[test]
    fn text_of_an_earlier_line_is_refused() {
        let mut ids = ids("arena", "");
        assert!(ids.of_text("x", 2).is_ok());
        assert!(ids.of_text("y", 3).is_ok());
        let error = ids.of_text("x", 4).unwrap_err().to_string();
        assert!(error.contains("line 2 has it too"), "{error}");
        assert!(ids.of_text("", 5).is_err());
    }

    #[test]
    fn reused_source_is_reported_with_its_consequences() {
        fn check([accepted, repeated, conflicting]: [u64; 3], texts: &[&str]) {
            let answers = Answers {
                accepted,
                repeated,
                conflicting,
            };
            let told = reused_source("votes.csv", answers).unwrap_or_default();
            assert_eq!(told.is_empty(), texts.is_empty(), "{told}");
            for text in texts {
                assert!(told.contains(text), "{told}");
            }
        }
        check([3, 0, 0], &[]);
        check(
            [0, 3, 0],
            &["3 rows are the same", "\"votes.csv\"", "--source"],
        );
        let texts = ["1 rows differ", "2 equal rows", "3 rows count", "--source"];
        check([3, 2, 1], &texts);
    }

    /// These ids must never change: files imported earlier depend on them.
    #[test]
    fn ids_are_stable_across_releases() {
        let mut ids = ids("arena", "scores.csv");
        assert_eq!(
            ids.of_line(2).to_string(),
            "a98747fc-76f5-5102-a417-0ec99b1bf027"
        );
        assert_eq!(
            ids.of_text("2", 2).unwrap().to_string(),
            "8a343d25-67cc-5393-bbdf-773825dda23a"
        );
    }
}
