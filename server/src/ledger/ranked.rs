//! Ranks by SQL alone, for reads while the broker is down. Each read sorts or counts its season:
//! there is no index in rank order, because it would slow down every write.

use leaderport::board::Ranking;
use leaderport::{Order, PlayerId};

/// Columns of a stored standing, in the order in which every engine reads them.
const COLUMNS: &str = "s.player, p.name, s.score, s.achieved_at, s.latest_at, s.version, s.is_gone,
     p.version";

const OF_ALL: &str = "FROM standings AS s LEFT JOIN players AS p ON p.player = s.player
     WHERE s.board = $1 AND s.season = $2";

/// Number of rows that are sent at once.
pub(super) const CHUNK: usize = 500;

/// `$1` board, `$2` season: all rows in the total order.
pub(super) fn all(ranking: Ranking) -> String {
    let direction = match ranking.order {
        Order::Descending => "DESC",
        Order::Ascending => "ASC",
    };
    format!(
        "SELECT {COLUMNS} {OF_ALL} AND s.is_gone = 0
         ORDER BY s.score {direction}, s.achieved_at, s.player"
    )
}

/// The same with `$3` limit and `$4` offset.
pub(super) fn slice(ranking: Ranking) -> String {
    format!("{} LIMIT $3 OFFSET $4", all(ranking))
}

/// `$1` board, `$2` season, `$3` player: a standing, even if it was removed.
pub(super) fn standing() -> String {
    format!("SELECT {COLUMNS} {OF_ALL} AND s.player = $3")
}

/// `$1` board, `$2` season, `$3` score, `$4` instant, `$5` player. Counts all standings, those
/// before it in the total order, those with a better score, those with a worse score, and the
/// distinct better scores.
pub(super) fn counts(ranking: Ranking) -> String {
    let (better, worse) = match ranking.order {
        Order::Descending => (">", "<"),
        Order::Ascending => ("<", ">"),
    };
    format!(
        "SELECT count(*),
           count(CASE WHEN s.score {better} $3 OR s.score = $3 AND
             (s.achieved_at < $4 OR s.achieved_at = $4 AND s.player < $5) THEN 1 END),
           count(CASE WHEN s.score {better} $3 THEN 1 END),
           count(CASE WHEN s.score {worse} $3 THEN 1 END),
           count(DISTINCT CASE WHEN s.score {better} $3 THEN s.score END)
         FROM standings AS s WHERE s.board = $1 AND s.season = $2 AND s.is_gone = 0"
    )
}

/// `$1` board, `$2` season, `$3` a number of scores: counts all standings, and those with a better
/// score than the distinct score after so many better ones. If there is no such score, both counts
/// are the same.
pub(super) fn better_than_nth_score(order: Order) -> String {
    let (better, direction) = match order {
        Order::Descending => (">", "DESC"),
        Order::Ascending => ("<", "ASC"),
    };
    format!(
        "SELECT count(*), count(CASE WHEN n.score IS NULL OR s.score {better} n.score THEN 1 END)
         FROM standings AS s LEFT JOIN (
           SELECT DISTINCT score FROM standings WHERE board = $1 AND season = $2 AND is_gone = 0
           ORDER BY score {direction} LIMIT 1 OFFSET $3
         ) AS n ON 1 = 1
         WHERE s.board = $1 AND s.season = $2 AND s.is_gone = 0"
    )
}

/// A row of [`counts`].
pub(super) type Counts = (i64, i64, i64, i64, i64);

/// Converts an offset to SQL. A number beyond SQL's range is past every row, so it is clamped.
pub(super) fn offset(start: u64) -> i64 {
    i64::try_from(start).unwrap_or(i64::MAX)
}

/// Placeholder player for [`counts`], if there is no row to compare with.
pub(super) fn nobody() -> PlayerId {
    PlayerId::stored("-").expect("a valid id")
}

