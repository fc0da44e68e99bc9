//! Rows of a CSV file: line numbers, and conversion to submissions.

use std::io::{Chain, Read};

use anyhow::{Context, ensure};
use csv::{ByteRecord, Terminator};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use leaderport::{Board, InvalidValue, Marks, PlayerId, PlayerName, Timestamp};

use super::super::client::NewSubmission;
use super::row_ids::RowIds;

/// Rows of a CSV file with their line numbers, one row in memory at a time.
pub(super) struct CsvRows<R> {
    reader: csv::Reader<Chain<R, &'static [u8]>>,
    pub(super) record: ByteRecord,
}

impl<R: Read> CsvRows<R> {
    pub(super) fn new(file: R) -> Self {
        // The CSV reader counts a line when it consumes a line end, so each row must have exactly
        // one. Therefore only `\n` ends a row, and a final `\n` is appended to the file. A `\r`
        // before it is trimmed with the spaces of the cell.
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(file.chain(&b"\n"[..]));
        Self {
            reader,
            record: ByteRecord::new(),
        }
    }

    /// Names of the columns; empty for an empty file. Must be called before the rows are read.
    pub(super) fn header(&mut self) -> csv::Result<Vec<String>> {
        if self.advance()?.is_none() {
            return Ok(Vec::new());
        }
        let cells = self.record.iter();
        Ok(cells
            .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
            .collect())
    }

    /// Advances to the next row that is not blank. Returns the number of its first line.
    pub(super) fn advance(&mut self) -> csv::Result<Option<u64>> {
        while self.reader.read_byte_record(&mut self.record)? {
            let is_blank = self.record.len() <= 1
                && self.record.iter().all(|cell| cell.trim_ascii().is_empty());
            if !is_blank {
                let breaks_in_cells: u64 = self
                    .record
                    .as_slice()
                    .iter()
                    .map(|byte| u64::from(*byte == b'\n'))
                    .sum();
                return Ok(Some(self.reader.position().line() - 1 - breaks_in_cells));
            }
        }
        Ok(None)
    }

    /// Number of bytes read from the file.
    pub(super) fn bytes(&self) -> u64 {
        self.reader.position().byte()
    }
}

pub(super) fn find_column(header: &[String], name: &str) -> anyhow::Result<usize> {
    ensure!(
        !header.is_empty(),
        "the file is empty: it needs a header row that names its columns"
    );
    header
        .iter()
        .position(|column| column == name)
        .with_context(|| {
            format!(
                "the file has no column {name:?}; its columns are {}",
                header.join(", ")
            )
        })
}

/// Indexes of the columns.
pub(super) struct Columns {
    pub(super) player: usize,
    pub(super) name: Option<usize>,
    pub(super) score: usize,
    pub(super) at: Option<usize>,
    /// Number of columns.
    pub(super) count: usize,
}

/// Converts rows to submissions to one board.
pub(super) struct RowReader {
    board: Board,
    zone: TimeZone,
    columns: Columns,
    ids: RowIds,
}

impl RowReader {
    pub(super) fn new(board: Board, columns: Columns) -> anyhow::Result<Self> {
        let zone = TimeZone::get(&board.time_zone).with_context(|| {
            format!("the board's time zone {} is unknown here", board.time_zone)
        })?;
        Ok(Self {
            board,
            zone,
            columns,
            ids: RowIds::default(),
        })
    }

    pub(super) fn read(&mut self, row: &ByteRecord) -> Result<NewSubmission, InvalidValue> {
        let columns = &self.columns;
        if row.len() != columns.count {
            let reason = format!("must have {} cells, as many as the header", columns.count);
            return Err(InvalidValue::new("row", row.len(), reason));
        }
        let player_text = cell(row, "player", columns.player)?;
        let score_text = cell(row, "score", columns.score)?;
        let at_text = columns
            .at
            .map(|column| cell(row, "at", column))
            .transpose()?;
        let name_text = columns
            .name
            .map(|column| cell(row, "name", column))
            .transpose()?;

        let player = PlayerId::new(player_text)?;
        let value = self
            .board
            .format
            .read(score_text, Marks::ENGLISH)
            .map_err(|e| e.of("score"))?;
        let at = at_text.map(|text| read_at(text, &self.zone)).transpose()?;
        let name = name_text
            .filter(|text| !text.is_empty())
            .map(PlayerName::new)
            .transpose()?;
        let id = self
            .ids
            .assign(&self.board.slug, &player, at_text.unwrap_or(""), score_text);
        Ok(NewSubmission {
            id: Some(id),
            player,
            name,
            value,
            at,
        })
    }
}

/// A cell's text, trimmed.
pub(super) fn cell<'a>(
    row: &'a ByteRecord,
    field: &'static str,
    column: usize,
) -> Result<&'a str, InvalidValue> {
    let bytes = row
        .get(column)
        .expect("the row has as many cells as the header");
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.trim()),
        Err(_) => Err(InvalidValue::new(
            field,
            String::from_utf8_lossy(bytes),
            "must be UTF-8 text",
        )),
    }
}

