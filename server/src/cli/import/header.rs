//! The beginning of a CSV file: byte order mark, delimiter and header row.

use std::io::{self, Chain, Cursor, Read};

use anyhow::{Context, bail, ensure};

use super::csv_reader::{ReadError, Rows};

/// Delimiters that are detected. If several fit, the first one is used.
const DETECTED: [u8; 3] = [b',', b';', b'\t'];

/// Maximum size of the header row, in bytes.
const MAX_HEADER: usize = 1 << 20;

/// The beginning of the file, and the rest.
type File<R> = Chain<Cursor<Vec<u8>>, R>;

/// A CSV file whose header row was read.
pub(super) struct CsvFile<R> {
    pub(super) rows: Rows<File<R>>,
    pub(super) delimiter: u8,
    /// Names of the columns; empty for an empty file.
    pub(super) header: Vec<String>,
}

impl<R: Read> CsvFile<R> {
    /// Reads the header row. Without a delimiter, uses that which finds most of the `wanted`
    /// columns, or else most columns. A first line like `sep=;`, which Excel writes, decides, too.
    pub(super) fn new(
        mut file: R,
        delimiter: Option<u8>,
        wanted: &[&str],
    ) -> Result<Self, ReadError> {
        let head = read_head(&mut file)?;
        let (mark, text) = after_mark(&head);
        let is_utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
        if is_utf16 || names_line(text).0.contains(&0) {
            return Err(ReadError::NoText);
        }
        let directive = directive(text);
        let delimiter = delimiter
            .or(directive)
            .unwrap_or_else(|| detect(names_line(text).0, wanted));
        let mut head = Cursor::new(head);
        head.set_position(mark);
        let mut rows = Rows::new(head.chain(file), delimiter);
        if directive.is_some() {
            rows.advance()?;
        }
        let header = header(&mut rows)?;
        Ok(Self {
            rows,
            delimiter,
            header,
        })
    }
}

/// The names in the next row; empty past the end.
fn header(rows: &mut Rows<impl Read>) -> Result<Vec<String>, ReadError> {
    if rows.advance()?.is_none() {
        return Ok(Vec::new());
    }
    let cells = rows.record().iter();
    let names = cells.map(|cell| String::from_utf8_lossy(cell).trim().to_owned());
    Ok(names.collect())
}

/// Reads the file until the first line with a name is complete.
fn read_head(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while head.len() < MAX_HEADER && !names_line(after_mark(&head).1).1 {
        let mut chunk = [0; 8192];
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => head.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(head)
}

/// The length of the byte order mark, and the text after it. Some programs write the mark twice.
fn after_mark(head: &[u8]) -> (u64, &[u8]) {
    let (mut length, mut text) = (0, head);
    while let Some(rest) = text.strip_prefix(b"\xef\xbb\xbf") {
        length += 3;
        text = rest;
    }
    (length, text)
}

/// The delimiter in a first line like `sep=;`.
fn directive(text: &[u8]) -> Option<u8> {
    let (sep, rest) = text.split_at_checked(4)?;
    let is_alone = matches!(rest.get(1), Some(b'\r' | b'\n'));
    let can_delimit = |byte: &&u8| !byte.is_ascii_alphanumeric() && **byte != b'"';
    let delimiter = rest.first().filter(can_delimit);
    delimiter
        .copied()
        .filter(|_| sep.eq_ignore_ascii_case(b"sep=") && is_alone)
}

/// The first line with a name, after a line like `sep=;`, and whether it has ended. A line break in
/// quotes does not end it.
fn names_line(text: &[u8]) -> (&[u8], bool) {
    let text = &text[directive(text).map_or(0, |_| "sep=;".len())..];
    let (mut start, mut has_name, mut is_quoted) = (0, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\r' | b'\n' if !is_quoted => {
                if has_name {
                    return (&text[start..at], true);
                }
                start = at + 1;
            }
            b' ' | b'\t' | b',' | b';' => {}
            _ => has_name = true,
        }
    }
    (&text[start..], false)
}

fn detect(line: &[u8], wanted: &[&str]) -> u8 {
    let fit = |delimiter: u8| {
        // A faulty line has no names here, and is reported when it is read.
        let names = header(&mut Rows::new(line, delimiter)).unwrap_or_default();
        let is_found = |name: &&&str| names.iter().any(|column| column == **name);
        (wanted.iter().filter(is_found).count(), names.len())
    };
    // The last of equal elements is the maximum.
    let best = DETECTED.into_iter().rev().max_by_key(|d| fit(*d));
    best.expect("there are delimiters")
}

