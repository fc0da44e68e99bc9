//! Reads CSV by RFC 4180, strictly where a mistake would lose or change data: a quote that is not
//! closed ends the reading, and text after a closing quote makes the row faulty. The reader of the
//! `csv` crate accepts both in silence.
//!
//! A quote inside an unquoted cell is part of its text. `\n`, `\r\n` and `\r` end a row. One row is
//! in memory at a time.

use std::io::{self, BufRead, BufReader, Read};

use csv::ByteRecord;
use leaderport::InvalidValue;

/// Maximum size of a row, in bytes.
const MAX_ROW: usize = 1 << 20;

/// A failure after which the rest of the file is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(
        "line {line}: a quote (\") is opened here and never closed, so this row and all later rows \
         were not read; close the quote, and write a quote inside a cell as two"
    )]
    UnclosedQuote { line: u64 },
    #[error(
        "line {line}: the quote (\") that is opened here ends in line {end} before other text, so \
         this row and all later rows were not read; is a closing quote missing in between? Write a \
         quote inside a cell as two"
    )]
    BrokenQuote { line: u64, end: u64 },
    #[error(
        "line {line}: a row has more than 1 MiB, so this row and all later rows were not read; is \
         this a CSV file?"
    )]
    TooLong { line: u64 },
    #[error("the file is in UTF-16, or no text: save it as \"CSV UTF-8\"")]
    NoText,
}

/// Whether a cell has no text. Spreadsheets and web pages also leave no-break spaces.
pub(super) fn is_blank(cell: &[u8]) -> bool {
    str::from_utf8(cell).is_ok_and(|text| text.trim().is_empty())
}

/// A row that was read: its lines, and why it cannot be used, if it cannot.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) first_line: u64,
    pub(super) last_line: u64,
    pub(super) fault: Option<InvalidValue>,
}

/// Rows of a CSV file with their line numbers.
pub(super) struct Rows<R> {
    file: BufReader<R>,
    parser: Parser,
    bytes: u64,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(file: R, delimiter: u8) -> Self {
        Self {
            file: BufReader::new(file),
            parser: Parser::new(delimiter),
            bytes: 0,
        }
    }

    /// Advances to the next row that has a cell with text.
    pub(super) fn advance(&mut self) -> Result<Option<Row>, ReadError> {
        while let Some(row) = self.read()? {
            if row.fault.is_some() || !self.parser.record.iter().all(is_blank) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The cells of the row.
    pub(super) fn record(&self) -> &ByteRecord {
        &self.parser.record
    }

    /// Number of bytes read from the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read(&mut self) -> Result<Option<Row>, ReadError> {
        self.parser.begin();
        loop {
            let buffer = match self.file.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() {
                return self.parser.end();
            }
            let mut used = 0;
            let mut is_complete = false;
            for byte in buffer {
                used += 1;
                if self.parser.feed(*byte)? {
                    is_complete = true;
                    break;
                }
            }
            self.file.consume(used);
            self.bytes += used as u64;
            if is_complete {
                return Ok(Some(self.parser.row()));
            }
        }
    }
}

/// Position in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Start,
    /// In an unquoted cell.
    Plain,
    /// In a quoted cell.
    Quoted,
    /// After a quote in a quoted cell: its end, or the first of two.
    Closed,
    /// In spaces after a closing quote.
    Spaces,
    /// In text after a closing quote.
    Faulty,
}

struct Parser {
    delimiter: u8,
    state: State,
    record: ByteRecord,
    cell: Vec<u8>,
    /// Spaces after the cell's closing quote.
    spaces: Vec<u8>,
    /// Line of the next byte, from 1.
    line: u64,
    /// Line of the row's first byte.
    first_line: u64,
    /// Line of the last opening quote.
    opened: u64,
    /// Size of the row.
    size: usize,
    fault: Option<InvalidValue>,
    /// Whether the last byte was a carriage return.
    after_return: bool,
}

