//! [`Leaderboards`]: the single write path and the single read path, over two ports.
//!
//! Every submission is checked here. The group commit ([`commit`]) then records it in the
//! [`Ledger`] and applies it to the [`Broker`]. The caller gets an answer only after the
//! ledger's transaction is durable. Reads use the broker's ranked state. The first read of
//! a season that the broker does not hold loads it from the ledger.
//!
//! Server functions, REST and realtime call this service and never an engine. The command
//! line, with its import, is a client of the REST API.

pub mod admin;
mod admission;
pub mod commit;
mod keyed_locks;
pub mod limits;
mod near_cache;
pub mod reads;
mod reconciliation;
mod settle;
mod start;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use self::admin::health::Neighbours;
use self::admin::recounts::Recounts;
use self::admission::Terms;
use self::commit::{Defined, Edit, Request};
use self::commit::{ImportOutcome, Outcome};
use self::limits::MAX_BATCH;
use self::near_cache::Near;
use self::reads::board_reads::BoardReads;
use self::reads::merges::Merges;
use self::reads::viewers::Viewers;
use self::reads::{pages, sketch};
use self::reconciliation::loader::Loader;
use self::reconciliation::outbox::Applied;
pub use self::start::{CommitTask, Ports, Rebuilt};
use crate::admin::audit::AuditNote;
use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::ports::broker::Broker;
use crate::service::ports::clock::Clock;
use crate::service::ports::ledger::{Ledger, Origin, StoredBoards};
use crate::service::ports::limiter::Limiter;
use crate::service::ports::records::Records;
use crate::service::supervisor::Supervisor;
use crate::{
    Board, BoardDraft, Definition, InvalidValue, PageNumber, Season, SeasonKey, Sketch, Slug,
    Submission, Timestamp,
};

/// Maximum number of boards in a deployment.
pub const MAX_BOARDS: usize = 10_000;

/// Time for which a definition waits for the recount of its board, less than an HTTP request's.
const RECOUNT_WAIT: Duration = Duration::from_secs(20);

pub(crate) type Boards = Arc<RwLock<BTreeMap<Slug, Arc<Board>>>>;

/// Stores definitions that are newer than the known ones.
fn take_newer(boards: &Boards, read: impl IntoIterator<Item = Board>) {
    // Within a version, a recount can only end.
    let age = |board: &Board| (board.version, !board.recounting);
    let mut boards = boards.write().unwrap_or_else(PoisonError::into_inner);
    for board in read {
        let known = boards.get(&board.slug);
        if known.is_none_or(|known| age(known) < age(&board)) {
            boards.insert(board.slug.clone(), board.into());
        }
    }
}

/// The known boards. Taken before a read of the ledger, for [`take_all`].
fn known(boards: &Boards) -> BTreeMap<Slug, Arc<Board>> {
    let boards = boards.read().unwrap_or_else(PoisonError::into_inner);
    boards.clone()
}

/// The known definition of one board, like [`known`].
fn known_one(boards: &Boards, slug: &Slug) -> BTreeMap<Slug, Arc<Board>> {
    let boards = boards.read().unwrap_or_else(PoisonError::into_inner);
    let board = boards.get_key_value(slug);
    let board = board.map(|(slug, board)| (slug.clone(), board.clone()));
    board.into_iter().collect()
}

/// Stores definitions, and forgets boards that the ledger no longer has. `known` has the
/// definitions of before the read. A board that was defined since then is only replaced by a newer
/// definition. Any other may also be older, because the ledger was restored to an earlier state.
/// A board that cannot be read stays as known. Returns the forgotten boards.
fn take_all(boards: &Boards, known: BTreeMap<Slug, Arc<Board>>, stored: StoredBoards) -> Vec<Slug> {
    let mut forgotten = Vec::new();
    let (read, unreadable) = (stored.boards, stored.unreadable);
    {
        let read: BTreeMap<&Slug, &Board> = read.iter().map(|board| (&board.slug, board)).collect();
        let mut boards = boards.write().unwrap_or_else(PoisonError::into_inner);
        for (slug, before) in known {
            let is_same = |now: &Arc<Board>| Arc::ptr_eq(now, &before);
            if !boards.get(&slug).is_some_and(is_same) {
                continue;
            }
            match read.get(&slug) {
                Some(board) if **board == *before => {}
                Some(board) => {
                    boards.insert(slug, Arc::new((*board).clone()));
                }
                None if unreadable.contains(&slug) => {}
                None => {
                    boards.remove(&slug);
                    forgotten.push(slug);
                }
            }
        }
    }
    take_newer(boards, read);
    forgotten
}

