//! Group commit: one task that serialises every change.
//!
//! The task takes a request and all requests that arrived during the previous commit. It
//! records them in one transaction, applies them to the broker, and answers. Concurrent
//! callers thus share the cost of a disk flush, no caller waits for a timer, and an answer
//! always means durable.
//!
//! The ranks of an answer are known only after the commit. The next commit stores them.
//! Without requests for [`SETTLE_AFTER`], a separate commit stores them. A repeated
//! submission then gets the first answer. If the process is killed before, or the broker is
//! down, no ranks are stored. The first repeat then gets the same standings with current
//! ranks, which its caller reads and settles ([`settle`](super::settle)).

mod decide;
mod define;
mod names;
mod pending;
mod record;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{Mutex, mpsc, oneshot};

pub use self::define::Defined;
pub(crate) use self::define::{Edit, check_calendar, defined};
use self::pending::Pending;
use crate::admin::audit::AuditNote;
use crate::service::error::Error;
use crate::service::leaderboards::admission::{self, Terms};
use crate::service::leaderboards::limits::MAX_BATCH;
use crate::service::leaderboards::near_cache::Near;
use crate::service::leaderboards::reconciliation::loader::Loader;
use crate::service::leaderboards::reconciliation::outbox::Applied;
use crate::service::leaderboards::{Boards, CommitTask};
use crate::service::ports::broker::Broker;
use crate::service::ports::broker::Change;
use crate::service::ports::ledger::Ledger;
use crate::service::ports::ledger::{
    Entry, Recorded, RecordedBatch, RecordedStanding, Renamed, Renaming, Settled, SettledStanding,
    Settlement,
};
use crate::service::ports::records::Records;
use crate::service::ports::stored::{Ranks, StoredName};
use crate::service::supervisor::Supervisor;
use crate::{
    PlayerId, PlayerName, Ruled, Ruling, Score, Season, SeasonKey, Slug, Submission, SubmissionId,
    Timestamp,
};

/// Maximum number of submissions in one transaction; ledgers number the submissions within
/// a transaction.
const MAX_COMMIT: usize = 4 * MAX_BATCH;

/// Maximum attempts to record entries whose boards are redefined concurrently.
const MAX_DEFINITIONS: u32 = 8;

const SETTLE_AFTER: Duration = Duration::from_millis(20);

type Outcomes = Vec<Result<ImportOutcome, Error>>;
type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// A request to the task.
pub(crate) enum Request {
    Submit {
        submissions: Vec<Submission>,
        arrived: Timestamp,
        terms: Terms,
        reply: Reply<Outcomes>,
    },
    /// A player's own new name.
    Rename {
        renaming: Renaming,
        reply: Reply<()>,
    },
    Define {
        edit: Edit,
        expected: Option<u64>,
        note: AuditNote,
        reply: Reply<Defined>,
    },
    Delete {
        slug: Slug,
        expected: Option<u64>,
        note: AuditNote,
        reply: Reply<()>,
    },
    /// Stores ranks of earlier answers with the next commit.
    Settle(Vec<Settled>),
    Decide {
        decision: Decision,
        note: AuditNote,
        reply: Reply<Ruled>,
    },
}

/// A decision about submissions or players.
pub(crate) enum Decision {
    Ruling(Ruling),
    /// Permanently erase a player.
    Erase(PlayerId),
}

/// The answer to a submission; the same for every repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Id of the submission.
    pub id: SubmissionId,
    /// The board.
    pub board: Slug,
    /// The player whose standings changed.
    pub player: PlayerId,
    /// Display name of the player; the id if there is none.
    pub name: PlayerName,
    /// One entry for each season in which the submission counts, longest period first.
    pub seasons: Vec<SeasonOutcome>,
}

/// The answer to a submission, and whether it is the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOutcome {
    /// The answer.
    pub outcome: Outcome,
    /// Whether the submission was recorded before.
    pub is_repeat: bool,
}

/// A season's part of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeasonOutcome {
    /// The season.
    pub season: Season,
    /// Score of the standing after the submission.
    pub score: Score,
    /// Time at which the score was reached.
    pub achieved_at: Timestamp,
    /// Rank and previous rank; absent while the broker is down.
    pub ranks: Option<Ranks>,
}

/// State that the task shares with the service.
pub(crate) struct Shared {
    pub(crate) applied: Arc<Applied>,
    pub(crate) boards: Boards,
    pub(crate) loader: Arc<Loader>,
    pub(crate) near: Arc<Near>,
}

/// State of the task.
pub(crate) struct Committer {
    queue: mpsc::Receiver<Request>,
    applied: Arc<Applied>,
    boards: Boards,
    ledger: Arc<dyn Ledger>,
    records: Arc<dyn Records>,
    broker: Arc<dyn Broker>,
    loader: Arc<Loader>,
    near: Arc<Near>,
    /// Data to store with the next commit.
    settlement: Settlement,
}