impl Parser {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::Start,
            record: ByteRecord::new(),
            cell: Vec::new(),
            spaces: Vec::new(),
            line: 1,
            first_line: 1,
            opened: 1,
            size: 0,
            fault: None,
            after_return: false,
        }
    }

    fn begin(&mut self) {
        self.record.clear();
        self.first_line = self.line;
        self.size = 0;
    }

    /// Takes the next byte. Returns whether the row is complete.
    fn feed(&mut self, byte: u8) -> Result<bool, ReadError> {
        let is_second_of_break = byte == b'\n' && self.after_return;
        self.after_return = byte == b'\r';
        if is_second_of_break {
            if self.state == State::Quoted {
                self.cell.push(byte);
            }
            return Ok(false);
        }
        self.size += 1;
        if self.size > MAX_ROW {
            return Err(match self.state {
                State::Quoted => ReadError::UnclosedQuote { line: self.opened },
                _ => ReadError::TooLong {
                    line: self.first_line,
                },
            });
        }
        let is_break = matches!(byte, b'\r' | b'\n');
        match self.state {
            State::Start if byte == b'"' => {
                self.opened = self.line;
                self.state = State::Quoted;
            }
            State::Quoted if byte == b'"' => self.state = State::Closed,
            State::Quoted => self.cell.push(byte),
            State::Closed if byte == b'"' => {
                self.cell.push(byte);
                self.state = State::Quoted;
            }
            _ if byte == self.delimiter || is_break => self.end_cell(),
            State::Closed | State::Spaces if matches!(byte, b' ' | b'\t') => {
                self.spaces.push(byte);
                self.state = State::Spaces;
            }
            State::Closed | State::Spaces if self.opened != self.line => {
                return Err(ReadError::BrokenQuote {
                    line: self.opened,
                    end: self.line,
                });
            }
            State::Closed | State::Spaces => {
                self.restore_quotes();
                self.cell.push(byte);
                self.state = State::Faulty;
            }
            State::Start | State::Plain => {
                self.cell.push(byte);
                self.state = State::Plain;
            }
            State::Faulty => self.cell.push(byte),
        }
        if is_break {
            self.line += 1;
        }
        Ok(is_break && self.state != State::Quoted)
    }

    /// Ends the file. Returns its last row, unless that ended before.
    fn end(&mut self) -> Result<Option<Row>, ReadError> {
        match self.state {
            State::Quoted => Err(ReadError::UnclosedQuote { line: self.opened }),
            State::Start if self.record.is_empty() => Ok(None),
            _ => {
                self.end_cell();
                // As if the last line had an end.
                self.line += 1;
                Ok(Some(self.row()))
            }
        }
    }

    /// The row that has just ended with its line.
    fn row(&mut self) -> Row {
        Row {
            first_line: self.first_line,
            last_line: self.line - 1,
            fault: self.fault.take(),
        }
    }

    fn end_cell(&mut self) {
        if self.state == State::Faulty && self.fault.is_none() {
            let reason = "must not have text after a closing quote; put the whole cell in quotes, \
                          and write a quote inside it as two";
            let text = String::from_utf8_lossy(&self.cell);
            self.fault = Some(InvalidValue::new("row", text, reason));
        }
        self.record.push_field(&self.cell);
        self.cell.clear();
        self.spaces.clear();
        self.state = State::Start;
    }

    /// Restores the quotes of a cell, as they are in the file.
    fn restore_quotes(&mut self) {
        let text = std::mem::take(&mut self.cell);
        self.cell.push(b'"');
        for byte in text {
            if byte == b'"' {
                self.cell.push(b'"');
            }
            self.cell.push(byte);
        }
        self.cell.push(b'"');
        self.cell.append(&mut self.spaces);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// First line, last line and cells.
    type Read = (u64, u64, Vec<String>);

    /// Each row, and the failure that ended the reading.
    fn read_all(text: &[u8]) -> (Vec<Read>, Option<ReadError>) {
        let mut rows = Rows::new(text, b',');
        let mut all = Vec::new();
        loop {
            match rows.advance() {
                Ok(Some(row)) => {
                    let cells = rows.record().iter();
                    let cells = cells.map(|cell| String::from_utf8_lossy(cell).into_owned());
                    all.push((row.first_line, row.last_line, cells.collect()));
                }
                Ok(None) => return (all, None),
                Err(error) => return (all, Some(error)),
            }
        }
    }

    #[test]
    fn rows_keep_their_line_numbers() {
        fn check(text: &str, lines: &[(u64, u64)]) {
            let (rows, error) = read_all(text.as_bytes());
            assert!(error.is_none(), "{text:?}: {error:?}");
            let found: Vec<_> = rows.into_iter().map(|(a, b, _)| (a, b)).collect();
            assert_eq!(found, lines, "{text:?}");
        }
        check("", &[]);
        check("\n", &[]);
        check("a,b\n1,2\n3,4\n", &[(1, 1), (2, 2), (3, 3)]);
        check("a,b\n1,2\n3,4", &[(1, 1), (2, 2), (3, 3)]);
        check("a,b\r\n1,2\r\n3,4\r\n", &[(1, 1), (2, 2), (3, 3)]);
        check("a,b\r1,2\r3,4", &[(1, 1), (2, 2), (3, 3)]);
        check("a,b\n\n1,2\n\n\n3,4", &[(1, 1), (3, 3), (6, 6)]);
        check("\r\na,b\r\n\r\n1,2\r\n  \r\n3,4", &[(2, 2), (4, 4), (6, 6)]);
        check("a,b\n\"1\n\n1\",2\n3,4\n", &[(1, 1), (2, 4), (5, 5)]);
        check(
            "a,b\r\n\"1\r\n1\",\"2\r\n\"\r\n3,4\r\n",
            &[(1, 1), (2, 4), (5, 5)],
        );
    }

    #[test]
    fn rows_without_text_are_skipped() {
        let text = "a,b,\n1,2,\n,,\n ,\"\" ,\n,,,,\n\n3,4,\n\u{a0},\" \u{3000}\",\n,,";
        let (rows, _) = read_all(text.as_bytes());
        let lines: Vec<_> = rows.iter().map(|(line, ..)| *line).collect();
        assert_eq!(lines, [1, 2, 7]);
    }

    #[test]
    fn quotes_follow_rfc_4180() {
        fn check(text: &str, cells: &[&str]) {
            let (rows, error) = read_all(text.as_bytes());
            assert!(error.is_none(), "{text:?}: {error:?}");
            assert_eq!(rows[0].2, cells, "{text:?}");
        }
        check("\"a\",\"b,c\"", &["a", "b,c"]);
        check("\"The \"\"Rock\"\"\",1", &["The \"Rock\"", "1"]);
        check("\"\"\"\",1", &["\"", "1"]);
        check("\"\",1", &["", "1"]);
        check("The \"Rock\",1", &["The \"Rock\"", "1"]);
        check("6\" of snow,1", &["6\" of snow", "1"]);
        check("\"a\" ,1", &["a", "1"]);
        check("\"a\nb\",1", &["a\nb", "1"]);
        check("\"a\r\nb\",1\r\n", &["a\r\nb", "1"]);
    }

    #[test]
    fn text_after_a_closing_quote_makes_its_row_faulty() {
        fn check(row: &str, shown: &str) {
            let text = format!("{row}\nnext,1\n");
            let mut rows = Rows::new(text.as_bytes(), b',');
            let fault = rows.advance().unwrap().unwrap().fault.unwrap();
            assert_eq!(fault.value, format!("{shown:?}"), "{row}");
            let next = rows.advance().unwrap().unwrap();
            assert!(next.fault.is_none() && next.first_line == 2, "{next:?}");
        }
        check("\"Ace\" Ventura,10", "\"Ace\" Ventura");
        check("1,\"a\"\"b\"c", "\"a\"\"b\"c");
        check("\"a\" \"b\",1", "\"a\" \"b\"");
        check("\"6\" of snow\",9", "\"6\" of snow\"");
    }

    #[test]
    fn quote_that_is_not_closed_ends_the_reading_with_its_line() {
        fn check(text: &str, rows: usize, message: &str) {
            let (read, error) = read_all(text.as_bytes());
            assert_eq!(read.len(), rows, "{text:?}");
            let error = error.unwrap().to_string();
            assert!(error.starts_with(message), "{text:?}: {error}");
            assert!(error.contains("later rows were not read"), "{error}");
        }
        let opened = |line| format!("line {line}: a quote (\") is opened here and never closed");
        check(
            "player,score\nann,10\n\"6\"\" of snow,9\nbob,8\neve,7\n",
            2,
            &opened(3),
        );
        check("a,b\n1,\"2", 1, &opened(2));
        check("\"a,b\n1,2\n", 0, &opened(1));
        check("a,b\n\"1\n1\",\"2\n", 1, &opened(3));
        check(
            "a,b\n\"ann,1\nbob,2\n\"eve\",3\ndan,4\n",
            1,
            "line 2: the quote (\") that is opened here ends in line 4 before other text",
        );
        let long = format!("a,b\n\"1,2\n{}", "bob,2\n".repeat(MAX_ROW / 4));
        check(&long, 1, &opened(2));
        let long = format!("a,b\n{}", "1,".repeat(MAX_ROW));
        check(&long, 1, "line 2: a row has more than 1 MiB");
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_back(
            rows in prop::collection::vec(
                prop::collection::vec("[a\", ;\r\n\u{e9}]{0,6}", 3..4),
                0..6,
            ),
            is_crlf in any::<bool>(),
        ) {
            let terminator = if is_crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let (read, error) = read_all(&text);
            prop_assert!(error.is_none(), "{:?}", error);
            let read: Vec<_> = read.into_iter().map(|(.., cells)| cells).collect();
            let is_blank = |row: &Vec<String>| row.iter().all(|cell| cell.trim_ascii().is_empty());
            let expected: Vec<_> = rows.into_iter().filter(|row| !is_blank(row)).collect();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn reading_never_panics(text in prop::collection::vec(
            prop::sample::select(b"a\",\r\n ".to_vec()), 0..40,
        )) {
            let _ = read_all(&text);
        }
    }
}
