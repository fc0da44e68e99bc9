//! `leaderport import`: loads scores from a CSV file into a board of a running server.
//!
//! An import is **safe to repeat**, also after an interruption at any point: the submission id is
//! derived from the row's identity (`row_ids`). Rows are sent in file order, one batch at a time,
//! because under the policy `latest` the order decides between equal times. A bad row is reported
//! with its line number and skipped. Nothing is sent if the columns are not clear, and no row from
//! the first score on whose decimal mark is not clear. The file is streamed: memory holds one batch,
//! or up to 10,000 rows while the decimal mark is not clear.

mod args;
mod csv_reader;
mod decimal_mark;
mod header;
mod rejects;
mod row_ids;
mod rows;

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use csv::ByteRecord;
use indicatif::HumanCount;
use leaderport::{Board, InvalidValue, Slug};
use rand::Rng;
use tokio::time::Instant;

pub use self::args::ImportArgs;
use self::csv_reader::{ReadError, Row};
use self::decimal_mark::{CommaCheck, MAX_WAITING};
use self::header::{CsvFile, find_column};
use self::rejects::Rejects;
use self::row_ids::{Answers, RowIds, reused_source};
use self::rows::{Columns, RowReader};
use super::client::{CallError, Client, NewSubmission, Outcome};
use super::progress::{Progress, per_second};

/// Time limit for one batch with its retries.
const PATIENCE: Duration = Duration::from_secs(30);
/// Maximum pause after the first failure; it doubles with each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Upper limit of all pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Number of rejected rows that are reported individually.
const TOLD_REJECTIONS: u64 = 20;
/// Exit status if rows were rejected.
const REJECTED: u8 = 2;

/// Imports the file, and prints the totals. The exit status is 2 if rows were rejected.
///
/// # Errors
/// Fails if the file cannot be read to its end, its columns or its decimal mark are not clear, or
/// the server refuses or stays unreachable.
pub async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let source = args.row_source()?;
    let client = Client::new(args.server.clone())?;
    let board = find_board(&client, &args.board).await?;
    let (file, bytes) = open(&args.csv)?;
    let unreadable = || format!("cannot read {}", args.csv.display());

    // Blocking reads are fine: this task has nothing else to do.
    let wanted = [Some(&args.player), Some(&args.score)].into_iter();
    let wanted = wanted.chain([args.name.as_ref(), args.at.as_ref(), args.id.as_ref()]);
    let wanted: Vec<&str> = wanted.flatten().map(String::as_str).collect();
    let file = CsvFile::new(file, args.delimiter, &wanted).with_context(unreadable)?;
    let columns = columns(&file.header, &args)?;
    let mut commas = match args.decimal_mark {
        Some(_) => CommaCheck::settled(),
        None => CommaCheck::new(board.format),
    };
    let file_name = args.is_source_the_file().then(|| source.clone());
    let ids = RowIds::new(board.slug.clone(), source);
    let marks = args.decimal_mark.unwrap_or_default();
    let mut reader = RowReader::new(&board, marks, columns, ids)?;
    let rejects = args.rejects.as_deref();
    let rejects = rejects
        .map(|path| Rejects::create(path, &args.csv, file.delimiter, &file.header))
        .transpose()?;
    let mut import = Import {
        client,
        board: args.board.clone(),
        has_row_ids: args.id.is_some(),
        file_name,
        batch: args.batch.into(),
        progress: Progress::new(bytes),
        pending: Vec::new(),
        rejects,
        read: 0,
        answers: Answers::default(),
        rejected: 0,
    };
    let mut rows = file.rows;
    let broken: Option<ReadError> = loop {
        let mut row = match rows.advance() {
            Ok(Some(row)) => row,
            Ok(None) => break None,
            Err(error) => break Some(error),
        };
        let cells = rows.record();
        let line = row.first_line;
        let read = if let Some(fault) = row.fault.take() {
            Err(fault)
        } else {
            if let Some(score) = reader.score_text(cells) {
                commas.see(line, score)?;
            }
            reader.read(cells, line)
        };
        import.take(&row, read, cells)?;
        if !commas.may_send() && import.pending.len() >= MAX_WAITING {
            commas.pass()?;
        }
        if commas.may_send() {
            import.send_full(rows.bytes()).await?;
        }
    };
    commas.settle()?;
    import.send_all(rows.bytes()).await?;
    let status = import.finish()?;
    match broken {
        Some(error) => Err(error).with_context(unreadable),
        None => Ok(status),
    }
}

