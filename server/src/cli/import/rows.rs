//! Conversion of rows to submissions.

use anyhow::Context;
use csv::ByteRecord;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use leaderport::{
    Board, InvalidValue, Marks, PlayerId, PlayerName, ScoreFormat, SubmissionId, Timestamp,
};

use super::super::client::NewSubmission;
use super::csv_reader::is_blank;
use super::row_ids::RowIds;

/// Indexes of the columns.
pub(super) struct Columns {
    pub(super) player: usize,
    pub(super) name: Option<usize>,
    pub(super) score: usize,
    pub(super) at: Option<usize>,
    /// Column of the row ids.
    pub(super) id: Option<usize>,
    /// Number of columns.
    pub(super) count: usize,
    /// Number of columns up to the last one with a name.
    pub(super) named: usize,
}

/// Converts rows to submissions to one board.
pub(super) struct RowReader {
    format: ScoreFormat,
    zone: TimeZone,
    marks: Marks,
    columns: Columns,
    ids: RowIds,
}

impl RowReader {
    pub(super) fn new(
        board: &Board,
        marks: Marks,
        columns: Columns,
        ids: RowIds,
    ) -> anyhow::Result<Self> {
        let zone = TimeZone::get(&board.time_zone).with_context(|| {
            format!("the board's time zone {} is unknown here", board.time_zone)
        })?;
        Ok(Self {
            format: board.format,
            zone,
            marks,
            columns,
            ids,
        })
    }

    /// The text of the score, if the row has one.
    pub(super) fn score_text<'a>(&self, row: &'a ByteRecord) -> Option<&'a str> {
        str::from_utf8(row.get(self.columns.score)?).ok()
    }

    /// The submission of the row that begins in a line.
    pub(super) fn read(
        &mut self,
        row: &ByteRecord,
        line: u64,
    ) -> Result<NewSubmission, InvalidValue> {
        let columns = &self.columns;
        if row.len() < columns.named || !row.iter().skip(columns.count).all(is_blank) {
            let reason = format!(
                "must have {} cells, as many as the header; a cell that contains the delimiter \
                 needs quotes",
                columns.count
            );
            return Err(InvalidValue::new("row", row.len(), reason));
        }
        let maybe = |field, column: Option<usize>| column.map(|c| cell(row, field, c)).transpose();
        let player_text = cell(row, "player", columns.player)?;
        let score_text = cell(row, "score", columns.score)?;
        let at_text = maybe("at", columns.at)?;
        let name_text = maybe("name", columns.name)?;
        let id_text = maybe("id", columns.id)?;

        let player = PlayerId::new(player_text)?;
        let value = self.format.read(score_text, self.marks);
        let value = value.map_err(|error| self.explain(error.of("score"), score_text))?;
        let at = at_text.map(|text| read_at(text, &self.zone)).transpose()?;
        let name = name_text
            .filter(|text| !text.is_empty())
            .map(PlayerName::new)
            .transpose()?;
        // Last, so that a rejected row does not take its id from a later one.
        let id: SubmissionId = match id_text {
            Some(text) => self.ids.of_text(text, line)?,
            None => self.ids.of_line(line),
        };
        Ok(NewSubmission {
            id: Some(id),
            player,
            name,
            value,
            at,
        })
    }

    /// Names the flag, if the other decimal mark would make the score readable.
    fn explain(&self, mut error: InvalidValue, score: &str) -> InvalidValue {
        let (mark, other) = match self.marks.decimal {
            ',' => ("point", super::decimal_mark::decimal_mark(".")),
            _ => ("comma", super::decimal_mark::decimal_mark(",")),
        };
        if other.is_ok_and(|marks| self.format.read(score, marks).is_ok()) {
            error.reason.push_str("; if its decimal mark is a ");
            error.reason.push_str(mark);
            error.reason.push_str(", set --decimal-mark");
        }
        error
    }
}

/// A cell's text, trimmed.
fn cell<'a>(
    row: &'a ByteRecord,
    field: &'static str,
    column: usize,
) -> Result<&'a str, InvalidValue> {
    // Only a column without a name may be missing, and none of those is read.
    let bytes = row.get(column).unwrap_or_default();
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.trim()),
        Err(_) => Err(InvalidValue::new(
            field,
            String::from_utf8_lossy(bytes),
            "must be UTF-8 text; save the file as \"CSV UTF-8\"",
        )),
    }
}