/// Reloads a board's rules from the ledger after they were changed or deleted elsewhere.
async fn learn(
    boards: &Boards,
    ledger: &dyn Ledger,
    near: &Near,
    slug: &Slug,
) -> Result<(), Error> {
    let known = known_one(boards, slug);
    let read = StoredBoards {
        boards: ledger.board(slug).await?.into_iter().collect(),
        ..StoredBoards::default()
    };
    for slug in take_all(boards, known, read) {
        near.forget_board(&slug);
    }
    Ok(())
}

/// The service. Share it as `Arc<Leaderboards>`.
pub struct Leaderboards {
    applied: Arc<Applied>,
    boards: Boards,
    broker: Arc<dyn Broker>,
    clock: Arc<dyn Clock>,
    /// Permits for reads from the ledger while the broker is down.
    degraded: Semaphore,
    /// Permits for searches of players.
    searches: Semaphore,
    exports: Arc<Semaphore>,
    ledger: Arc<dyn Ledger>,
    limiter: Arc<dyn Limiter>,
    loader: Arc<Loader>,
    merges: Merges,
    near: Arc<Near>,
    neighbours: Neighbours,
    node: String,
    started: Timestamp,
    records: Arc<dyn Records>,
    recounts: Arc<Recounts>,
    /// Running reads of pages, shared by concurrent callers.
    reads: Mutex<HashMap<(SeasonKey, PageNumber, u64), pages::SharedRead>>,
    requests: mpsc::Sender<Request>,
    /// The recorded seasons of boards, with their numbers of standings.
    season_counts: BoardReads<Vec<(Season, u64)>>,
    season_labels: BoardReads<Vec<Season>>,
    sketches: Cache<sketch::Ranked, Arc<Sketch>>,
    /// Running computations of sketches, shared by concurrent callers.
    sketching: Mutex<HashMap<sketch::Ranked, sketch::SharedSketch>>,
    sketch_turns: Semaphore,
    tasks: Supervisor,
    /// Boards of the ledger that this version cannot read, as of the last read of all boards.
    unreadable: Mutex<BTreeSet<Slug>>,
    viewers: Viewers,
}

const fn origin_of(caller: &Caller) -> Origin {
    match caller {
        Caller::Person { .. } => Origin::Player,
        Caller::GameServer(_) | Caller::Operator | Caller::Nobody => Origin::Server,
    }
}

impl Leaderboards {
    /// Supervises the lasting tasks of this node.
    #[must_use]
    pub fn tasks(&self) -> &Supervisor {
        &self.tasks
    }

    /// Every board, by slug.
    #[must_use]
    pub fn boards(&self) -> Vec<Arc<Board>> {
        let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
        boards.values().cloned().collect()
    }

    /// Every board, for admins.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission.
    pub fn boards_to_run(&self, caller: &Caller) -> Result<Vec<Arc<Board>>, Error> {
        caller.check(Operation::ReadEngine)?;
        Ok(self.boards())
    }

    /// One board.
    ///
    /// # Errors
    /// Returns [`Error::UnknownBoard`].
    pub fn board(&self, slug: &Slug) -> Result<Arc<Board>, Error> {
        let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
        boards
            .get(slug)
            .cloned()
            .ok_or_else(|| Error::UnknownBoard(slug.clone()))
    }

    /// Like [`Self::define`]; returns the board.
    ///
    /// # Errors
    /// Like [`Self::define`].
    pub async fn define_board(
        &self,
        caller: &Caller,
        slug: Slug,
        draft: BoardDraft,
        expected: Option<u64>,
    ) -> Result<Arc<Board>, Error> {
        let defined = self.define(caller, slug, draft.into(), expected);
        Ok(defined.await?.board)
    }