impl Committer {
    pub(crate) fn new(
        queue: mpsc::Receiver<Request>,
        shared: Shared,
        ledger: Arc<dyn Ledger>,
        records: Arc<dyn Records>,
        broker: Arc<dyn Broker>,
    ) -> Self {
        let Shared {
            applied,
            boards,
            loader,
            near,
        } = shared;
        Self {
            queue,
            applied,
            boards,
            ledger,
            records,
            broker,
            loader,
            near,
            settlement: Settlement::default(),
        }
    }

    /// Starts the task. It ends when every sender is dropped and all requests are settled. If it
    /// panics, the callers of its commit get an error, and it goes on with the next request.
    pub(crate) fn start(self, tasks: &Supervisor) -> CommitTask {
        let committer = Arc::new(Mutex::new(self));
        tasks.spawn("commits", move || {
            let committer = committer.clone();
            async move { committer.lock().await.run().await }
        })
    }

    async fn run(&mut self) {
        while let Some(first) = self.next().await {
            let mut pending = Pending::default();
            let mut settled = 0;
            let mut next = Some(first);
            while let Some(request) = next.take() {
                match request {
                    Request::Submit {
                        submissions,
                        arrived,
                        terms,
                        reply,
                    } => {
                        pending.submitters.push((submissions.len(), reply));
                        let admit = |s| admission::admit(&self.boards, s, arrived, terms);
                        pending.entries.extend(submissions.into_iter().map(admit));
                    }
                    Request::Rename { renaming, reply } => {
                        pending.renamings.push(renaming);
                        pending.renamers.push(reply);
                    }
                    Request::Settle(answers) => {
                        settled += answers.len();
                        self.settlement.answers.extend(answers);
                    }
                    Request::Decide {
                        decision,
                        note,
                        reply,
                    } => {
                        // Commit the earlier requests first, so that the decision covers them.
                        self.answer(std::mem::take(&mut pending)).await;
                        let ruled = self.decide(&decision, &note).await;
                        // The caller may be gone.
                        let _ = reply.send(ruled);
                    }
                    Request::Delete {
                        slug,
                        expected,
                        note,
                        reply,
                    } => {
                        // Commit the earlier submissions first, so that none follows the deletion.
                        self.answer(std::mem::take(&mut pending)).await;
                        let deleted = self.delete(&slug, expected, note).await;
                        // The caller may be gone.
                        let _ = reply.send(deleted);
                    }
                    Request::Define {
                        edit,
                        expected,
                        note,
                        reply,
                    } => {
                        // Commit the earlier submissions first, under the old rules.
                        self.answer(std::mem::take(&mut pending)).await;
                        let defined = self.define(&edit, expected, note).await;
                        // The caller may be gone.
                        let _ = reply.send(defined);
                    }
                }
                if pending.len() + settled + MAX_BATCH <= MAX_COMMIT {
                    next = self.queue.try_recv().ok();
                }
            }
            self.answer(pending).await;
        }
    }

    /// The next request. If none arrives soon, first stores the ranks of earlier answers.
    async fn next(&mut self) -> Option<Request> {
        if !self.settlement.is_empty() {
            match tokio::time::timeout(SETTLE_AFTER, self.queue.recv()).await {
                Ok(Some(request)) => return Some(request),
                Ok(None) | Err(_) => {
                    if let Err(error) = self.record(&[], &[]).await {
                        tracing::warn!(%error, "ranks of answers were not stored; repeated submissions get current ranks");
                    }
                }
            }
        }
        self.queue.recv().await
    }

