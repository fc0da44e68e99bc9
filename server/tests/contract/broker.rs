//! The broker contract: it ranks by the board's rules, ignores stale versions, and publishes every
//! change once.

mod cleanup;
mod names;
mod presence;
mod ranking;
mod reads;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

use leaderport::board::Ranking;
use leaderport::service::Broker;
use leaderport::service::ports::broker::{Change, Publication, Slice};
use leaderport::service::ports::stored::Ranks;
use leaderport::{Order, PlayerId, Position, Row, SeasonKey, Standing, TieRule, Timestamp};

pub(crate) use self::names::*;
pub(crate) use self::presence::*;
pub(crate) use self::ranking::*;
pub(crate) use self::reads::*;
pub(crate) use self::stream::*;
use super::{plain, sample};

/// Points: descending, ties ordered earliest first.
const POINTS: Ranking = Ranking {
    order: Order::Descending,
    tie: TieRule::Earliest,
};

/// The season that most tests use.
fn arena() -> SeasonKey {
    sample::key(&sample::slug("arena"), "all")
}

/// A change to a score reached at an instant, without a name.
fn change(player: &str, version: u64, score: i64, at: Timestamp) -> Change {
    Change {
        player: sample::player(player),
        name: None,
        standing: Some(Standing {
            score: sample::score(score),
            achieved_at: at,
            latest_at: at,
        }),
        version,
    }
}

/// A change that removes a player's standing.
fn leaving(player: &str, version: u64) -> Change {
    Change {
        player: sample::player(player),
        name: None,
        standing: None,
        version,
    }
}

/// The same change, with a player name of the change's version.
fn named(name: &str, change: Change) -> Change {
    Change {
        name: Some(sample::stored(name, change.version)),
        ..change
    }
}

/// Applies changes to a held season, names first, as the service does. Every changed player must
/// have a standing afterwards.
async fn apply(broker: &Arc<dyn Broker>, key: &SeasonKey, changes: &[Change]) -> Vec<Ranks> {
    let ranks = apply_any(broker, key, changes).await;
    let all: Option<Vec<Ranks>> = ranks.into_iter().collect();
    all.expect("every changed player has a standing")
}

/// Like [`apply`], but a change may remove a standing.
async fn apply_any(
    broker: &Arc<dyn Broker>,
    key: &SeasonKey,
    changes: &[Change],
) -> Vec<Option<Ranks>> {
    let named = changes
        .iter()
        .filter_map(|c| Some((c.player.clone(), c.name.clone()?)));
    let names: Vec<_> = named.collect();
    broker.rename(&names, false).await.unwrap();
    let ranks = broker
        .apply(key, changes)
        .await
        .unwrap()
        .expect("the season is held");
    assert_eq!(ranks.len(), changes.len(), "ranks for each change");
    ranks
}

async fn slice(broker: &Arc<dyn Broker>, key: &SeasonKey, start: u64, limit: usize) -> Slice {
    broker
        .slice(key, start, limit)
        .await
        .unwrap()
        .expect("the season is held")
}

/// All rows of a season of at most 1,000 players.
async fn rows(broker: &Arc<dyn Broker>, key: &SeasonKey) -> Vec<Row> {
    slice(broker, key, 0, 1000).await.rows
}

async fn position(broker: &Arc<dyn Broker>, key: &SeasonKey) -> Position {
    slice(broker, key, 0, 1).await.position
}

/// The players of these rows, in row order.
fn players(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.player.as_str()).collect()
}

/// The expected state of a season: the newest standing of every player.
#[derive(Default)]
struct Model(BTreeMap<PlayerId, Change>);

impl Model {
    fn of(standings: &[Change]) -> Self {
        let mut model = Self::default();
        for standing in standings {
            model.apply(standing);
        }
        model
    }

    /// Takes a change if its version is newer.
    fn apply(&mut self, change: &Change) {
        let known = self.0.get(&change.player);
        if known.is_none_or(|known| known.version < change.version) {
            let name = change
                .name
                .clone()
                .or_else(|| known.and_then(|known| known.name.clone()));
            self.0.insert(
                change.player.clone(),
                Change {
                    name,
                    ..change.clone()
                },
            );
        }
    }

    fn rows(&self, ranking: Ranking) -> Vec<Row> {
        plain::ranked(ranking, self.0.values().filter_map(plain::row).collect())
    }
}

/// The player, score and total of a publication.
fn summary_of(publication: &Publication) -> (&str, i64, u64) {
    let Publication {
        player, now, total, ..
    } = publication;
    let (score, _) = now.expect("the player has a standing");
    (player.as_str(), score.get(), *total)
}

/// The ranks that a publication carries.
fn ranks_of(publication: &Publication) -> Ranks {
    let (_, rank) = publication.now.expect("the player has a standing");
    Ranks {
        rank,
        previous: publication.previous,
        position: publication.position,
    }
}
