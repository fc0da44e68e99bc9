//! `leaderport import`: loads scores from a CSV file into a board of a running server.
//!
//! An import is **safe to repeat**, also after an interruption at any point, because the submission
//! id is derived from the row (`row_ids`). Rows are sent in file order, one batch at a time,
//! because under the policy `latest` the order decides between equal times. A bad row is reported
//! with its line number and skipped. The file is streamed: memory contains one batch, and a count
//! for each distinct row.

mod row_ids;
mod rows;

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use indicatif::HumanCount;
use leaderport::{Board, Slug};
use rand::Rng;
use tokio::time::Instant;

use self::rows::{Columns, CsvRows, RowReader, find_column};
use super::client::{CallError, Client, NewSubmission, Outcome, ServerArgs};
use super::progress::{Progress, per_second};

/// Time limit for one batch with its retries.
const PATIENCE: Duration = Duration::from_secs(30);
/// Maximum pause after the first failure; it doubles with each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Upper limit of all pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Number of rejected rows that are reported individually.
const TOLD_REJECTIONS: u64 = 20;

/// Options of `leaderport import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Board to submit the scores to.
    #[arg(long, value_name = "SLUG", env = "LEADERPORT_IMPORT_BOARD")]
    board: Slug,

    /// CSV file with a header row, in UTF-8; `-` reads standard input.
    #[arg(long, value_name = "FILE", env = "LEADERPORT_IMPORT_CSV")]
    csv: PathBuf,

    /// Column of the player ids.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_PLAYER")]
    player: String,

    /// Column of the display names; an empty cell keeps the player's name.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_NAME")]
    name: Option<String>,

    /// Column of the scores, in the board's display format.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_SCORE")]
    score: String,

    /// Column of the submission times: RFC 3339, or a date and time or a date in the board's time
    /// zone.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_AT")]
    at: Option<String>,

    /// Number of rows in one call.
    #[arg(long, value_name = "ROWS", env = "LEADERPORT_IMPORT_BATCH", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch: u16,
}

/// Imports the file, and prints the totals.
///
/// # Errors
/// Fails if the file cannot be read, the server refuses or stays unreachable, or no row is
/// accepted. A rejected row is not an error; it is reported.
pub async fn run(args: ImportArgs) -> anyhow::Result<()> {
    let client = Client::new(args.server)?;
    let board = find_board(&client, &args.board).await?;
    let (file, bytes) = open(&args.csv)?;
    let unreadable = || format!("cannot read {}", args.csv.display());

    // Blocking reads are fine: this task has nothing else to do.
    let mut rows = CsvRows::new(file);
    let header = rows.header().with_context(unreadable)?;
    let columns = Columns {
        player: find_column(&header, &args.player)?,
        name: args
            .name
            .as_deref()
            .map(|name| find_column(&header, name))
            .transpose()?,
        score: find_column(&header, &args.score)?,
        at: args
            .at
            .as_deref()
            .map(|at| find_column(&header, at))
            .transpose()?,
        count: header.len(),
    };
    let mut reader = RowReader::new(board, columns)?;
    let mut import = Import::new(client, args.board, Progress::new(bytes));
    while let Some(line) = rows.advance().with_context(unreadable)? {
        import.read += 1;
        match reader.read(&rows.record) {
            Ok(submission) => import.add(line, submission),
            Err(why) => import.reject(line, &why),
        }
        if import.lines.len() >= usize::from(args.batch) {
            import.send(rows.bytes()).await?;
        }
    }
    import.send(rows.bytes()).await?;
    import.finish()
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

/// A running import: the current batch, and the totals of previous ones.
struct Import {
    client: Client,
    board: Slug,
    progress: Progress,
    /// Line numbers of `submissions`.
    lines: Vec<u64>,
    submissions: Vec<NewSubmission>,
    read: u64,
    accepted: u64,
    rejected: u64,
}

impl Import {
    fn new(client: Client, board: Slug, progress: Progress) -> Self {
        Self {
            client,
            board,
            progress,
            lines: Vec::new(),
            submissions: Vec::new(),
            read: 0,
            accepted: 0,
            rejected: 0,
        }
    }

    fn add(&mut self, line: u64, submission: NewSubmission) {
        self.lines.push(line);
        self.submissions.push(submission);
    }

    fn reject(&mut self, line: u64, why: &dyn fmt::Display) {
        self.rejected += 1;
        if self.rejected <= TOLD_REJECTIONS {
            self.progress.say(&format!("line {line}: {why}"));
        }
    }

    /// Sends the batch. `bytes` is the progress in the file.
    async fn send(&mut self, bytes: u64) -> anyhow::Result<()> {
        let Some(first) = self.lines.first().copied() else {
            return Ok(());
        };
        let outcomes = self.deliver(bytes).await.with_context(|| {
            let accepted = HumanCount(self.accepted);
            format!(
                "stopped before line {first}, after {accepted} accepted rows; run the same \
                 command again to go on: a row that was accepted counts only once"
            )
        })?;
        self.submissions.clear();
        for (line, outcome) in std::mem::take(&mut self.lines).into_iter().zip(outcomes) {
            if outcome.is_accepted() {
                self.accepted += 1;
            } else {
                self.reject(line, &outcome);
            }
        }
        let rate = per_second(self.read, self.progress.elapsed());
        let message = format!("{} rows, {}/s", HumanCount(self.read), HumanCount(rate));
        self.progress.update(bytes, &message);
        Ok(())
    }

    /// Submits the batch until the server has judged each row, or [`PATIENCE`] ends. Retries are
    /// safe, because each row has its id.
    async fn deliver(&mut self, bytes: u64) -> Result<Vec<Outcome>, CallError> {
        let deadline = Instant::now() + PATIENCE;
        let mut failures = 0;
        loop {
            let failure = match self.client.submit(&self.board, &self.submissions).await {
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

    fn finish(self) -> anyhow::Result<()> {
        self.progress.finish();
        if let Some(untold @ 1..) = self.rejected.checked_sub(TOLD_REJECTIONS) {
            self.progress
                .say(&format!("and {} more rejected rows", HumanCount(untold)));
        }
        let elapsed = self.progress.elapsed();
        writeln!(
            io::stdout().lock(),
            "{} rows read: {} submitted, {} rejected, in {:.1} s ({} rows/s)",
            HumanCount(self.read),
            HumanCount(self.accepted),
            HumanCount(self.rejected),
            elapsed.as_secs_f64(),
            HumanCount(per_second(self.read, elapsed)),
        )
        .context("cannot write to standard output")?;
        ensure!(self.accepted > 0 || self.read == 0, "no row was accepted");
        Ok(())
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
