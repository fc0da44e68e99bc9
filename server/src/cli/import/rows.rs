//! Rows of a CSV file: found with their line numbers, read as submissions.

use std::io::{Chain, Read};

use anyhow::{Context, ensure};
use csv::{ByteRecord, Terminator};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use leaderport::{Board, InvalidValue, Marks, PlayerId, PlayerName, Timestamp};

use super::super::client::NewSubmission;
use super::row_ids::RowIds;

/// The rows of a CSV file with their line numbers, one in memory at a time.
pub(super) struct CsvRows<R> {
    reader: csv::Reader<Chain<R, &'static [u8]>>,
    pub(super) record: ByteRecord,
}

impl<R: Read> CsvRows<R> {
    pub(super) fn new(file: R) -> Self {
        // The reader counts lines as it consumes their ends. So that it has
        // consumed exactly one after each row, `\n` alone ends a row (`\r` before
        // it is trimmed with the cell's spaces), and the last row gets one too.
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

    /// The columns' names; none in an empty file. To be read before the rows.
    pub(super) fn header(&mut self) -> csv::Result<Vec<String>> {
        if self.advance()?.is_none() {
            return Ok(Vec::new());
        }
        let cells = self.record.iter();
        Ok(cells
            .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
            .collect())
    }

    /// Goes to the next row that is not blank; the number of its first line.
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

    /// How many bytes of the file have been read.
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

/// Where a row has what.
pub(super) struct Columns {
    pub(super) player: usize,
    pub(super) name: Option<usize>,
    pub(super) score: usize,
    pub(super) at: Option<usize>,
    /// How many there are.
    pub(super) count: usize,
}

/// Reads rows as submissions to one board.
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

/// A cell's text, without spaces at its ends.
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

/// Reads an instant; one without an offset from UTC is of the board's calendar,
/// and a date alone is its midnight.
pub(super) fn read_at(text: &str, zone: &TimeZone) -> Result<Timestamp, InvalidValue> {
    let refused = |reason: String| InvalidValue::new("at", text, reason);
    let unreadable = || {
        refused(
            "must be a time like 2026-11-21T10:00:00Z, 2026-11-21 10:00:00 or 2026-11-21".into(),
        )
    };
    let instant = match text.parse::<jiff::Timestamp>() {
        Ok(instant) => instant,
        // The name of a zone in brackets would be read past, in favour of the board's.
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
