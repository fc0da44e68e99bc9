//! `leaderport apply`: defines the boards of a file on a running server, by version.
//!
//! A board that another caller redefined after the comparison is refused, because its version
//! differs. A refusal of one board does not stop the others. Nothing is repeated: after a failure,
//! the same command again sends only the remaining differences.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write as _};

use anyhow::{Context, bail};
use leaderport::{Board, Effect, Marks, Rank, Score, Slug};

use super::plan::{Change, ChangeKind, Plan};
use super::settings::Settings;
use super::{ApplyArgs, print, read};
use crate::cli::client::{CallError, Client};
use crate::cli::progress::Progress;

/// Defines the boards of a file, after the differences and the preview are shown and confirmed.
///
/// # Errors
/// Fails if the file is invalid, the changes are not confirmed, the server does not answer, or it
/// refuses a board.
pub(in crate::cli) async fn apply(args: ApplyArgs) -> anyhow::Result<()> {
    let wanted = read(&args.file, args.prune)?;
    let client = Client::new(args.server)?;
    let plan = Plan::new(wanted, &client.boards().await?, args.prune);
    print(&plan.to_string())?;
    if plan.changes.is_empty() {
        return print("nothing to change\n");
    }
    let refusals = preview(&client, &plan).await?;
    if args.dry_run {
        refusals.check(plan.changes.len())?;
        return print("dry run: nothing was changed\n");
    }
    if !args.yes {
        confirm(plan.changes.len(), &client)?;
    }
    let refusals = define(&client, &plan).await;
    refusals.check(plan.changes.len())?;
    print(&format!("changed: {}\n", plan.changes.len()))
}

/// Boards that the server refused, with their sentences.
#[derive(Default)]
struct Refusals {
    boards: Vec<(Slug, String)>,
    /// The failure that ended the calls, if any.
    stopped: Option<CallError>,
}

impl Refusals {
    /// Notes a failed call. Returns whether calls for other boards may succeed.
    fn note(&mut self, slug: &Slug, error: CallError) -> bool {
        let is_refusal = matches!(error, CallError::Refused { .. });
        if is_refusal {
            self.boards.push((slug.clone(), error.with_field()));
        } else {
            self.stopped = Some(error);
        }
        is_refusal
    }

    /// Fails with the list of refused boards, and with the failure that ended the calls.
    fn check(self, count: usize) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        if !self.boards.is_empty() {
            let refused = self.boards.len();
            lines.push(format!("refused boards: {refused} of {count}"));
        }
        let boards = self.boards.into_iter();
        lines.extend(boards.map(|(slug, sentence)| format!("  {slug}: {sentence}")));
        if let Some(error) = self.stopped {
            let hint = "run the same command again for the boards that are left";
            lines.push(format!("stopped: {error}; {hint}"));
        }
        if lines.is_empty() {
            return Ok(());
        }
        bail!(lines.join("\n"));
    }
}

/// Prints the effects of changed rules. Returns the boards whose rules are refused.
async fn preview(client: &Client, plan: &Plan) -> anyhow::Result<Refusals> {
    let reranking: Vec<&Change> = plan.changes.iter().filter(|c| c.may_rerank()).collect();
    let mut progress = Progress::of_boards(count(reranking.len()));
    let (mut refusals, mut lines) = (Refusals::default(), Vec::new());
    for (done, change) in (0..).zip(reranking) {
        let ChangeKind::Redefine { after, .. } = &change.kind else {
            continue;
        };
        progress.update(done, &format!("preview of {}", change.slug));
        match client
            .preview_board(&change.slug, &Settings::of(after))
            .await
        {
            Ok(preview) => lines.push(effects(after, &preview.seasons)),
            Err(error @ CallError::Refused { .. }) => {
                let slug = &change.slug;
                lines.push(format!("{slug}: no preview: {}\n", error.with_field()));
                refusals.note(slug, error);
            }
            Err(error) => return Err(error).context("nothing was changed"),
        }
    }
    progress.finish();
    print(&lines.concat())?;
    Ok(refusals)
}

