//! Tests that migrations keep the data of earlier versions.

use std::sync::Arc;

use leaderport::service::Ledger;
use leaderport::service::ports::ledger::{Renaming, Settlement};
use leaderport::{PlayerId, PlayerName, Timestamp};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

use super::Sqlite;
use crate::ledger::database::any::{AnyDatabase, maybe_text, number};
use crate::ledger::database::sqlite_file::SqliteFile;
use crate::ledger::database::stopped::Stopped;

/// Two submissions, of which the first one has ranks; a third one was erased. A batch waits in the
/// outbox, and a later one was applied.
const BEFORE: &str = r#"
INSERT INTO submissions (seq, id, board, player, value, at, standings) VALUES
  (1, x'00000000000000000000000000000001', 'runs', 'ann', 5, 0, '[["all",5,0,0]]'),
  (2, x'00000000000000000000000000000002', 'runs', 'bob', 7, 0, '[["all",7,0,0]]'),
  (3, x'00000000000000000000000000000003', 'runs', 'eve', 9, 0, '[["all",9,0,0]]');
DELETE FROM submissions WHERE seq = 3;
INSERT INTO answers (id, ranks) VALUES
  (x'00000000000000000000000000000001', '[[1,null,2,3]]');
INSERT INTO outbox (id, at, submissions, names, failures) VALUES
  (4, 0, x'00000000000000000000000000000002', '["bob"]', 2), (6, 0, x'', NULL, 0);
DELETE FROM outbox WHERE id = 6;
"#;

/// A file of version 20 with the rows of [`BEFORE`].
async fn file_of_version_20(file: &SqliteFile) {
    let options = SqliteConnectOptions::new().filename(file.path());
    let mut db = options.create_if_missing(true).connect().await.unwrap();
    let all = sqlx::migrate!("migrations/sqlite");
    all.run_to(20, &mut db).await.unwrap();
    db.execute(BEFORE).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn submissions_keep_their_ranks_and_the_outbox_its_batches() {
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteFile::at(folder.path().join("ledger.db"));
    file_of_version_20(&file).await;
    Sqlite::open(&file, Arc::new(Stopped)).await.unwrap();
    let db = AnyDatabase::sqlite(&file).await.unwrap();
    let rows = db.fetch(sqlx::query(
        "SELECT seq, ranks FROM submissions ORDER BY seq",
    ));
    let rows = rows.await.unwrap();
    let rows = rows.iter();
    let rows = rows.map(|row| (number(row, 0).unwrap(), maybe_text(row, 1).unwrap()));
    let ranks = Some("[[1,null,2,3]]".to_owned());
    assert_eq!(rows.collect::<Vec<_>>(), [(1, ranks), (2, None)]);
    let waiting = db.fetch(sqlx::query("SELECT id, failures FROM outbox"));
    let waiting = waiting.await.unwrap();
    assert_eq!(waiting.len(), 1);
    let waiting = [0, 1].map(|column| number(&waiting[0], column).unwrap());
    assert_eq!(waiting, [4, 2]);
    let removed = db.fetch(sqlx::query("SELECT seq, batch FROM removed"));
    let removed = removed.await.unwrap();
    let removed = [0, 1].map(|column| number(&removed[0], column).unwrap());
    assert_eq!(removed, [3, 6]);
}

#[tokio::test]
async fn ids_of_removed_batches_are_not_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteFile::at(folder.path().join("ledger.db"));
    let ledger = Sqlite::open(&file, Arc::new(Stopped)).await.unwrap();
    let renaming = |name: &str| Renaming {
        player: PlayerId::new("ann").unwrap(),
        name: PlayerName::new(name).unwrap(),
        arrived: Timestamp::MIN,
    };
    let mut settlement = Settlement::default();
    for n in 1..4 {
        let renamings = [renaming(&format!("Ann {n}"))];
        let recorded = ledger.record_all(&settlement, &[], &renamings).await;
        let batch = recorded.unwrap().id.unwrap();
        assert_eq!(batch.0, n);
        // Applied batches are removed with the next commit, or alone.
        settlement.applied = vec![batch];
        if n == 2 {
            ledger.record_all(&settlement, &[], &[]).await.unwrap();
            assert_eq!(ledger.outbox().await.unwrap(), 0);
        }
    }
}