/// Parses an instant. A text without an offset from UTC is in the board's time zone; a date alone
/// means midnight.
fn read_at(text: &str, zone: &TimeZone) -> Result<Timestamp, InvalidValue> {
    let refused = |reason: String| InvalidValue::new("at", text, reason);
    let unreadable = || {
        refused(
            "must be a time like 2026-11-21T10:00:00Z, 2026-11-21 10:00:00 or 2026-11-21, from \
             the year 1 to 9999"
                .into(),
        )
    };
    let instant = match text.parse::<jiff::Timestamp>() {
        Ok(instant) => instant,
        // The parser would ignore a zone name in brackets, and use the board's zone.
        Err(_) if text.contains('[') => return Err(unreadable()),
        Err(_) => {
            let civil: DateTime = text.parse().map_err(|_| unreadable())?;
            zone.to_ambiguous_timestamp(civil)
                .compatible()
                .map_err(|_| unreadable())?
        }
    };
    // Rounded down also before 1970.
    let millis = i64::try_from(instant.as_nanosecond().div_euclid(1_000_000));
    let millis = millis.map_err(|_| unreadable())?;
    Timestamp::from_millis(millis).map_err(|e| refused(e.reason))
}

#[cfg(test)]
mod tests {
    use leaderport::{BoardDraft, Slug};
    use serde_json::json;

    use super::super::decimal_mark::decimal_mark;
    use super::*;

    /// A reader of the columns player, name, score, time and a nameless one.
    fn reader_of(format: &serde_json::Value, time_zone: &str, mark: &str) -> RowReader {
        let draft: BoardDraft = serde_json::from_value(json!({
            "title": "Laps", "policy": "sum", "order": "descending", "tie": "earliest",
            "periods": ["all_time"], "time_zone": time_zone, "format": format,
        }))
        .unwrap();
        let board = Board::new(Slug::new("laps").unwrap(), draft).unwrap();
        let columns = Columns {
            player: 0,
            name: Some(1),
            score: 2,
            at: Some(3),
            id: None,
            count: 5,
            named: 4,
        };
        let ids = RowIds::new(board.slug.clone(), "laps.csv".to_owned());
        RowReader::new(&board, decimal_mark(mark).unwrap(), columns, ids).unwrap()
    }

    fn reader(time_zone: &str) -> RowReader {
        reader_of(&json!("integer"), time_zone, ".")
    }

    #[test]
    fn valid_row_becomes_a_submission() {
        let mut reader = reader("Europe/Berlin");
        let row = ByteRecord::from(vec!["ada", " Ada ", "1,250", "2026-11-21"]);
        let submission = reader.read(&row, 2).unwrap();
        assert_eq!(submission.player.as_str(), "ada");
        assert_eq!(submission.name.unwrap().as_str(), "Ada");
        assert_eq!(submission.value.get(), 1250);
        assert_eq!(
            submission.at.unwrap().to_string(),
            "2026-11-20T23:00:00.000Z"
        );

        let nameless = ByteRecord::from(vec!["ada", "", "1", "2026-11-21"]);
        assert!(reader.read(&nameless, 3).unwrap().name.is_none());
    }

    #[test]
    fn invalid_row_error_names_cell_reason_and_value() {
        fn check(row: &[&[u8]], message: &str) {
            let error = reader("UTC")
                .read(&ByteRecord::from(row.to_vec()), 2)
                .unwrap_err();
            assert!(error.to_string().starts_with(message), "{error}");
            assert!(error.to_string().contains("(got \""), "{error}");
        }
        let at = b"2026-11-21";
        check(&[b"ada", b"Ada", b"abc", at], "score: must be a score like");
        check(&[b"ada", b"Ada", b"", at], "score: must be a score like");
        check(&[b"", b"Ada", b"1", at], "player: must be 1 to 64 bytes");
        check(&[b"ada", &[b'x'; 41], b"1", at], "name: must be 1 to 40");
        check(
            &[b"ada", b"Ada", b"1", b"yesterday"],
            "at: must be a time like",
        );
        check(&[b"ada", b"Ada", b"1", b""], "at: must be a time like");
        check(&[b"ada", b"Ad\xe4", b"1", at], "name: must be UTF-8 text");
        check(&[b"ada", b"Ada", b"1"], "row: must have 5 cells");
    }

