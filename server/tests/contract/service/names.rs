//! Display names: players rename themselves, and stored names are always readable.

use leaderport::AuditFilter;
use leaderport::service::ports::ledger::{Renaming, Settlement};
use tokio::task::JoinSet;

use super::moderation::three_submissions;
use super::*;
use crate::contract::sample::{key, name, noon, player, submission};

pub(crate) async fn own_renames_share_commits_and_are_not_audited(engines: &Engines) {
    const PLAYERS: i64 = 50;
    let (running, board) = three_submissions(engines).await;
    let before = running.audit(&AuditFilter::default()).await;
    // The ids of batches in the outbox grow, so the ids of two probes count those in between.
    let probe = async |name: &str| {
        let (settlement, player) = (Settlement::default(), player("probe"));
        let name = self::name(name);
        let renamings = [Renaming {
            player,
            name,
            arrived: noon(0),
        }];
        let batch = running.ledger.record_all(&settlement, &[], &renamings);
        batch.await.unwrap().id.unwrap().0
    };
    let first = probe("One").await;
    let mut renames = JoinSet::new();
    for n in 0..PLAYERS {
        let service = running.service.clone();
        renames.spawn(async move {
            let player = player(&format!("guest {n}"));
            let own = Caller::guest(player.clone());
            service
                .rename(&own, &player, name(&format!("Guest {n}")))
                .await
        });
    }
    while let Some(renamed) = renames.join_next().await {
        renamed.unwrap().unwrap();
    }
    let batches = probe("Two").await - first;
    assert!(batches < PLAYERS / 2, "{batches} batches");
    let bob = player("bob");
    let own = Caller::guest(bob.clone());
    running
        .service
        .rename(&own, &bob, name("Bobby"))
        .await
        .unwrap();
    assert_eq!(running.rows(&board, "all").await[1].name, name("Bobby"));
    assert_eq!(running.audit(&AuditFilter::default()).await, before);
}

pub(crate) async fn name_after_an_erasure_replaces_the_earlier_ones(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let shown = async || running.rows(&board, "all").await[1].name.to_string();
    let bob = player("bob");
    for (n, to) in (10..).zip(["Bob", "Robert", "Rob"]) {
        // Credentials from before the erasure are not accepted for some seconds.
        running.clock.set(noon(20 * i64::try_from(n).unwrap()));
        let own = Caller::guest(bob.clone());
        running.service.rename(&own, &bob, name(to)).await.unwrap();
        assert_eq!(shown().await, to);
        let erased = running.service.erase(&Caller::Operator, &bob).await;
        erased.unwrap();
        let again = submission(n, &board, "bob", 60, noon(9));
        running.submit(again).await;
        assert_eq!(shown().await, "bob");
    }
}

/// Earlier versions accepted names that today's rules refuse.
pub(crate) async fn stored_names_that_break_a_rule_leave_their_season_readable(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    running
        .submit(named("Ann", submission(7, &board, "ann", 1, noon(7))))
        .await;
    let database = engines.database().await;
    for (stored, shown) in [
        ("A\u{200b}n\u{202e}n\n", "Ann"),
        ("\u{2800}", "ann"),
        // The separators of rows and values in SQLite's packed seasons.
        ("\u{1e}A\u{1f}nn", "Ann"),
    ] {
        let update = "UPDATE players SET name = $1, version = version + 1 WHERE player = 'ann'";
        let update = sqlx::query(update).bind(stored);
        database.execute(update).await.unwrap();
        let all = key(&board, "all");
        let rebuilt = running.service.rebuild(&Caller::Operator, &all, false);
        assert_eq!(rebuilt.await.unwrap(), 2, "{stored:?}");
        assert_eq!(running.rows(&board, "all").await[0].name, name(shown));
        let entry = submission(8, &board, "ann", 1, noon(8));
        running.submit(entry).await;
        let ann = player("ann");
        let found = running.service.player(&Caller::Operator, &ann).await;
        assert_eq!(found.unwrap().name, Some(name(shown)));
        running.service.drain(Duration::ZERO).await.unwrap();
        assert_eq!(running.ledger.outbox().await.unwrap(), 0);
    }
}