    /// Creates or redefines a board. An equal definition changes nothing. A changed order or tie
    /// rule ranks the standings again at once. A changed policy recounts them from all
    /// submissions. The board refuses submissions until the recount ends, before this returns.
    /// With `expected`, replaces only that version; 0 means that the board must not exist.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, a value is invalid, the definition omits
    /// settings that it would reset, the version differs, there are too many boards, or the
    /// ledger is down.
    pub async fn define(
        &self,
        caller: &Caller,
        slug: Slug,
        definition: Definition,
        expected: Option<u64>,
    ) -> Result<Defined, Error> {
        caller.check(Operation::DefineBoard(&slug))?;
        let note = self.note_of(caller, "define_board", slug.to_string());
        let edit = Edit::Rules(slug, Box::new(definition));
        let defined = self.edit(edit, expected, note).await?;
        self.recounted(defined).await
    }

    /// Commits an edit of a board's definition. A recount that it causes may not have ended.
    async fn edit(
        &self,
        edit: Edit,
        expected: Option<u64>,
        note: AuditNote,
    ) -> Result<Defined, Error> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Define {
            edit,
            expected,
            note,
            reply,
        })
        .await?;
        answer.await.map_err(|_| Error::stopping())?
    }

    /// A defined board, after the recount of its standings.
    ///
    /// # Errors
    /// Fails if the ledger is down, or if the recount takes long. It goes on.
    pub(crate) async fn recounted(&self, defined: Defined) -> Result<Defined, Error> {
        if !defined.board.recounting {
            return Ok(defined);
        }
        let slug = &defined.board.slug;
        let finished = timeout(RECOUNT_WAIT, self.recounts.finish(slug)).await;
        let standings = finished.map_err(|_| Error::Recounting(slug.clone()))??;
        Ok(Defined {
            board: self.board(slug)?,
            standings,
            ..defined
        })
    }

    /// Records submissions; returns once they are durable. Returns one outcome for each, in
    /// order. A refused submission does not affect the others, even if the caller may not
    /// submit it.
    ///
    /// # Errors
    /// Fails, without recording any, on more than [`MAX_BATCH`] submissions, an exceeded
    /// quota, or a ledger that is down.
    pub async fn submit(
        &self,
        caller: &Caller,
        submissions: Vec<Submission>,
    ) -> Result<Vec<Result<Outcome, Error>>, Error> {
        let outcomes = self
            .submit_all(caller, submissions, origin_of(caller))
            .await?;
        let outcome = |outcome: ImportOutcome| outcome.outcome;
        Ok(outcomes.into_iter().map(|o| o.map(outcome)).collect())
    }

    /// Like [`Self::submit`], for scores from before, like those in a file. An erased player
    /// does not come back by them: refuses their scores without a time after the erasure.
    ///
    /// # Errors
    /// Like [`Self::submit`].
    pub async fn import(
        &self,
        caller: &Caller,
        submissions: Vec<Submission>,
    ) -> Result<Vec<Result<ImportOutcome, Error>>, Error> {
        self.submit_all(caller, submissions, Origin::Import).await
    }

    async fn submit_all(
        &self,
        caller: &Caller,
        submissions: Vec<Submission>,
        origin: Origin,
    ) -> Result<Vec<Result<ImportOutcome, Error>>, Error> {
        if submissions.len() > MAX_BATCH {
            let reason = format!("must have at most {MAX_BATCH} submissions");
            return Err(InvalidValue::new("submissions", submissions.len(), reason).into());
        }
        let mut refused = self.check_submissions(caller, &submissions);
        let allowed: Vec<Submission> = if refused.is_empty() {
            submissions
        } else {
            let all = submissions.into_iter().enumerate();
            let allowed = all.filter(|(n, _)| !refused.contains_key(n));
            allowed.map(|(_, submission)| submission).collect()
        };
        limits::take_for(&*self.limiter, caller, &allowed).await?;
        let all = allowed.len() + refused.len();
        let began = tokio::time::Instant::now();
        let terms = Terms {
            origin,
            may_rename: caller.may_rename_by_submission(),
        };
        let outcomes = self.record_after_recounts(allowed, terms).await?;
        metrics::histogram!("leaderport_ack_seconds").record(began.elapsed());
        let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        metrics::counter!("leaderport_submissions_total").increment(taken as u64);
        if refused.is_empty() {
            return Ok(outcomes);
        }
        let mut outcomes = outcomes.into_iter();
        let merged = (0..all).filter_map(|n| match refused.remove(&n) {
            Some(error) => Some(Err(error)),
            None => outcomes.next(),
        });
        Ok(merged.collect())
    }

    /// Indexes and errors of the submissions that the caller may not submit. Submissions to
    /// unknown boards are refused.
    fn check_submissions(
        &self,
        caller: &Caller,
        submissions: &[Submission],
    ) -> BTreeMap<usize, Error> {
        let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
        let refused = submissions
            .iter()
            .enumerate()
            .filter_map(|(n, submission)| {
                let refused = match boards.get(&submission.board) {
                    Some(board) => caller.check(Operation::Submit(board, submission)).err(),
                    None => Some(Error::UnknownBoard(submission.board.clone())),
                };
                Some((n, refused?))
            });
        refused.collect()
    }

    async fn record(
        &self,
        submissions: Vec<Submission>,
        arrived: Timestamp,
        terms: Terms,
    ) -> Result<Vec<Result<ImportOutcome, Error>>, Error> {
        if submissions.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answer) = oneshot::channel();
        self.request(Request::Submit {
            submissions,
            arrived,
            terms,
            reply,
        })
        .await?;
        let outcomes = answer.await.map_err(|_| Error::stopping())??;
        Ok(self.settle_repeats(outcomes).await)
    }

    /// Records one submission.
    ///
    /// # Errors
    /// Returns the refusal, or fails if the ledger is down.
    pub async fn submit_one(
        &self,
        caller: &Caller,
        submission: Submission,
    ) -> Result<Outcome, Error> {
        Ok(self.submit_once(caller, submission).await?.outcome)
    }

    /// Like [`Self::submit_one`]. Also returns whether the submission was recorded before.
    ///
    /// # Errors
    /// Like [`Self::submit_one`].
    pub async fn submit_once(
        &self,
        caller: &Caller,
        submission: Submission,
    ) -> Result<ImportOutcome, Error> {
        let outcomes = self
            .submit_all(caller, vec![submission], origin_of(caller))
            .await?;
        outcomes
            .into_iter()
            .next()
            .unwrap_or_else(|| Err(Error::stopping()))
    }

    /// The current time of the service's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Checks that the ledger responds.
    ///
    /// # Errors
    /// Fails if it does not.
    pub async fn check_ledger(&self) -> Result<(), Error> {
        Ok(self.ledger.ping().await?)
    }

    /// Checks that the broker responds.
    ///
    /// # Errors
    /// Fails if it does not.
    pub async fn check_broker(&self) -> Result<(), Error> {
        Ok(self.broker.ping().await?)
    }

    async fn request(&self, request: Request) -> Result<(), Error> {
        self.requests
            .send(request)
            .await
            .map_err(|_| Error::stopping())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(slug: &str) -> Board {
        let draft = serde_json::json!({
            "title": slug, "policy": "best", "order": "descending", "tie": "shared",
            "periods": ["all_time"],
        });
        let draft: BoardDraft = serde_json::from_value(draft).unwrap();
        Board::new(Slug::new(slug).unwrap(), draft).unwrap()
    }

    #[test]
    fn unreadable_board_stays_known_and_a_missing_one_is_forgotten() {
        let boards = Boards::default();
        take_newer(&boards, ["arena", "gone", "newer"].map(board));
        let newer = Slug::new("newer").unwrap();
        let stored = StoredBoards {
            boards: vec![board("arena")],
            unreadable: BTreeSet::from([newer.clone()]),
        };
        let forgotten = take_all(&boards, known(&boards), stored);
        assert_eq!(forgotten, [Slug::new("gone").unwrap()]);
        let slugs: Vec<Slug> = known(&boards).into_keys().collect();
        assert_eq!(slugs, [Slug::new("arena").unwrap(), newer]);
    }
}