/// Reads of a [`Ledger`](leaderport::service::Ledger) over a connection of one engine. A macro,
/// because sqlx's types differ between the engines, but the SQL does not.
macro_rules! ranked_reads {
    ($Database:ty) => {
        pub(super) async fn read_stored(
            db: &mut <$Database as sqlx::Database>::Connection,
            key: &leaderport::SeasonKey,
            player: &leaderport::PlayerId,
        ) -> Result<Option<StoredStanding>, LedgerError> {
            let row = sqlx::query_as(sqlx::AssertSqlSafe(ranks::standing()))
                .bind(key.board.as_str())
                .bind(key.season.to_string())
                .bind(player.as_str())
                .fetch_optional(db)
                .await
                .map_err(failed)?;
            row.map(stored).transpose()
        }

        async fn read_counts(
            db: &mut <$Database as sqlx::Database>::Connection,
            key: &leaderport::SeasonKey,
            ranking: Ranking,
            by: &RankedStanding,
        ) -> Result<ranks::Counts, LedgerError> {
            sqlx::query_as(sqlx::AssertSqlSafe(ranks::counts(ranking)))
                .bind(key.board.as_str())
                .bind(key.season.to_string())
                .bind(by.standing.score.get())
                .bind(by.standing.achieved_at.millis_i64())
                .bind(by.player.as_str())
                .fetch_one(db)
                .await
                .map_err(failed)
        }

        pub(super) async fn read_slice(
            db: &mut <$Database as sqlx::Database>::Connection,
            key: &leaderport::SeasonKey,
            ranking: Ranking,
            start: u64,
            limit: usize,
        ) -> Result<LedgerSlice, LedgerError> {
            let rows: Vec<StandingRow> = sqlx::query_as(sqlx::AssertSqlSafe(ranks::slice(ranking)))
                .bind(key.board.as_str())
                .bind(key.season.to_string())
                .bind(ranks::offset(limit as u64))
                .bind(ranks::offset(start))
                .fetch_all(&mut *db)
                .await
                .map_err(failed)?;
            let rows = all_readable("standings", rows.into_iter().map(stored));
            let rows: Vec<RankedStanding> = rows.into_iter().filter_map(ranked).collect();
            let any = || RankedStanding {
                player: ranks::nobody(),
                name: None,
                standing: leaderport::Standing {
                    score: leaderport::Score::default(),
                    achieved_at: leaderport::Timestamp::MIN,
                    latest_at: leaderport::Timestamp::MIN,
                },
            };
            let by = rows.first().cloned().unwrap_or_else(any);
            let (total, _, better, _, distinct) = read_counts(db, key, ranking, &by).await?;
            Ok(LedgerSlice {
                total: version(total)?,
                better: version(better)?,
                distinct: version(distinct)?,
                rows,
            })
        }

        /// Sends every row in the total order. Returns whether the receiver took all.
        pub(super) async fn send_all(
            db: &mut <$Database as sqlx::Database>::Connection,
            key: &leaderport::SeasonKey,
            ranking: Ranking,
            sink: &tokio::sync::mpsc::Sender<Vec<RankedStanding>>,
        ) -> Result<bool, LedgerError> {
            // One statement reads one snapshot.
            let query = sqlx::query_as(sqlx::AssertSqlSafe(ranks::all(ranking)));
            let query = query.bind(key.board.as_str()).bind(key.season.to_string());
            let mut rows = query.fetch(db);
            let mut chunk = Vec::with_capacity(ranks::CHUNK);
            while let Some(row) = futures::TryStreamExt::try_next(&mut rows)
                .await
                .map_err(failed)?
            {
                let row: StandingRow = row;
                chunk.extend(readable("standings", stored(row)).and_then(ranked));
                if chunk.len() == ranks::CHUNK {
                    let full = std::mem::replace(&mut chunk, Vec::with_capacity(ranks::CHUNK));
                    if sink.send(full).await.is_err() {
                        return Ok(false);
                    }
                }
            }
            Ok(chunk.is_empty() || sink.send(chunk).await.is_ok())
        }

        pub(super) async fn read_place(
            db: &mut <$Database as sqlx::Database>::Connection,
            key: &leaderport::SeasonKey,
            ranking: Ranking,
            player: &leaderport::PlayerId,
        ) -> Result<Option<LedgerPlace>, LedgerError> {
            let stored = read_stored(&mut *db, key, player).await?;
            let Some(ranked) = stored.and_then(ranked) else {
                return Ok(None);
            };
            let counts = read_counts(db, key, ranking, &ranked).await?;
            let (total, ordinal, better, worse, distinct) = counts;
            Ok(Some(LedgerPlace {
                ranked,
                total: version(total)?,
                ordinal: version(ordinal)?,
                better: version(better)?,
                worse: version(worse)?,
                distinct: version(distinct)?,
            }))
        }

        pub(super) async fn read_place_of_rank(
            db: &mut <$Database as sqlx::Database>::Connection,
            key: &leaderport::SeasonKey,
            ranking: Ranking,
            rank: leaderport::Rank,
        ) -> Result<u64, LedgerError> {
            let before = rank.get() - 1;
            let sql = ranks::better_than_nth_score(ranking.order);
            let (total, better): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(key.board.as_str())
                .bind(key.season.to_string())
                .bind(ranks::offset(before))
                .fetch_one(db)
                .await
                .map_err(failed)?;
            let place = match ranking.tie {
                leaderport::TieRule::Dense => version(better)?,
                leaderport::TieRule::Earliest | leaderport::TieRule::Shared => before,
            };
            Ok(place.min(version(total)?.saturating_sub(1)))
        }
    };
}

pub(super) use ranked_reads;
