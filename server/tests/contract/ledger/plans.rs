//! The plans of PostgreSQL, by the number of rows that its statements read.

use super::{entry, record};
use crate::contract::engines::{LedgerHome, PostgresSchema};
use crate::contract::sample::{board, noon, points};

/// PostgreSQL keeps the plan of a prepared statement. A plan from when the season was empty must not
/// compare each entry of a batch with all standings.
pub(crate) async fn batches_read_few_standings(home: &PostgresSchema) {
    let ledger = home.ledger().await;
    let board = board("long", points());
    let batches = [vec![1; 8], vec![1000; 20]].concat();
    let mut recorded = 0;
    for size in batches {
        let numbers = recorded + 1..=recorded + size;
        let batch = numbers.map(|n| entry(&board, n, &format!("p{n:05}"), 5, noon(0)));
        record(&ledger, &batch.collect::<Vec<_>>()).await;
        recorded += size;
    }
    let read = home.standings_read().await;
    let most = 10 * recorded;
    assert!(read <= most, "{read} rows read, at most {most} expected");
}