/// Finds the columns that the flags name.
fn columns(header: &[String], args: &ImportArgs) -> anyhow::Result<Columns> {
    let maybe = |flag: &str, name: Option<&String>| {
        name.map(|name| find_column(header, flag, name)).transpose()
    };
    let last_named = header.iter().rposition(|name| !name.is_empty());
    Ok(Columns {
        player: find_column(header, "--player", &args.player)?,
        score: find_column(header, "--score", &args.score)?,
        name: maybe("--name", args.name.as_ref())?,
        at: maybe("--at", args.at.as_ref())?,
        id: maybe("--id", args.id.as_ref())?,
        count: header.len(),
        named: last_named.map_or(0, |last| last + 1),
    })
}

async fn find_board(client: &Client, slug: &Slug) -> anyhow::Result<Board> {
    let mut boards = client.boards().await?;
    if let Some(found) = boards.iter().position(|board| board.slug == *slug) {
        return Ok(boards.swap_remove(found));
    }
    let known: Vec<&str> = boards.iter().map(|board| board.slug.as_str()).collect();
    if known.is_empty() {
        bail!("the server has no board {slug}, nor any other yet");
    }
    bail!(
        "the server has no board {slug}; its boards are {}",
        known.join(", ")
    );
}

/// Opens the file. Also returns its length, if known.
fn open(path: &Path) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let cannot_open = || format!("cannot open {}", path.display());
    let file = File::open(path).with_context(cannot_open)?;
    let metadata = file.metadata().with_context(cannot_open)?;
    Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
}

/// A row that is not sent yet.
struct Pending {
    line: u64,
    submission: NewSubmission,
    /// Its cells, if rejected rows are written to a file.
    cells: Option<ByteRecord>,
}

/// A running import: the rows to send, and the totals of previous ones.
struct Import {
    client: Client,
    board: Slug,
    /// Whether rows are identified by a column.
    has_row_ids: bool,
    /// The file's name, if it identifies the rows.
    file_name: Option<String>,
    /// Number of rows in one call.
    batch: usize,
    progress: Progress,
    pending: Vec<Pending>,
    rejects: Option<Rejects>,
    read: u64,
    answers: Answers,
    /// Rows that the command or the server refused.
    rejected: u64,
}

impl Import {
    /// Takes a row that was read.
    fn take(
        &mut self,
        row: &Row,
        read: Result<NewSubmission, InvalidValue>,
        cells: &ByteRecord,
    ) -> anyhow::Result<()> {
        self.read += 1;
        let line = row.first_line;
        match read {
            Ok(submission) => {
                self.pending.push(Pending {
                    line,
                    submission,
                    cells: self.rejects.is_some().then(|| cells.clone()),
                });
                Ok(())
            }
            Err(why) if row.last_line > line => {
                let why = format!(
                    "{why}; the row ends in line {}, as cells in quotes may have line breaks: is a \
                     quote missing?",
                    row.last_line
                );
                self.reject(line, &why, cells)
            }
            Err(why) => self.reject(line, &why, cells),
        }
    }

    fn reject(
        &mut self,
        line: u64,
        why: &dyn fmt::Display,
        cells: &ByteRecord,
    ) -> anyhow::Result<()> {
        self.rejected += 1;
        if self.rejected <= TOLD_REJECTIONS {
            self.progress.say(&format!("line {line}: {why}"));
        }
        match &mut self.rejects {
            Some(rejects) => rejects.add(line, why, cells),
            None => Ok(()),
        }
    }

    /// Sends all full batches. `bytes` is the progress in the file.
    async fn send_full(&mut self, bytes: u64) -> anyhow::Result<()> {
        while self.pending.len() >= self.batch {
            self.send(bytes).await?;
        }
        Ok(())
    }

    /// Sends all rows.
    async fn send_all(&mut self, bytes: u64) -> anyhow::Result<()> {
        while !self.pending.is_empty() {
            self.send(bytes).await?;
        }
        Ok(())
    }

