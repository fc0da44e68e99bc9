//! The ledger contract: it records each submission once, answers a repeat with the first answer,
//! and loses no acknowledged data.

mod names;
mod outbox;
mod plans;
mod ranked;
mod recording;
mod repeats;
mod text;

use std::sync::Arc;

use leaderport::service::Ledger;
use leaderport::service::ports::ledger::{
    Entry, Origin, Recorded, RecordedStanding, Settled, SettledStanding, Settlement,
};
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{Board, SeasonKey, Timestamp};

pub(crate) use self::names::*;
pub(crate) use self::outbox::*;
pub(crate) use self::plans::*;
pub(crate) use self::ranked::*;
pub(crate) use self::recording::*;
pub(crate) use self::repeats::*;
pub(crate) use self::text::*;
use super::sample;

/// A validated submission with its own time, as the service would build it.
fn entry(board: &Arc<Board>, n: u128, player: &str, value: i64, at: Timestamp) -> Entry {
    Entry {
        board: board.clone(),
        submission: sample::submission(n, &board.slug, player, value, at),
        arrived: at,
        at,
        refusal: None,
        origin: Origin::Server,
        may_rename: true,
        seasons: board.seasons_at(at),
    }
}

/// The same entry, with a player name.
fn named(name: &str, mut entry: Entry) -> Entry {
    entry.submission.name = Some(sample::name(name));
    entry
}

/// Records entries in one batch.
async fn record(ledger: &Arc<dyn Ledger>, entries: &[Entry]) -> Vec<Recorded> {
    let batch = ledger.record(&Settlement::default(), entries).await;
    let recorded = batch.unwrap().outcomes;
    assert_eq!(recorded.len(), entries.len(), "one outcome each");
    recorded
}

/// Stores the ranks of answers, then records entries, in one batch.
async fn settle(ledger: &Arc<dyn Ledger>, answers: &[Settled], entries: &[Entry]) -> Vec<Recorded> {
    let settlement = Settlement {
        answers: answers.to_vec(),
        applied: Vec::new(),
    };
    ledger.record(&settlement, entries).await.unwrap().outcomes
}

/// Records one entry that is new.
async fn record_new(ledger: &Arc<dyn Ledger>, entry: &Entry) -> Vec<RecordedStanding> {
    new(&record(ledger, std::slice::from_ref(entry)).await[0]).to_vec()
}

/// Records one entry again.
async fn record_again(ledger: &Arc<dyn Ledger>, entry: &Entry) -> Vec<SettledStanding> {
    before(&record(ledger, std::slice::from_ref(entry)).await[0]).to_vec()
}

fn new(recorded: &Recorded) -> &[RecordedStanding] {
    match recorded {
        Recorded::New(new) => &new.standings,
        other => panic!("expected a new record, got {other:?}"),
    }
}

fn before(recorded: &Recorded) -> &[SettledStanding] {
    match recorded {
        Recorded::Before(standings) => standings,
        other => panic!("expected a repeat, got {other:?}"),
    }
}

/// A season's standings, ordered by player.
async fn standings(ledger: &Arc<dyn Ledger>, key: &SeasonKey) -> Vec<StoredStanding> {
    let mut standings = ledger.standings(key).await.unwrap();
    standings.sort_by_key(|stored| stored.player.clone());
    standings
}

/// A season's players, scores and versions, ordered by player.
async fn scores(ledger: &Arc<dyn Ledger>, key: &SeasonKey) -> Vec<(String, i64, u64)> {
    let standings = standings(ledger, key).await;
    let shown = |s: &StoredStanding| {
        (
            s.player.to_string(),
            s.standing.unwrap().score.get(),
            s.version,
        )
    };
    standings.iter().map(shown).collect()
}
