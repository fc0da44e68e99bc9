//! Lost connections of the ledger, and the number of its round trips to PostgreSQL.

use futures::future::join_all;
use leaderport::service::Ledger;
use leaderport::service::ports::ledger::{Renamed, Renaming, Settlement};
use leaderport::{PlayerId, PlayerName, Timestamp};
use server::ledger::postgres::Postgres as PostgresLedger;
use sqlx::{Connection, Executor};

use super::proxy::Proxy;
use super::services::Postgres;
use crate::ALONE;

/// Names a player in a batch of its own. Returns the version of the name.
async fn rename(ledger: &PostgresLedger, player: &str, name: &str) -> u64 {
    let renaming = Renaming {
        player: PlayerId::new(player).unwrap(),
        name: PlayerName::new(name).unwrap(),
        arrived: Timestamp::MIN,
    };
    let (settlement, renamings) = (Settlement::default(), [renaming]);
    let recorded = ledger.record_all(&settlement, &[], &renamings).await;
    let recorded = recorded.unwrap();
    assert!(recorded.id.is_some(), "the batch is in the outbox");
    match &recorded.renamed[..] {
        [Renamed::Now(stored)] => stored.version,
        other => panic!("expected one new name, got {other:?}"),
    }
}

/// The pool does not test a connection that was just used, so the first statement finds it closed.
#[tokio::test(flavor = "multi_thread")]
async fn batch_is_recorded_once_after_the_server_closed_all_connections() {
    let _alone = ALONE.lock().await;
    let postgres = Postgres::start();
    let ledger = PostgresLedger::connect(&postgres.url()).await.unwrap();
    let mut admin = sqlx::PgConnection::connect(&postgres.url()).await.unwrap();
    for round in 1..=3 {
        // Concurrent batches open several connections.
        let players: Vec<String> = (0..16).map(|n| format!("player-{n}")).collect();
        let name = format!("Round {round}");
        let renamed = join_all(players.iter().map(|p| rename(&ledger, p, &name))).await;
        assert_eq!(renamed, [round; 16]);
        let close = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE application_name = 'leaderport'";
        let closed = admin.execute(close).await.unwrap();
        assert!(closed.rows_affected() > 0, "the ledger has connections");
        assert_eq!(rename(&ledger, "ann", &name).await, round);
    }
}

/// The transaction begins, reads, writes and commits. Later, the pool tests the returned connection
/// by one more request.
#[tokio::test(flavor = "multi_thread")]
async fn batch_takes_four_round_trips() {
    let _alone = ALONE.lock().await;
    let postgres = Postgres::start();
    let proxy = Proxy::before(postgres.address()).await;
    let url = Postgres::url_at(proxy.port());
    let ledger = PostgresLedger::connect(&url).await.unwrap();
    let mut fewest = u64::MAX;
    for n in 0..20 {
        let before = proxy.requests();
        rename(&ledger, "ann", &format!("Ann {n}")).await;
        fewest = fewest.min(proxy.requests() - before);
    }
    assert!(
        (4..=5).contains(&fewest),
        "a batch takes {fewest} requests: more than those of the transaction and of the test"
    );
}
