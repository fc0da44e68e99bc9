//! The flags of an import.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use leaderport::{Marks, Slug};

use super::decimal_mark::decimal_mark;
use crate::cli::client::ServerArgs;

/// Options of `leaderport import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,

    /// Board to submit the scores to.
    #[arg(long, value_name = "SLUG", env = "LEADERPORT_IMPORT_BOARD")]
    pub(super) board: Slug,

    /// CSV file with a header row, in UTF-8; `-` reads standard input.
    #[arg(long, value_name = "FILE", env = "LEADERPORT_IMPORT_CSV")]
    pub(super) csv: PathBuf,

    /// Column of the player ids.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_PLAYER")]
    pub(super) player: String,

    /// Column of the display names; an empty cell keeps the player's name.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_NAME")]
    pub(super) name: Option<String>,

    /// Column of the scores, in the board's display format.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_SCORE")]
    pub(super) score: String,

    /// Column of the submission times: RFC 3339, or a date and time or a date in the board's time
    /// zone, from the year 1 to 9999.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_AT")]
    pub(super) at: Option<String>,

    /// Column of row ids. They identify the rows instead of the source and the line, so that rows
    /// may move, and are unique on the board, or in the source if `--source` is set.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_ID")]
    pub(super) id: Option<String>,

    /// Name of the file's content; without it, the file's name. Rows of the same source and line
    /// count once.
    #[arg(long, value_name = "NAME", env = "LEADERPORT_IMPORT_SOURCE", value_parser = source_name)]
    pub(super) source: Option<String>,

    /// Delimiter of cells: `,`, `;`, `|` or `tab`; without it, `,`, `;` and tabs are detected.
    #[arg(long, value_name = "CHARACTER", env = "LEADERPORT_IMPORT_DELIMITER", value_parser = delimiter)]
    pub(super) delimiter: Option<u8>,

    /// Decimal mark of the scores: `.` or `,`; without it, a point, unless the scores are not
    /// clear.
    #[arg(long, value_name = "CHARACTER", env = "LEADERPORT_IMPORT_DECIMAL_MARK", value_parser = decimal_mark)]
    pub(super) decimal_mark: Option<Marks>,

    /// File for all rejected rows with their lines and reasons; replaced if it exists.
    #[arg(long, value_name = "FILE", env = "LEADERPORT_IMPORT_REJECTS")]
    pub(super) rejects: Option<PathBuf>,

    /// Number of rows in one call.
    #[arg(long, value_name = "ROWS", env = "LEADERPORT_IMPORT_BATCH", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) batch: u16,
}

impl ImportArgs {
    /// The name under which the rows are known: that of the file, unless the caller names it or its
    /// rows have ids of their own.
    pub(super) fn row_source(&self) -> anyhow::Result<String> {
        if let Some(source) = &self.source {
            return Ok(source.clone());
        }
        if self.id.is_some() {
            return Ok(String::new());
        }
        if self.csv == Path::new("-") {
            bail!(
                "standard input has no name, so its rows could not be told from those of another file: \
                 set --source to a name, or --id to a column of row ids"
            );
        }
        let name = self.csv.file_name().context("--csv must name a file")?;
        // A control character is part of no other source.
        Ok(name.to_string_lossy().replace(char::is_control, " "))
    }

    /// Whether the file's name identifies the rows. Another file of that name in another folder has
    /// the same source; with the folder in it, a moved file would count again.
    pub(super) fn is_source_the_file(&self) -> bool {
        self.source.is_none() && self.id.is_none()
    }
}

/// Parses `--delimiter`.
fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "," => Ok(b','),
        ";" => Ok(b';'),
        "|" => Ok(b'|'),
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        _ => Err("must be `,`, `;`, `|` or `tab`".to_owned()),
    }
}

/// Parses `--source`.
fn source_name(text: &str) -> Result<String, String> {
    let is_name = (1..=200).contains(&text.len()) && !text.chars().any(char::is_control);
    is_name
        .then(|| text.to_owned())
        .ok_or_else(|| "must be 1 to 200 bytes without control characters".to_owned())
}