/// Parses an instant. A text without an offset from UTC is in the board's time zone; a date alone
/// means midnight.
pub(super) fn read_at(text: &str, zone: &TimeZone) -> Result<Timestamp, InvalidValue> {
    let refused = |reason: String| InvalidValue::new("at", text, reason);
    let unreadable = || {
        refused(
            "must be a time like 2026-11-21T10:00:00Z, 2026-11-21 10:00:00 or 2026-11-21".into(),
        )
    };
    let instant = match text.parse::<jiff::Timestamp>() {
        Ok(instant) => instant,
        // Refuse a zone name in brackets, which the parser would ignore in favour of the board's
        // zone.
        Err(_) if text.contains('[') => return Err(unreadable()),
        Err(_) => {
            let civil: DateTime = text.parse().map_err(|_| unreadable())?;
            zone.to_ambiguous_timestamp(civil)
                .compatible()
                .map_err(|_| unreadable())?
        }
    };
    Timestamp::from_millis(instant.as_millisecond()).map_err(|e| refused(e.reason))
}

#[cfg(test)]
mod tests {
    use leaderport::{BoardDraft, Slug};

    use super::*;

    fn rows(text: &str) -> CsvRows<&[u8]> {
        CsvRows::new(text.as_bytes())
    }

    /// Line and cells of each row, including the header.
    fn read_all(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut rows = rows(text);
        let mut all = Vec::new();
        while let Some(line) = rows.advance().unwrap() {
            let cells = rows
                .record
                .iter()
                .map(|c| String::from_utf8_lossy(c).trim().to_owned());
            all.push((line, cells.collect()));
        }
        all
    }

    fn reader(time_zone: &str) -> RowReader {
        let draft: BoardDraft = serde_json::from_value(serde_json::json!({
            "title": "Laps", "policy": "sum", "order": "descending", "tie": "earliest",
            "periods": ["all_time"], "time_zone": time_zone,
        }))
        .unwrap();
        let board = Board::new(Slug::new("laps").unwrap(), draft).unwrap();
        let columns = Columns {
            player: 0,
            name: Some(1),
            score: 2,
            at: Some(3),
            count: 4,
        };
        RowReader::new(board, columns).unwrap()
    }

    #[test]
    fn rows_keep_their_line_numbers() {
        fn check(text: &str, lines: &[u64]) {
            let found: Vec<u64> = read_all(text).into_iter().map(|(line, _)| line).collect();
            assert_eq!(found, lines, "{text:?}");
        }
        check("", &[]);
        check("a,b\n1,2\n3,4\n", &[1, 2, 3]);
        check("a,b\n1,2\n3,4", &[1, 2, 3]);
        check("a,b\r\n1,2\r\n3,4\r\n", &[1, 2, 3]);
        check("a,b\n\n1,2\n\n\n3,4", &[1, 3, 6]);
        check("\r\na,b\r\n\r\n1,2\r\n  \r\n3,4", &[2, 4, 6]);
        check("a,b\n\"1\n\n1\",2\n3,4\n", &[1, 2, 5]);
        check("a,b\r\n\"1\r\n1\",\"2\r\n\"\r\n3,4\r\n", &[1, 2, 5]);
    }

    #[test]
    fn byte_order_mark_quotes_and_spaces_are_stripped() {
        let mut rows = rows("\u{feff}player , score\r\n\"ada\",\"1,000\"\r\n");
        assert_eq!(rows.header().unwrap(), ["player", "score"]);
        rows.advance().unwrap();
        assert_eq!(cell(&rows.record, "player", 0).unwrap(), "ada");
        assert_eq!(cell(&rows.record, "score", 1).unwrap(), "1,000");
    }

    #[test]
    fn missing_column_error_lists_the_existing_columns() {
        let header = ["player".to_owned(), "points".to_owned()];
        assert_eq!(find_column(&header, "points").unwrap(), 1);
        assert_eq!(
            find_column(&header, "score").unwrap_err().to_string(),
            "the file has no column \"score\"; its columns are player, points"
        );
        assert!(
            find_column(&[], "score")
                .unwrap_err()
                .to_string()
                .contains("is empty")
        );
    }

    #[test]
    fn valid_row_becomes_a_submission() {
        let mut reader = reader("Europe/Berlin");
        let row = ByteRecord::from(vec!["ada", " Ada ", "1,250", "2026-11-21"]);
        let submission = reader.read(&row).unwrap();
        assert_eq!(submission.player.as_str(), "ada");
        assert_eq!(submission.name.unwrap().as_str(), "Ada");
        assert_eq!(submission.value.get(), 1250);
        assert_eq!(
            submission.at.unwrap().to_string(),
            "2026-11-20T23:00:00.000Z"
        );

        let nameless = ByteRecord::from(vec!["ada", "", "1", "2026-11-21"]);
        assert!(reader.read(&nameless).unwrap().name.is_none());
    }

    #[test]
    fn invalid_row_error_names_cell_reason_and_value() {
        fn check(row: &[&[u8]], message: &str) {
            let error = reader("UTC")
                .read(&ByteRecord::from(row.to_vec()))
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
        check(&[b"ada", b"Ada", b"1"], "row: must have 4 cells");
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
        check("1969-12-31T00:00:00Z", None);
        check("21.11.2026", None);
        check("", None);
    }

    #[test]
    fn rejected_row_does_not_change_later_ids() {
        let mut reader = reader("UTC");
        let good = ByteRecord::from(vec!["ada", "Ada", "7", "2026-11-21"]);
        let bad = ByteRecord::from(vec!["ada", "\u{7}", "7", "2026-11-21"]);
        assert!(reader.read(&bad).is_err());
        let after_bad = reader.read(&good).unwrap().id;
        assert_eq!(after_bad, self::reader("UTC").read(&good).unwrap().id);
    }
}
