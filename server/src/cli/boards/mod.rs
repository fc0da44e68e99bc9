//! `leaderport pull`, `diff` and `apply`: the boards of a running server as a TOML file.
//!
//! The file is the whole definition of its boards: an absent setting has its default. Manual rules
//! of seasons, uploaded emblems and versions are not part of it. Both sides of a comparison are
//! complete and valid definitions, so that `apply` is safe to repeat.

mod apply;
mod file;
mod plan;
mod settings;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use leaderport::{Board, Slug};

pub(super) use self::apply::apply;
use self::file::Boards;
use self::plan::Plan;
use self::settings::Settings;
use super::client::{Client, ServerArgs};

/// Exit status of `diff` if boards differ.
const DIFFERENT: u8 = 2;

/// Exit status of `diff`, for its help.
pub(super) const DIFF_STATUS: &str = "\
Exit status: 0 if apply would change nothing, 2 if it would change boards, 1 on errors.
Boards that are only on the server are listed; they count as differences only with --prune.";

/// Exit status of `apply`, for its help.
pub(super) const APPLY_STATUS: &str = "\
Exit status: 0 if every board is as the file defines it, or after a dry run without refusals;
1 on errors, and if the server refused a board. A refused board does not stop the others.";

/// Options of `leaderport pull`.
#[derive(Debug, clap::Args)]
pub struct PullArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Board to print, repeatable or separated by commas; every board if absent.
    #[arg(
        long = "board",
        value_name = "SLUG",
        env = "LEADERPORT_PULL_BOARDS",
        value_delimiter = ','
    )]
    boards: Vec<Slug>,
}

/// Options of `leaderport diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// File of boards, as `pull` prints it; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Boards that are not in the file differ unless they are archived.
    #[arg(long, env = "LEADERPORT_PRUNE")]
    prune: bool,
}

/// Options of `leaderport apply`.
#[derive(Debug, clap::Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// File of boards, as `pull` prints it; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Print the differences and the preview, but change nothing.
    #[arg(long, env = "LEADERPORT_DRY_RUN")]
    dry_run: bool,

    /// Archive boards that are not in the file, which must have one; none is deleted.
    #[arg(long, env = "LEADERPORT_PRUNE")]
    prune: bool,

    /// Do not ask; required without a terminal.
    #[arg(long, env = "LEADERPORT_YES")]
    yes: bool,
}

/// Prints the boards as a file.
pub(super) async fn pull(args: PullArgs) -> anyhow::Result<()> {
    let client = Client::new(args.server)?;
    let mut boards = client.boards().await?;
    if let Some(unknown) = args.boards.iter().find(|slug| !has(&boards, slug)) {
        let known: Vec<&str> = boards.iter().map(|board| board.slug.as_str()).collect();
        if known.is_empty() {
            bail!("the server has no board {unknown}, nor any other yet");
        }
        bail!(
            "the server has no board {unknown}; its boards are {}",
            known.join(", ")
        );
    }
    if !args.boards.is_empty() {
        boards.retain(|board| args.boards.contains(&board.slug));
    }
    boards.sort_by_cached_key(|board| board.slug.clone());
    let mut file = format!("#:schema {}\n", client.boards_schema());
    for board in &boards {
        Settings::of(board).write_to(&mut file, &board.slug);
    }
    print(&file)
}

fn has(boards: &[Board], slug: &Slug) -> bool {
    boards.iter().any(|board| board.slug == *slug)
}

/// Prints the differences of a file and a server. The exit status is 2 if there are some.
pub(super) async fn diff(args: DiffArgs) -> anyhow::Result<ExitCode> {
    let wanted = read(&args.file, args.prune)?;
    let client = Client::new(args.server)?;
    let plan = Plan::new(wanted, &client.boards().await?, args.prune);
    print(&plan.to_string())?;
    if plan.changes.is_empty() {
        print("no difference\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(DIFFERENT))
}

/// Reads a file. With `prune`, one without a board is refused: it may be the output of a command
/// that failed, and would archive every board.
fn read(file: &Path, prune: bool) -> anyhow::Result<Boards> {
    let wanted = file::read(file)?;
    if prune && wanted.is_empty() {
        let file = file.display();
        bail!("{file} has no board, so --prune would archive every board; nothing was sent");
    }
    Ok(wanted)
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.context("cannot write to standard output")
}
