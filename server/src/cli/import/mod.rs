//! `leaderport import`: loads scores from a CSV file into a board of a running server.
//!
//! Promises: **safe to run twice**, and safe to run again after it stopped
//! anywhere, because a row's submission id is derived from the row
//! (`row_ids`); rows are sent strictly in file order, one batch at a time,
//! because under the policy `latest` the order decides between equal times; a
//! bad row is told by its line and skipped, never guessed at; the file is
//! streamed, so memory holds one batch and the ids' counts.

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

/// How long one batch is tried before the import stops.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest pause after a first failure; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause of all.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many rejected rows are told one by one.
const TOLD_REJECTIONS: u64 = 20;

/// Options of `leaderport import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Board that the scores are submitted to.
    #[arg(long, value_name = "SLUG", env = "LEADERPORT_IMPORT_BOARD")]
    board: Slug,

    /// CSV file with a header row, in UTF-8; `-` reads standard input.
    #[arg(long, value_name = "FILE", env = "LEADERPORT_IMPORT_CSV")]
    csv: PathBuf,

    /// Column of the players' ids.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_PLAYER")]
    player: String,

    /// Column of the names to show; an empty cell leaves a player's name as it is.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_NAME")]
    name: Option<String>,

    /// Column of the scores, written as the board shows them.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_SCORE")]
    score: String,

    /// Column of when scores were made: RFC 3339, or a date and time or a date in the board's time zone.
    #[arg(long, value_name = "COLUMN", env = "LEADERPORT_IMPORT_AT")]
    at: Option<String>,

    /// How many rows go into one call.
    #[arg(long, value_name = "ROWS", env = "LEADERPORT_IMPORT_BATCH", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch: u16,
}

/// Imports the file and tells what came of it.
///
/// # Errors
/// When the file cannot be read, the server refuses or stays away, or no row
/// was accepted. Some rejected rows are no error: they are told.
pub async fn run(args: ImportArgs) -> anyhow::Result<()> {
    let client = Client::new(args.server)?;
    let board = find_board(&client, &args.board).await?;
    let (file, bytes) = open(&args.csv)?;
    let unreadable = || format!("cannot read {}", args.csv.display());

    // Reading blocks this task, which has nothing else to do.
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

/// The file, and its length where it has one.
fn open(path: &Path) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let cannot_open = || format!("cannot open {}", path.display());
    let file = File::open(path).with_context(cannot_open)?;
    let metadata = file.metadata().with_context(cannot_open)?;
    Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
}

/// An import under way: the batch that is being filled, and what came of those before.
struct Import {
    client: Client,
    board: Slug,
    progress: Progress,
    /// The lines of `submissions`.
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

    /// Sends the batch; `bytes` is how far into the file it goes.
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

    /// Submits the batch until the server judged each row, or [`PATIENCE`] ends.
    /// Repeating it is safe: each row has its id.
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
            // Full jitter: imports that failed together do not come back together.
            let pause = least + rand::rng().random_range(Duration::ZERO..=longest_pause(failures));
            if Instant::now() + pause >= deadline {
                return Err(failure);
            }
            self.progress
                .update(bytes, &format!("trying again: {failure}"));
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

/// The longest pause after so many failures before.
fn longest_pause(failures: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1 << failures.min(16))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use csv::ByteRecord;
    use jiff::tz::TimeZone;
    use leaderport::{BoardDraft, PlayerId};

    use super::row_ids::RowIds;
    use super::rows::{cell, read_at};
    use super::*;

    fn rows(text: &str) -> CsvRows<&[u8]> {
        CsvRows::new(text.as_bytes())
    }

    /// Each row's line and cells, the header's first.
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

    fn id(ids: &mut RowIds, player: &str, at: &str, score: &str) -> String {
        let board = Slug::new("arena").unwrap();
        ids.assign(&board, &PlayerId::new(player).unwrap(), at, score)
            .to_string()
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
    fn a_byte_order_mark_quotes_and_spaces_are_no_part_of_the_text() {
        let mut rows = rows("\u{feff}player , score\r\n\"ada\",\"1,000\"\r\n");
        assert_eq!(rows.header().unwrap(), ["player", "score"]);
        rows.advance().unwrap();
        assert_eq!(cell(&rows.record, "player", 0).unwrap(), "ada");
        assert_eq!(cell(&rows.record, "score", 1).unwrap(), "1,000");
    }

    #[test]
    fn a_missing_column_names_those_that_are_there() {
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
    fn a_good_row_is_a_submission() {
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
    fn a_bad_row_says_which_cell_why_and_what_it_was() {
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
    fn times_are_read_in_the_boards_zone_unless_they_say_theirs() {
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
        // Skipped by daylight saving: as far after the gap as it is into it.
        check("2026-03-08 02:30:00", Some("2026-03-08T07:30:00.000Z"));
        check("2026-11-21T10:00:00[Europe/Berlin]", None);
        check("1969-12-31T00:00:00Z", None);
        check("21.11.2026", None);
        check("", None);
    }

    #[test]
    fn the_same_rows_get_the_same_ids_in_any_order() {
        type Row = (&'static str, &'static str, &'static str);
        fn all(rows: impl Iterator<Item = Row>) -> Vec<String> {
            let mut ids = RowIds::default();
            let mut all: Vec<String> = rows.map(|(p, at, s)| id(&mut ids, p, at, s)).collect();
            all.sort();
            all
        }
        let rows: [Row; 4] = [
            ("ada", "", "100"),
            ("bob", "", "100"),
            ("ada", "2026-01-01", "100"),
            ("ada", "", "100"),
        ];
        let forward = all(rows.into_iter());
        assert_eq!(forward, all(rows.into_iter().rev()));
        let distinct: HashSet<&String> = forward.iter().collect();
        assert_eq!(
            distinct.len(),
            rows.len(),
            "equal rows are different submissions"
        );
    }

    /// These must never change: files that were imported before count on them.
    #[test]
    fn ids_are_stable_from_release_to_release() {
        let mut ids = RowIds::default();
        assert_eq!(
            id(&mut ids, "ada", "", "100"),
            "a01e2f5f-801a-54d7-98a9-9869e305a55e"
        );
        assert_eq!(
            id(&mut ids, "ada", "", "100"),
            "63788df5-0ce5-51ad-96e5-721d21b6eb42"
        );
    }

    #[test]
    fn a_rejected_row_takes_no_ones_id() {
        let mut reader = reader("UTC");
        let good = ByteRecord::from(vec!["ada", "Ada", "7", "2026-11-21"]);
        let bad = ByteRecord::from(vec!["ada", "\u{7}", "7", "2026-11-21"]);
        assert!(reader.read(&bad).is_err());
        let after_bad = reader.read(&good).unwrap().id;
        assert_eq!(after_bad, self::reader("UTC").read(&good).unwrap().id);
    }

    #[test]
    fn pauses_double_up_to_a_limit() {
        let pauses: Vec<_> = (0..7).map(|n| longest_pause(n).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(longest_pause(u32::MAX), LONGEST_PAUSE);
    }
}
