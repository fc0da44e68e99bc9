//! Names have versions, and are recorded with or without a submission.

use std::time::Duration;

use leaderport::service::Directory;
use leaderport::service::ports::ledger::{Entry, Recorded, Renamed, Renaming, Settlement};
use server::ledger::directory::SqlDirectory;

use super::{entry, named, record, record_new, standings};
use crate::contract::engines::LedgerHome;
use crate::contract::sample::{board, key, name, noon, player, points, stored};

/// Two processes name one player on different boards, so they share no row of a standing.
pub(crate) async fn concurrent_names_have_different_versions(home: &dyn LedgerHome) {
    const ROUNDS: u64 = 30;
    let ledgers = [home.ledger().await, home.ledger().await];
    let boards = ["runs", "races"].map(|slug| board(slug, points()));
    let mut given = Vec::new();
    for round in 0..ROUNDS {
        let entries: [Entry; 2] = std::array::from_fn(|n| {
            let id = u128::from(2 * round + n as u64);
            let one = entry(&boards[n], id, "ann", 5, noon(0));
            named(&format!("Ann {round} of {n}"), one)
        });
        let (a, b) = tokio::join!(
            record(&ledgers[0], &entries[..1]),
            record(&ledgers[1], &entries[1..]),
        );
        for recorded in [&a[0], &b[0]] {
            let Recorded::New(new) = recorded else {
                panic!("expected a new record, got {recorded:?}");
            };
            given.push(new.name.clone().expect("the name is new"));
        }
    }
    given.sort_unstable_by_key(|name| name.version);
    let versions: Vec<u64> = given.iter().map(|name| name.version).collect();
    assert_eq!(versions, (1..=2 * ROUNDS).collect::<Vec<_>>());
    let newest = given.pop();
    for (ledger, board) in ledgers.iter().zip(&boards) {
        let stored = standings(ledger, &key(&board.slug, "all")).await;
        assert_eq!(stored[0].name, newest);
    }
}

pub(crate) async fn renaming_is_recorded_and_waits_in_the_outbox(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("runs", points());
    record_new(&ledger, &named("Ann", entry(&board, 1, "ann", 5, noon(0)))).await;
    let database = home.database().await;
    let account = "INSERT INTO accounts (player, handle, name, role, created_at, password)
         VALUES ('ann', 'ann', 'Ann', 'player', 0, '')";
    database.execute(sqlx::query(account)).await.unwrap();
    let settlement = Settlement::default();
    let renaming = |name: &str| Renaming {
        player: player("ann"),
        name: self::name(name),
        arrived: noon(1),
    };
    let renamings = [renaming("Anna"), renaming("Annabel")];
    let batch = ledger
        .record_all(&settlement, &[], &renamings)
        .await
        .unwrap();
    // Both are one change, and the later one stays.
    assert_eq!(batch.renamed[1], Renamed::Now(stored("Annabel", 2)));
    let directory = SqlDirectory::new(database);
    let account = directory.account(&player("ann")).await.unwrap();
    let account = account.expect("the account exists");
    assert_eq!(account.name, name("Annabel"));
    let unapplied = ledger.unapplied(Duration::ZERO, 100).await.unwrap();
    let waiting = unapplied.iter().find(|one| Some(one.id) == batch.id);
    let names = &waiting.expect("the batch waits").names;
    assert!(
        names
            .iter()
            .all(|name| *name == (player("ann"), stored("Annabel", 2)))
    );
    let all = key(&board.slug, "all");
    assert_eq!(
        standings(&ledger, &all).await[0].name,
        Some(stored("Annabel", 2))
    );
}

/// A caller that may not rename names the nameless.
pub(crate) async fn limited_entry_names_only_players_without_a_name(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("runs", points());
    let limited = |n: u128, name: &str| Entry {
        may_rename: false,
        ..named(name, entry(&board, n, "ann", 5, noon(0)))
    };
    let names = |batch: leaderport::service::ports::ledger::RecordedBatch| {
        let ann = batch.names.get(&player("ann"));
        ann.map(|stored| stored.name.to_string())
    };
    let settlement = Settlement::default();
    let entries = [limited(1, "Ann"), limited(2, "Bob")];
    let batch = ledger.record(&settlement, &entries).await.unwrap();
    assert_eq!(names(batch).as_deref(), Some("Ann"));
    let batch = ledger
        .record(&settlement, &[limited(3, "Bob")])
        .await
        .unwrap();
    let Recorded::New(new) = &batch.outcomes[0] else {
        panic!("expected a new record, got {batch:?}");
    };
    assert_eq!(new.name, None);
    assert_eq!(names(batch).as_deref(), Some("Ann"));
}
