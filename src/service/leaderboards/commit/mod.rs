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
mod record;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{Mutex, mpsc, oneshot};

pub use self::define::Defined;
pub(crate) use self::define::{Edit, check_calendar, defined};
use crate::audit::AuditNote;
use crate::service::error::Error;
use crate::service::leaderboards::limits::MAX_BATCH;
use crate::service::leaderboards::loader::Loader;
use crate::service::leaderboards::near_cache::Near;
use crate::service::leaderboards::{Boards, CommitTask, admission};
use crate::service::ports::broker::Broker;
use crate::service::ports::broker::Change;
use crate::service::ports::ledger::Ledger;
use crate::service::ports::ledger::{
    Entry, Recorded, RecordedBatch, RecordedStanding, Settled, SettledStanding, Settlement,
};
use crate::service::ports::records::Records;
use crate::service::ports::records::RuledBy;
use crate::service::ports::stored::Ranks;
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
        is_import: bool,
        reply: Reply<Outcomes>,
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
    Ruling(Ruling, RuledBy),
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
    /// One entry for each season in which the submission counts, longest period first.
    pub seasons: Vec<SeasonOutcome>,
}

/// The answer to a submission of an import.
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

/// State of the task.
pub(crate) struct Committer {
    queue: mpsc::Receiver<Request>,
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
        boards: Boards,
        ledger: Arc<dyn Ledger>,
        records: Arc<dyn Records>,
        broker: Arc<dyn Broker>,
        loader: Arc<Loader>,
        near: Arc<Near>,
    ) -> Self {
        Self {
            queue,
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
            let mut entries = Vec::new();
            let mut waiting = Vec::new();
            let mut settled = 0;
            let mut next = Some(first);
            while let Some(request) = next.take() {
                match request {
                    Request::Submit {
                        submissions,
                        arrived,
                        is_import,
                        reply,
                    } => {
                        waiting.push((submissions.len(), reply));
                        let admit = |s| admission::admit(&self.boards, s, arrived, is_import);
                        entries.extend(submissions.into_iter().map(admit));
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
                        // Commit the earlier submissions first, so that the decision covers them.
                        self.answer(std::mem::take(&mut entries), std::mem::take(&mut waiting))
                            .await;
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
                        self.answer(std::mem::take(&mut entries), std::mem::take(&mut waiting))
                            .await;
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
                        self.answer(std::mem::take(&mut entries), std::mem::take(&mut waiting))
                            .await;
                        let defined = self.define(&edit, expected, note).await;
                        // The caller may be gone.
                        let _ = reply.send(defined);
                    }
                }
                if entries.len() + settled + MAX_BATCH <= MAX_COMMIT {
                    next = self.queue.try_recv().ok();
                }
            }
            self.answer(entries, waiting).await;
        }
    }

    /// The next request. If none arrives soon, first stores the ranks of earlier answers.
    async fn next(&mut self) -> Option<Request> {
        if !self.settlement.is_empty() {
            match tokio::time::timeout(SETTLE_AFTER, self.queue.recv()).await {
                Ok(Some(request)) => return Some(request),
                Ok(None) | Err(_) => {
                    if let Err(error) = self.record(&[]).await {
                        tracing::warn!(%error, "ranks of answers were not stored; repeated submissions get current ranks");
                    }
                }
            }
        }
        self.queue.recv().await
    }

    async fn answer(
        &mut self,
        admitted: Vec<Result<Entry, Error>>,
        waiting: Vec<(usize, Reply<Outcomes>)>,
    ) {
        if waiting.is_empty() {
            return;
        }
        let mut entries = Vec::with_capacity(admitted.len());
        let admitted: Vec<Result<(), Error>> = admitted
            .into_iter()
            .map(|entry| entry.map(|entry| entries.push(entry)))
            .collect();
        match self.commit(entries).await {
            Ok(outcomes) => {
                let mut committed = outcomes.into_iter();
                let mut outcomes = admitted.into_iter().map(|admitted| {
                    admitted.and_then(|()| committed.next().expect("one outcome an entry"))
                });
                for (count, reply) in waiting {
                    // The caller may be gone.
                    let _ = reply.send(Ok(outcomes.by_ref().take(count).collect()));
                }
            }
            Err(error) => {
                for (_, reply) in waiting {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    async fn commit(&mut self, entries: Vec<Entry>) -> Result<Outcomes, Error> {
        self.hold(&entries).await;
        let (entries, recorded) = self.record_by_rules_of_now(entries).await?;
        let RecordedBatch {
            id: batch,
            outcomes: recorded,
            ..
        } = recorded;
        let entries = &entries[..];
        metrics::histogram!("leaderport_commit_submissions")
            .record(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        let names = names(&recorded);
        let renamed = self.rename(&names).await;
        let (ranks, is_applied) = self.apply(entries, &recorded, &names).await;
        // A batch that did not reach the broker stays in the outbox.
        if renamed && is_applied {
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
            };
            let outcome = settled.map(|settled| outcome(entry, settled));
            outcomes.push(outcome.map(|outcome| ImportOutcome { outcome, is_repeat }));
        }
        Ok(outcomes)
    }

    /// Sets display names in the broker, before any season changes, because a name belongs
    /// to a player and not to a season. Returns whether the broker has the names.
    async fn rename(&self, names: &HashMap<PlayerId, PlayerName>) -> bool {
        if names.is_empty() {
            return true;
        }
        let names: Vec<_> = names.iter().map(|(p, n)| (p.clone(), n.clone())).collect();
        match self.broker.rename(&names, false).await {
            Ok(shown) => {
                for (key, position) in shown {
                    self.near.see(&key, position);
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, "names are recorded but not applied to the broker; they are retried");
                // An acknowledged caller must not read an older cached page.
                self.near.forget_all();
                false
            }
        }
    }

    /// Applies the recorded standings, season by season. Returns the ranks for the standings
    /// of all new records, in order, and whether the broker has all these standings.
    async fn apply(
        &self,
        entries: &[Entry],
        recorded: &[Recorded],
        names: &HashMap<PlayerId, PlayerName>,
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

fn outcome(entry: &Entry, settled: Vec<SettledStanding>) -> Outcome {
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
        player: entry.submission.player.clone(),
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

/// The display names in new records: for each player, the last one.
fn names(recorded: &[Recorded]) -> HashMap<PlayerId, PlayerName> {
    let named = recorded.iter().filter_map(|recorded| match recorded {
        Recorded::New(new) => Some((new.player.clone(), new.name.clone()?)),
        _ => None,
    });
    named.collect()
}

fn change(
    player: &PlayerId,
    standing: &RecordedStanding,
    names: &HashMap<PlayerId, PlayerName>,
) -> Change {
    Change {
        name: names.get(player).cloned(),
        player: player.clone(),
        standing: Some(standing.standing),
        version: standing.version,
    }
}
