//! The file of the rejected rows.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use csv::{ByteRecord, Writer, WriterBuilder};

/// Writes each rejected row: its line, the reason, and its cells.
pub(super) struct Rejects {
    writer: Writer<File>,
    path: PathBuf,
}

impl Rejects {
    /// Creates the file, or empties it, and writes the header row.
    ///
    /// # Errors
    /// Fails if the file is the imported one, or cannot be written.
    pub(super) fn create(
        path: &Path,
        imported: &Path,
        delimiter: u8,
        header: &[String],
    ) -> anyhow::Result<Self> {
        let is_imported = path
            .canonicalize()
            .and_then(|path| Ok(path == imported.canonicalize()?));
        ensure!(
            !is_imported.unwrap_or(false),
            "--rejects must name another file than --csv"
        );
        let file = File::create(path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        let mut rejects = Self {
            writer: WriterBuilder::new()
                .delimiter(delimiter)
                .flexible(true)
                .from_writer(file),
            path: path.to_owned(),
        };
        let mut names = ByteRecord::from(vec!["rejected_line", "rejected_reason"]);
        names.extend(header);
        rejects.write(&names)?;
        Ok(rejects)
    }

    pub(super) fn add(
        &mut self,
        line: u64,
        why: &dyn fmt::Display,
        cells: &ByteRecord,
    ) -> anyhow::Result<()> {
        let mut row = ByteRecord::new();
        row.push_field(line.to_string().as_bytes());
        row.push_field(why.to_string().as_bytes());
        row.extend(cells);
        self.write(&row)
    }

    /// # Errors
    /// Fails if the rows cannot be written.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        let flushed = self.writer.flush();
        flushed.with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn write(&mut self, row: &ByteRecord) -> anyhow::Result<()> {
        let written = self.writer.write_byte_record(row);
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}
