//! Files of seasons.

use futures::TryStreamExt;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::nodes::SOON;
use super::*;
use crate::contract::sample::{noon, points, submission};
use crate::contract::slow_ledger::SlowLedger;

pub(crate) async fn export_ends_when_its_client_leaves(engines: &Engines) {
    let ledger = SlowLedger::before(engines.ledger().await, "2025");
    let broker = engines.broker().await;
    let running = Running::start_over(engines, ledger.clone(), broker).await;
    let board = running.define("arena", points()).await;
    running
        .submit(submission(1, &board, "ann", 5, noon(0)))
        .await;
    let season = running.service.find(&board, None, None).unwrap();
    // As many as may run at once.
    ledger.hold_exports(2);
    let begin = |_| {
        let (service, season) = (running.service.clone(), season.clone());
        tokio::spawn(async move { service.export(season).await.map(drop) })
    };
    let clients: Vec<_> = (0..2).map(begin).collect();
    let begun = timeout(SOON, ledger.has_begun_exports(2)).await;
    begun.expect("both exports begin");
    clients.iter().for_each(JoinHandle::abort);
    let export = running.service.export(season).await;
    let export = export.expect("the exports of clients that left have ended");
    let rows = export.rows().try_concat().await.unwrap();
    assert_eq!(rows.len(), 1);
}
