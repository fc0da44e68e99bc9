//! `leaderport status`, `sync`, `rebuild`, `clear-cache`, `retry`: operate the engines of a running
//! server, one season or board at a time, with progress. A dry run only prints the effects.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use leaderport::{DeadLetter, Drift, SeasonState, Slug};

use super::client::{Client, ServerArgs};

/// Options of `leaderport status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    #[command(flatten)]
    server: ServerArgs,
}

/// Options of `leaderport sync`, `rebuild` and `clear-cache`.
#[derive(Debug, clap::Args)]
pub struct RepairArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Board to process; every board if absent.
    #[arg(long, value_name = "SLUG", env = "LEADERPORT_ENGINE_BOARD")]
    board: Option<Slug>,

    /// Print the effects, but change nothing.
    #[arg(long, env = "LEADERPORT_DRY_RUN")]
    dry_run: bool,
}

/// Options of `leaderport retry`.
#[derive(Debug, clap::Args)]
pub struct RetryArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Id of one dead letter, as `status` shows it; all if absent.
    #[arg(long, value_name = "ID", env = "LEADERPORT_DEAD_LETTER")]
    id: Option<i64>,
}

pub(super) async fn retry(args: RetryArgs) -> anyhow::Result<()> {
    let retried = Client::new(args.server)?.retry(args.id).await?;
    if let Some(id) = args.id.filter(|_| retried == 0) {
        anyhow::bail!("there is no dead letter {id}; `leaderport status` lists them");
    }
    say(&format!(
        "{retried} dead letters retried; `leaderport status` shows those that fail again"
    ))
}

pub(super) async fn status(args: StatusArgs) -> anyhow::Result<()> {
    let state = Client::new(args.server)?.engine().await?;
    let mut out = io::stdout().lock();
    writeln!(out, "{:<40} {:>12} {:>12}", "season", "recorded", "ranked")?;
    for SeasonState {
        board,
        season,
        recorded,
        ranked,
    } in &state.seasons
    {
        let unknown = if state.broker_down {
            "unknown"
        } else {
            "not held"
        };
        let ranked = ranked.map_or(unknown.to_owned(), |n| n.to_string());
        let name = format!("{board}/{season}");
        writeln!(out, "{name:<40} {recorded:>12} {ranked:>12}")?;
    }
    if state.broker_down {
        writeln!(out, "\nthe broker does not respond")?;
    }
    let batches = state.outbox;
    writeln!(
        out,
        "\n{batches} batches recorded and not known to be applied"
    )?;
    if state.dead > 0 {
        let dead = state.dead;
        writeln!(
            out,
            "{dead} dead letters, which `leaderport retry` retries:"
        )?;
    }
    for DeadLetter {
        id,
        failures,
        error,
        since,
    } in &state.dead_letters
    {
        writeln!(out, "{id}: {failures} failures until {since}: {error}")?;
    }
    Ok(())
}

pub(super) async fn sync(args: RepairArgs) -> anyhow::Result<()> {
    let dry_run = args.dry_run;
    let (client, seasons) = chosen(args).await?;
    let mut total = Drift::default();
    let bar = bar(seasons.len());
    for season in &seasons {
        bar.set_message(name(season));
        let drift = client.sync(&season.board, season.season, dry_run).await?;
        if !drift.is_none() {
            let Drift {
                missing,
                stale,
                ahead,
                ..
            } = drift;
            let name = name(season);
            bar.suspend(|| {
                say(&format!(
                    "{name}: {missing} missing, {stale} older, {ahead} ahead"
                ))
            })?;
        }
        total.checked += drift.checked;
        total.missing += drift.missing;
        total.stale += drift.stale;
        total.ahead += drift.ahead;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let differ = total.missing + total.stale + total.ahead;
    let done = if dry_run {
        "would be repaired"
    } else {
        "repaired"
    };
    let (seasons, checked) = (seasons.len(), total.checked);
    say(&format!(
        "{seasons} seasons, {checked} standings compared, {differ} differed and {done}"
    ))
}

pub(super) async fn rebuild(args: RepairArgs) -> anyhow::Result<()> {
    let dry_run = args.dry_run;
    let (client, seasons) = chosen(args).await?;
    if dry_run {
        for season in &seasons {
            let recorded = season.recorded;
            say(&format!(
                "{} would be rebuilt from {recorded} standings",
                name(season)
            ))?;
        }
        return Ok(());
    }
    let bar = bar(seasons.len());
    let mut standings = 0;
    for season in &seasons {
        bar.set_message(name(season));
        standings += client.rebuild(&season.board, season.season).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let seasons = seasons.len();
    say(&format!(
        "{seasons} seasons rebuilt from {standings} standings"
    ))
}

pub(super) async fn clear_cache(args: RepairArgs) -> anyhow::Result<()> {
    let dry_run = args.dry_run;
    let (client, seasons) = chosen(args).await?;
    let held = seasons.iter().filter(|season| season.ranked.is_some());
    if dry_run {
        for season in held {
            say(&format!(
                "{} would be dropped; the next read loads it",
                name(season)
            ))?;
        }
        return Ok(());
    }
    let boards: BTreeSet<&Slug> = seasons.iter().map(|season| &season.board).collect();
    let bar = bar(boards.len());
    let mut dropped = 0;
    for board in boards {
        bar.set_message(board.to_string());
        dropped += client.clear_cache(board).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    say(&format!(
        "{dropped} seasons dropped; the next read of a season loads it"
    ))
}

/// The seasons selected by the options.
async fn chosen(args: RepairArgs) -> anyhow::Result<(Client, Vec<SeasonState>)> {
    let client = Client::new(args.server)?;
    let mut seasons = client.engine().await?.seasons;
    if let Some(board) = &args.board {
        seasons.retain(|season| season.board == *board);
        if seasons.is_empty() {
            anyhow::bail!(
                "the board {board} has no seasons; `leaderport status` lists all seasons"
            );
        }
    }
    Ok((client, seasons))
}

fn name(season: &SeasonState) -> String {
    format!("{}/{}", season.board, season.season)
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{line}").context("cannot write to standard output")
}

fn bar(steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    let style = style.expect("a valid template");
    ProgressBar::new(steps as u64).with_style(style)
}