/// The index of the column that a flag names.
///
/// # Errors
/// Fails if no column or several columns have the name.
pub(super) fn find_column(header: &[String], flag: &str, name: &str) -> anyhow::Result<usize> {
    ensure!(
        !header.is_empty(),
        "the file is empty: it needs a header row that names its columns"
    );
    ensure!(!name.is_empty(), "{flag} needs the name of a column");
    let columns = || {
        let names = header.iter().filter(|name| !name.is_empty());
        names.map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let mut found = (0..header.len()).filter(|column| header[*column] == name);
    let first = found.next().with_context(|| {
        format!(
            "the file has no column {name:?} for {flag}; its columns are {}. If this is one text \
             with several names, set --delimiter",
            columns()
        )
    })?;
    let more: Vec<String> = found.map(|column| (column + 1).to_string()).collect();
    if !more.is_empty() {
        bail!(
            "the file has several columns {name:?} for {flag}: the columns {} and {} from the left; \
             rename all but one in the header row",
            first + 1,
            more.join(", ")
        );
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: [&str; 2] = ["player", "score"];

    fn open(text: &str, delimiter: Option<u8>) -> CsvFile<&[u8]> {
        CsvFile::new(text.as_bytes(), delimiter, &WANTED).unwrap()
    }

    #[test]
    fn delimiter_is_detected_in_the_header() {
        fn check(text: &str, delimiter: u8, header: &[&str]) {
            let mut file = open(text, None);
            assert_eq!(file.header, header, "{text:?}");
            assert_eq!(file.delimiter, delimiter, "{text:?}");
            file.rows.advance().unwrap();
            assert_eq!(file.rows.record().len(), header.len(), "{text:?}");
        }
        let two = ["player", "score"];
        check("player,score\nann,1\n", b',', &two);
        check("player;score\r\nann;1,5\r\n", b';', &two);
        check("player\tscore\nann\t1\n", b'\t', &two);
        check("\u{feff}player;score\nann;1\n", b';', &two);
        check("\u{feff}\"player\",\"score\"\nann,1\n", b',', &two);
        check("\u{feff}\u{feff}player,score\nann,1\n", b',', &two);
        check("player;score\rann;1\r", b';', &two);
        check("\n;;\nplayer;score\nann;1", b';', &two);
        check("sep=;\nplayer;score\nann;1\n", b';', &two);
        check("SEP=\t\r\nplayer\tscore\r\nann\t1\r\n", b'\t', &two);
        check("\u{feff}sep=|\nplayer|score\nann|1\n", b'|', &two);
        // Most names decide only if the wanted ones do not.
        check(
            "player;score;a,b,c,d,e\nann;1;2\n",
            b';',
            &["player", "score", "a,b,c,d,e"],
        );
        check("Spieler;Zeit\nann;1\n", b';', &["Spieler", "Zeit"]);
        check(
            "\"a,b,c\";\"d\ne\";f\n1;2;3\n",
            b';',
            &["a,b,c", "d\ne", "f"],
        );
        check("player\nann\n", b',', &["player"]);
    }

    #[test]
    fn given_delimiter_is_used() {
        assert_eq!(open("player|score\n", Some(b'|')).header, WANTED);
        assert_eq!(open("player,score\n", Some(b';')).header, ["player,score"]);
        assert_eq!(open("sep=,\nplayer;score\n", Some(b';')).header, WANTED);
    }

    #[test]
    fn header_is_read_from_small_pieces() {
        struct Pieces<'a>(&'a [u8]);
        impl Read for Pieces<'_> {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let Some((first, rest)) = self.0.split_first() else {
                    return Ok(0);
                };
                into[0] = *first;
                self.0 = rest;
                Ok(1)
            }
        }
        for text in ["\u{feff}sep=;\r\nplayer;score\r\nann;1", "\n\nplayer;score"] {
            let file = CsvFile::new(Pieces(text.as_bytes()), None, &WANTED).unwrap();
            assert_eq!(file.header, WANTED, "{text:?}");
        }
    }

    #[test]
    fn empty_files_and_those_without_text_are_refused() {
        for text in ["", "\n", "\u{feff}", ",,\n"] {
            let error = find_column(&open(text, None).header, "--score", "score").unwrap_err();
            assert!(error.to_string().contains("is empty"), "{error}");
        }
        for bytes in [
            &b"\xff\xfep\0l\0"[..],
            b"\xfe\xff\0p\0l",
            b"p\0l\0a\0,\0s\0\n\0",
            b"PK\x03\x04\x14\0\x06\0 a workbook",
        ] {
            let error = CsvFile::new(bytes, None, &WANTED).err().unwrap();
            assert!(error.to_string().contains("CSV UTF-8"), "{error}");
        }
    }

    #[test]
    fn column_must_exist_once() {
        fn check(names: &[&str], name: &str, message: &str) {
            let header: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let error = find_column(&header, "--score", name)
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{error}");
        }
        check(
            &["player", "points", ""],
            "score",
            "no column \"score\" for --score; its columns are player, points.",
        );
        check(
            &["player", "points", "bonus", "points"],
            "points",
            "several columns \"points\" for --score: the columns 2 and 4 from the left",
        );
        check(&["player", "", "a", ""], "", "--score needs the name");
        let header = ["a", "b", "b", ""].map(str::to_owned);
        assert_eq!(find_column(&header, "--score", "a").unwrap(), 0);
    }
}