    /// Sends the next batch.
    async fn send(&mut self, bytes: u64) -> anyhow::Result<()> {
        let count = self.batch.min(self.pending.len());
        let rows = self.pending.drain(..count);
        let (rows, submissions): (Vec<_>, Vec<_>) = rows
            .map(|row| ((row.line, row.cells.unwrap_or_default()), row.submission))
            .unzip();
        let Some((first, _)) = rows.first() else {
            return Ok(());
        };
        let outcomes = self.deliver(&submissions, bytes).await.with_context(|| {
            let accepted = HumanCount(self.answers.accepted);
            format!(
                "stopped before line {first}, after {accepted} accepted rows; run the same \
                 command again to go on: a row that was accepted counts only once"
            )
        })?;
        for ((line, cells), outcome) in rows.into_iter().zip(outcomes) {
            if outcome.is_repeat() {
                self.answers.repeated += 1;
            } else if outcome.is_accepted() {
                self.answers.accepted += 1;
            } else if outcome.is_conflict() {
                self.answers.conflicting += 1;
                self.reject(line, &self.conflict(), &cells)?;
            } else {
                self.reject(line, &outcome, &cells)?;
            }
        }
        let rate = per_second(self.read, self.progress.elapsed());
        let message = format!("{} rows, {}/s", HumanCount(self.read), HumanCount(rate));
        self.progress.update(bytes, &message);
        Ok(())
    }

    /// The reason to reject a row whose identity is that of another one.
    fn conflict(&self) -> &'static str {
        if self.has_row_ids {
            "a row with this id was imported before with another player, score or time, which \
             stays. Give a new row a new id"
        } else {
            "this line of this source was imported before with another player, score or time, \
             which stays. If this is another file, set --source; if rows may move, set --id"
        }
    }

    /// Submits the batch until the server has judged each row, or [`PATIENCE`] ends. Retries are
    /// safe, because each row has its id.
    async fn deliver(
        &mut self,
        submissions: &[NewSubmission],
        bytes: u64,
    ) -> Result<Vec<Outcome>, CallError> {
        let deadline = Instant::now() + PATIENCE;
        let mut failures = 0;
        loop {
            let failure = match self.client.import(&self.board, submissions).await {
                Ok(outcomes) => {
                    let temporary = outcomes.iter().find(|o| o.is_temporary()).cloned();
                    let Some(outcome) = temporary else {
                        return Ok(outcomes);
                    };
                    CallError::Refused {
                        outcome,
                        retry_after: Duration::ZERO,
                    }
                }
                Err(failure) => failure,
            };
            let Some(least) = failure.retry_after() else {
                return Err(failure);
            };
            // Full jitter: imports that fail together do not retry together.
            let pause = least + rand::rng().random_range(Duration::ZERO..=longest_pause(failures));
            if Instant::now() + pause >= deadline {
                return Err(failure);
            }
            self.progress.update(bytes, &format!("retrying: {failure}"));
            tokio::time::sleep(pause).await;
            failures += 1;
        }
    }

    /// Prints the totals. Returns the exit status.
    fn finish(self) -> anyhow::Result<ExitCode> {
        self.progress.finish();
        if let Some(untold @ 1..) = self.rejected.checked_sub(TOLD_REJECTIONS) {
            let hint = match &self.rejects {
                Some(_) => "",
                None => "; --rejects writes all of them to a file",
            };
            self.progress.say(&format!(
                "and {} more rejected rows{hint}",
                HumanCount(untold)
            ));
        }
        let source = self.file_name.as_deref();
        if let Some(hint) = source.and_then(|source| reused_source(source, self.answers)) {
            self.progress.say(&hint);
        }
        if let Some(rejects) = self.rejects {
            rejects.finish()?;
        }
        let elapsed = self.progress.elapsed();
        writeln!(
            io::stdout().lock(),
            "{} rows read: {} submitted, {} imported before, {} rejected, in {:.1} s ({} rows/s)",
            HumanCount(self.read),
            HumanCount(self.answers.accepted),
            HumanCount(self.answers.repeated),
            HumanCount(self.rejected),
            elapsed.as_secs_f64(),
            HumanCount(per_second(self.read, elapsed)),
        )
        .context("cannot write to standard output")?;
        Ok(match self.rejected {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::from(REJECTED),
        })
    }
}

/// Maximum pause after this many failures.
fn longest_pause(failures: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1 << failures.min(16))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let pauses: Vec<_> = (0..7).map(|n| longest_pause(n).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(longest_pause(u32::MAX), LONGEST_PAUSE);
    }
}