/// The effects on the running seasons of a board, as lines.
fn effects(board: &Board, seasons: &[Effect]) -> String {
    let mut lines = format!("{}: effect on the running seasons\n", board.slug);
    let mut add = |line: fmt::Arguments<'_>| {
        lines.write_fmt(line).expect("a string takes every text");
    };
    for effect in seasons {
        let season = effect.season;
        if effect.is_removed {
            add(format_args!("  {season}: takes no more submissions\n"));
            continue;
        }
        let (players, reranked, rescored) = (effect.players, effect.reranked, effect.rescored);
        add(format_args!(
            "  {season}: {players} players, {reranked} other ranks, {rescored} other scores\n"
        ));
        for moved in effect.first.iter().filter(|m| m.before != Some(m.after)) {
            let place = |(rank, score): (Rank, Score)| {
                let score = board.format.show(score, Marks::ENGLISH);
                format!("rank {} with {score}", rank.get())
            };
            let before = moved.before.map_or_else(|| "unranked".to_owned(), place);
            let (name, after) = (moved.name.as_str(), place(moved.after));
            add(format_args!("    {name}: {before} -> {after}\n"));
        }
    }
    lines
}

/// Asks on the terminal.
fn confirm(changes: usize, client: &Client) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        bail!("nothing was changed: without a terminal, --yes is required");
    }
    let server = client.server();
    write!(
        io::stderr(),
        "Change these boards of {server} ({changes})? [y/N] "
    )?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    let answer = answer.trim();
    if !["y", "yes"]
        .iter()
        .any(|yes| answer.eq_ignore_ascii_case(yes))
    {
        bail!("nothing was changed: not confirmed");
    }
    Ok(())
}

/// Sends the changes, one after the other.
async fn define(client: &Client, plan: &Plan) -> Refusals {
    let mut progress = Progress::of_boards(count(plan.changes.len()));
    let mut refusals = Refusals::default();
    for (done, change) in (0..).zip(&plan.changes) {
        progress.update(done, change.slug.as_str());
        if let Err(error) = send(client, change).await
            && !refusals.note(&change.slug, error)
        {
            break;
        }
    }
    progress.finish();
    refusals
}

async fn send(client: &Client, change: &Change) -> Result<(), CallError> {
    let slug = &change.slug;
    match &change.kind {
        ChangeKind::Define { after } => client.replace_board(slug, after, None).await,
        ChangeKind::Redefine { version, after, .. } => {
            let after = Settings::of(after);
            client.replace_board(slug, &after, Some(*version)).await
        }
        ChangeKind::Archive { version } => client.archive_board(slug, *version).await,
    }
}

fn count(boards: usize) -> u64 {
    u64::try_from(boards).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use leaderport::BoardDraft;
    use serde_json::json;

    use super::*;

    #[test]
    fn effects_name_the_players_that_move() {
        let draft = json!({ "title": "A", "policy": "best", "order": "descending",
                            "tie": "earliest", "periods": ["all_time"],
                            "format": { "decimals": 1 } });
        let draft: BoardDraft = serde_json::from_value(draft).unwrap();
        let board = Board::new(Slug::new("a").unwrap(), draft).unwrap();
        let seasons = json!([
            { "season": "all", "players": 2, "reranked": 1, "rescored": 0, "first": [
                { "player": "ann", "name": "Ann", "before": [1, 305], "after": [1, 305] },
                { "player": "bob", "name": "Bob", "before": [2, 300], "after": [1, 300] },
                { "player": "cat", "name": "Cat", "before": null, "after": [3, 10] },
            ] },
            { "season": "2026", "is_removed": true, "players": 0, "reranked": 0,
              "rescored": 0, "first": [] },
        ]);
        let seasons: Vec<Effect> = serde_json::from_value(seasons).unwrap();
        let expected = "a: effect on the running seasons
  all: 2 players, 1 other ranks, 0 other scores
    Bob: rank 2 with 30.0 -> rank 1 with 30.0
    Cat: unranked -> rank 3 with 1.0
  2026: takes no more submissions
";
        assert_eq!(effects(&board, &seasons), expected);
    }
}