    #[test]
    fn times_without_offset_are_in_the_boards_time_zone() {
        fn check(text: &str, expected: Option<&str>) {
            let zone = TimeZone::get("America/New_York").unwrap();
            let found = read_at(text, &zone).ok().map(|at| at.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        check("2026-11-21T10:00:00Z", Some("2026-11-21T10:00:00.000Z"));
        check(
            "2026-11-21T10:00:00.5+01:00",
            Some("2026-11-21T09:00:00.500Z"),
        );
        check("2026-11-21", Some("2026-11-21T05:00:00.000Z"));
        check("2026-07-01", Some("2026-07-01T04:00:00.000Z"));
        check("2026-11-21 10:00:00", Some("2026-11-21T15:00:00.000Z"));
        check("2026-11-21T10:00", Some("2026-11-21T15:00:00.000Z"));
        // Skipped by daylight saving: moved forward by the length of the gap.
        check("2026-03-08 02:30:00", Some("2026-03-08T07:30:00.000Z"));
        check("2026-11-21T10:00:00[Europe/Berlin]", None);
        check("1968-10-18", Some("1968-10-18T04:00:00.000Z"));
        check("1968-10-18T20:00:00Z", Some("1968-10-18T20:00:00.000Z"));
        // Before time zones, the clock is the sun's.
        check("1776-07-04", Some("1776-07-04T04:56:02.000Z"));
        check("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00.000Z"));
        check("0000-12-31T23:59:59Z", None);
        check("9999-12-31T23:59:59Z", None);
        check("10000-01-01", None);
        check("21.11.2026", None);
        check("", None);
    }

    #[test]
    fn spare_cells_are_accepted_if_they_are_empty() {
        fn check(row: &[&str], is_accepted: bool) {
            let read = reader("UTC").read(&ByteRecord::from(row.to_vec()), 2);
            assert_eq!(read.is_ok(), is_accepted, "{row:?}: {read:?}");
        }
        let at = "2026-11-21";
        check(&["ada", "Ada", "1", at], true);
        check(&["ada", "Ada", "1", at, ""], true);
        check(&["ada", "Ada", "1", at, "text in a nameless column"], true);
        check(&["ada", "Ada", "1", at, "", "", " "], true);
        check(&["ada", "Ada", "1", at, "", "x"], false);
        check(&["ada", "Ada", "1"], false);
    }

    #[test]
    fn scores_are_read_with_the_decimal_mark() {
        fn check(format: &serde_json::Value, mark: &str, score: &str, expected: Result<i64, &str>) {
            let row = ByteRecord::from(vec!["ada", "Ada", score, "2026-11-21"]);
            let read = reader_of(format, "UTC", mark).read(&row, 2);
            match (read, expected) {
                (Ok(read), Ok(value)) => assert_eq!(read.value.get(), value, "{score}"),
                (Err(error), Err(text)) => {
                    let error = error.to_string();
                    assert!(error.contains(text), "{score}: {error}");
                }
                (read, _) => panic!("{score}: {read:?}"),
            }
        }
        let three = &json!({ "decimals": 3 });
        let duration = &json!("duration");
        check(three, ",", "9,580", Ok(9_580));
        check(three, ",", "1.234,5", Ok(1_234_500));
        check(three, ".", "9.580", Ok(9_580));
        check(three, ".", "9,580", Ok(9_580_000));
        check(three, ".", "9,58", Err("set --decimal-mark"));
        check(three, ",", "9.58", Err("set --decimal-mark"));
        check(three, ".", "9.5800", Err("with at most 3 decimals"));
        check(duration, ",", "59,123", Ok(59_123));
        check(duration, ",", "61,5", Ok(61_500));
        check(duration, ",", "1:02,5", Ok(62_500));
        check(duration, ".", "1:75.5", Err("less than 60"));
        check(duration, ".", "DNF", Err("(got \"DNF\")"));
    }

    #[test]
    fn row_ids_come_from_lines_or_from_their_column() {
        let row = |id: &'static str| ByteRecord::from(vec!["ada", "Ada", "7", "2026-11-21", id]);
        let mut lines = reader("UTC");
        let first = lines.read(&row("x"), 2).unwrap().id;
        assert_eq!(lines.read(&row("y"), 2).unwrap().id, first);
        assert_ne!(lines.read(&row("x"), 3).unwrap().id, first);

        let mut texts = reader("UTC");
        texts.columns.id = Some(4);
        let first = texts.read(&row("x"), 2).unwrap().id;
        assert_ne!(texts.read(&row("y"), 3).unwrap().id, first);
        let twice = texts.read(&row("x"), 4).unwrap_err().to_string();
        assert!(twice.starts_with("id: must be unique"), "{twice}");
    }
}