    /// Commits entries and renamings. Returns an outcome for each entry, and a result for each
    /// renaming.
    async fn commit(
        &mut self,
        entries: Vec<Entry>,
        renamings: &[Renaming],
    ) -> Result<(Outcomes, Vec<Renamed>), Error> {
        self.hold(&entries).await;
        let (entries, recorded) = self.record_by_current_rules(entries, renamings).await?;
        let RecordedBatch {
            id: batch,
            outcomes: recorded,
            renamed,
            names,
            ..
        } = recorded;
        let entries = &entries[..];
        metrics::histogram!("leaderport_commit_submissions")
            .record(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        let new_names = names::new_names(&recorded, renamings, &renamed);
        let is_named = self.rename(&new_names).await;
        let (ranks, is_applied) = self.apply(entries, &recorded, &names).await;
        // A batch that did not reach the broker stays in the outbox.
        if is_named && is_applied {
            self.applied.add(u64::from(batch.is_some()));
            self.settlement.applied.extend(batch);
        }
        let mut ranks = ranks.into_iter();
        let mut outcomes: Outcomes = Vec::with_capacity(entries.len());
        // Index of each first answer in this commit, for repeats in the same commit.
        let mut answered: HashMap<SubmissionId, usize> = HashMap::new();
        for (entry, recorded) in entries.iter().zip(recorded) {
            let id = entry.submission.id;
            let is_repeat = matches!(recorded, Recorded::Before(_));
            let settled = match recorded {
                Recorded::New(new) => {
                    answered.insert(id, outcomes.len());
                    let settle = |s: RecordedStanding| {
                        let ranks = ranks.next().flatten();
                        SettledStanding {
                            season: s.season,
                            standing: s.standing,
                            ranks,
                        }
                    };
                    let standings: Vec<_> = new.standings.into_iter().map(settle).collect();
                    let ranks = standings.iter().map(|s| s.ranks).collect();
                    let answer = Settled { id, ranks };
                    // Ranks that the broker did not return are settled later.
                    self.settlement.answers.extend(answer.complete());
                    Ok(standings)
                }
                Recorded::Before(settled) => match answered.get(&id) {
                    Some(first) => {
                        let mut repeat = outcomes[*first].clone();
                        if let Ok(repeat) = &mut repeat {
                            repeat.is_repeat = true;
                        }
                        outcomes.push(repeat);
                        continue;
                    }
                    None => Ok(settled),
                },
                Recorded::Conflict => Err(Error::IdConflict(id)),
                Recorded::Refused => {
                    let refusal = entry.refusal.clone();
                    Err(refusal.expect("only an entry with a refusal is refused"))
                }
                Recorded::Banned => Err(Error::Banned(entry.submission.player.clone())),
                Recorded::Erased(at) => Err(Error::Erased(entry.submission.player.clone(), at)),
                Recorded::OutOfRange(error) => Err(error.into()),
                Recorded::Unreadable(error) => Err(error.into()),
            };
            let name = names.get(&entry.submission.player);
            let outcome = settled.map(|settled| outcome(entry, name, settled));
            outcomes.push(outcome.map(|outcome| ImportOutcome { outcome, is_repeat }));
        }
        Ok((outcomes, renamed))
    }

    /// Applies the recorded standings, season by season, with the names of their players: the
    /// broker may have dropped the names of a board. Returns the ranks for the standings of all
    /// new records, in order, and whether the broker has all these standings.
    async fn apply(
        &self,
        entries: &[Entry],
        recorded: &[Recorded],
        names: &HashMap<PlayerId, StoredName>,
    ) -> (Vec<Option<Ranks>>, bool) {
        let mut seasons: HashMap<SeasonKey, (Vec<Change>, Vec<usize>)> = HashMap::new();
        let mut slots = 0;
        for (entry, recorded) in entries.iter().zip(recorded) {
            let Recorded::New(new) = recorded else {
                continue;
            };
            for standing in &new.standings {
                let key = SeasonKey {
                    board: entry.board.slug.clone(),
                    season: standing.season,
                };
                let (changes, places) = seasons.entry(key).or_default();
                changes.push(change(&new.player, standing, names));
                places.push(slots);
                slots += 1;
            }
        }
        let mut ranks = vec![None; slots];
        let mut is_applied = true;
        let loader = &self.loader;
        // Seasons are applied concurrently, because each costs a round trip to a remote
        // broker.
        let seasons = seasons
            .into_iter()
            .map(|(key, (changes, places))| async move {
                let applied = loader.apply(&key, &changes).await;
                (key, places, applied)
            });
        for (key, places, applied) in join_all(seasons).await {
            match applied {
                Ok(applied) => {
                    for (place, applied) in places.into_iter().zip(applied) {
                        if let Some(applied) = applied {
                            self.near.see(&key, applied.position);
                        }
                        ranks[place] = applied;
                    }
                }
                Err(error) => {
                    tracing::warn!(season = %key, error = ?error, "changes are recorded but not applied to the broker; they are retried");
                    self.near.forget_season(&key);
                    is_applied = false;
                }
            }
        }
        (ranks, is_applied)
    }
}

fn outcome(entry: &Entry, name: Option<&StoredName>, settled: Vec<SettledStanding>) -> Outcome {
    let player = &entry.submission.player;
    let seasons = settled
        .into_iter()
        .map(|s| SeasonOutcome {
            season: s.season,
            score: s.standing.score,
            achieved_at: s.standing.achieved_at,
            ranks: s.ranks,
        })
        .collect();
    Outcome {
        id: entry.submission.id,
        board: entry.board.slug.clone(),
        player: player.clone(),
        name: name.map_or_else(|| player.into(), |stored| stored.name.clone()),
        seasons,
    }
}

fn keys(entry: &Entry) -> impl Iterator<Item = SeasonKey> + '_ {
    let board = &entry.board.slug;
    entry.seasons.iter().map(|s| SeasonKey {
        board: board.clone(),
        season: *s,
    })
}

fn change(
    player: &PlayerId,
    standing: &RecordedStanding,
    names: &HashMap<PlayerId, StoredName>,
) -> Change {
    Change {
        name: names.get(player).cloned(),
        player: player.clone(),
        standing: Some(standing.standing),
        version: standing.version,
    }
}
