//! Files of whole seasons: one consistent snapshot of the ledger, in the total order.
//!
//! The position is read before the snapshot, and the ledger is never behind the broker, so
//! the file has every change up to its position. Memory is bounded: rows are read as the
//! client takes them. A client that takes none for [`STALLED`], or is not done after
//! [`LONGEST`], loses its file, because the snapshot occupies the database. If the client
//! leaves, the export ends at once.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, Stream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use crate::board::Ranking;
use crate::service::error::{Error, LedgerError};
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::reads::read::SeasonInfo;
use crate::service::ports::ledger::RankedStanding;
use crate::{Position, Row, RowRanks, SeasonKey};

/// Maximum number of concurrent exports. Each sorts a season.
pub(crate) const EXPORTS_AT_ONCE: usize = 2;

/// Maximum wait for another export to end.
const TURN: Duration = Duration::from_secs(5);

/// Maximum wait for the first rows, so that a failure has its status. The rest of a long
/// sort continues after the response has begun.
const FIRST: Duration = Duration::from_secs(5);

/// Maximum time in which a client takes no rows.
const STALLED: Duration = Duration::from_secs(30);

/// Maximum duration of an export.
const LONGEST: Duration = Duration::from_mins(10);

/// Part of an export: rows, or the end. A stream that ends without it is incomplete.
type Part = Result<Option<Vec<Row>>, Error>;

/// All rows of a season.
pub struct Export {
    /// The season.
    pub season: SeasonInfo,
    /// The rows have every change up to this position, and perhaps newer ones.
    pub position: Position,
    first: Option<Part>,
    rest: mpsc::Receiver<Part>,
}

impl Export {
    /// The rows in order, some hundred at a time. It fails if it is incomplete.
    pub fn rows(self) -> impl Stream<Item = Result<Vec<Row>, Error>> + Send + 'static {
        let state = Some((self.first, self.rest));
        stream::unfold(state, |state| async {
            let (first, mut rest) = state?;
            let part = match first {
                Some(part) => Some(part),
                None => rest.recv().await,
            };
            match part {
                Some(Ok(Some(rows))) => Some((Ok(rows), Some((None, rest)))),
                Some(Ok(None)) => None,
                Some(Err(error)) => Some((Err(error), None)),
                None => Some((Err(Error::Busy), None)),
            }
        })
    }
}

impl Leaderboards {
    /// Starts an export of a season.
    ///
    /// # Errors
    /// Returns [`Error::Busy`] while other exports run, or fails if the ledger is down.
    pub async fn export(&self, season: SeasonInfo) -> Result<Export, Error> {
        let turn = timeout(TURN, self.exports.clone().acquire_owned());
        let Ok(Ok(turn)) = turn.await else {
            return Err(Error::Busy);
        };
        let ranking: Ranking = self.board(&season.key.board)?.as_ref().into();
        let position = self.slice(&season.key, 0, 0).await?.position;
        let (parts, mut rest) = mpsc::channel(1);
        let (ledger, key) = (self.ledger.clone(), season.key.clone());
        tokio::spawn(async move {
            let (sink, chunks) = mpsc::channel(1);
            let read = ledger.export(&key, ranking, sink);
            let sent = send(chunks, ranking, &parts);
            let both = async { tokio::join!(read, sent) };
            tokio::select! {
                // A sort sends nothing for long, and must not go on without its client.
                () = parts.closed() => {
                    tracing::debug!(season = %key, "a client left before the end of its file");
                }
                done = timeout(LONGEST, both) => {
                    if let Ok((read, is_taken)) = done {
                        end(&key, read, is_taken, &parts).await;
                    }
                }
            }
            drop(turn);
        });
        let first = match timeout(FIRST, rest.recv()).await {
            Ok(Some(Err(error))) => return Err(error),
            Ok(part) => part,
            Err(_) => None,
        };
        Ok(Export {
            season,
            position,
            first,
            rest,
        })
    }
}

/// Ranks and sends rows. Returns whether the client took all of them.
async fn send(
    mut chunks: mpsc::Receiver<Vec<RankedStanding>>,
    ranking: Ranking,
    parts: &mpsc::Sender<Part>,
) -> bool {
    let mut ranks = RowRanks::new(ranking.tie, 0, 0, 0);
    while let Some(chunk) = chunks.recv().await {
        let rows = chunk.into_iter().map(|ranked| Row {
            rank: ranks.next(ranked.standing.score),
            name: ranked.name.unwrap_or_else(|| (&ranked.player).into()),
            player: ranked.player,
            score: ranked.standing.score,
            achieved_at: ranked.standing.achieved_at,
        });
        let sent = parts.send(Ok(Some(rows.collect())));
        if !matches!(timeout(STALLED, sent).await, Ok(Ok(()))) {
            return false;
        }
    }
    true
}

/// Sends the end, or the failure of the ledger.
async fn end(
    key: &SeasonKey,
    read: Result<(), LedgerError>,
    is_taken: bool,
    parts: &mpsc::Sender<Part>,
) {
    let last = match read {
        Ok(()) if is_taken => Ok(None),
        Ok(()) => {
            tracing::debug!(season = %key, "a client did not take its file");
            return;
        }
        Err(error) => Err(error.into()),
    };
    // The client may have left.
    let _ = timeout(STALLED, parts.send(last)).await;
}

/// Permits for exports.
pub(crate) fn permits() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(EXPORTS_AT_ONCE))
}
