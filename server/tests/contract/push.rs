//! The contract of push subscriptions, for every database.

mod subscriptions;

use std::sync::Arc;

use futures::FutureExt;
use leaderport::service::ports::push::PushBrowser;
use leaderport::service::push::{Delivery, INTERVAL_MILLIS, MAX_SUBSCRIPTIONS};
use leaderport::service::{Caller, Directory, Error, Proof, Push, Records};
use leaderport::{Role, Slug};

use server::ledger::directory::SqlDirectory;
use server::ledger::push::SqlPushStore;
use server::ledger::records::SqlRecords;

pub(crate) use self::subscriptions::*;
use super::clock::{Counting, ManualClock};
use super::engines::LedgerHome;
use super::sample::{self, player, slug};

struct Home {
    push: Arc<Push>,
    clock: Arc<ManualClock>,
    entropy: Arc<Counting>,
}

async fn home(home: &dyn LedgerHome) -> Home {
    // Opening the ledger creates the tables.
    let ledger = home.ledger().await;
    for name in ["arena", "tennis"] {
        let board = sample::board(name, sample::points());
        assert!(ledger.put_board(&board, &sample::note()).await.unwrap());
    }
    let clock = Arc::new(ManualClock::at(sample::noon(0)));
    let entropy = Arc::new(Counting::default());
    let push = node(home, &clock, &entropy).await;
    Home {
        push,
        clock,
        entropy,
    }
}

/// A node over the database.
async fn node(
    home: &dyn LedgerHome,
    clock: &Arc<ManualClock>,
    entropy: &Arc<Counting>,
) -> Arc<Push> {
    let store = Arc::new(SqlPushStore::new(home.database().await));
    let is_https: fn(&str) -> bool = |url| url.starts_with("https://");
    let push = Push::new(
        store,
        clock.clone(),
        entropy.clone(),
        "key".to_owned(),
        is_https,
    );
    Arc::new(push)
}

fn caller(id: &str) -> Caller {
    Caller::Person {
        player: player(id),
        role: Role::Player,
        proof: Proof::Cookie,
    }
}

fn browser(name: &str) -> PushBrowser {
    PushBrowser {
        endpoint: format!("https://push.example/{name}"),
        p256dh: "p".repeat(87),
        auth: "a".repeat(22),
    }
}

fn arena() -> Slug {
    slug("arena")
}

impl Home {
    async fn subscribe(&self, id: &str, board: &Slug, name: &str) {
        let subscribed = self.try_to_subscribe(id, board, browser(name)).await;
        subscribed.unwrap();
    }

    async fn try_to_subscribe(
        &self,
        id: &str,
        board: &Slug,
        browser: PushBrowser,
    ) -> Result<(), Error> {
        let caller = caller(id);
        self.push.subscribe(&caller, board, browser, "de").await
    }

    async fn unsubscribe(&self, id: &str, board: &Slug, name: &str) {
        let (caller, endpoint) = (caller(id), browser(name).endpoint);
        let ended = self.push.unsubscribe(&caller, board, &endpoint).await;
        ended.unwrap();
    }

    async fn replace(&self, id: &str, old: &str, new: &str) {
        let (caller, old, new) = (caller(id), browser(old).endpoint, browser(new));
        self.push.replace(&caller, &old, &new).await.unwrap();
    }

    async fn is_on(&self, id: &str, board: &Slug, name: &str) -> bool {
        let (caller, endpoint) = (caller(id), browser(name).endpoint);
        let on = self
            .push
            .is_subscribed(&caller, board, &endpoint, "de")
            .await;
        on.unwrap()
    }

    /// The names of the browsers that are due for Ann on the arena.
    async fn due(&self) -> Vec<String> {
        let due = self.push.claim_due(&arena(), &player("ann")).await.unwrap();
        let name = |endpoint: &str| endpoint.rsplit('/').next().unwrap().to_owned();
        due.iter().map(|one| name(&one.browser.endpoint)).collect()
    }
}

pub(crate) async fn push_subscription_reads_back_unchanged(engine: &impl LedgerHome) {
    let home = home(engine).await;
    home.subscribe("ann", &arena(), "phone").await;
    assert_eq!(
        home.push.watched().await.unwrap(),
        [(arena(), player("ann"))]
    );
    let due = home.push.claim_due(&arena(), &player("ann")).await.unwrap();
    let [one] = due.as_slice() else {
        panic!("{due:?}");
    };
    assert_eq!((&one.board, &one.player), (&arena(), &player("ann")));
    assert_eq!(one.browser, browser("phone"));
    assert_eq!((one.language.as_str(), one.failures), ("de", 0));
    assert_eq!(one.created_at, sample::noon(0));
    assert_eq!(one.id.len(), 32);
}

pub(crate) async fn earlier_push_subscriptions_are_watched_first(engine: &impl LedgerHome) {
    let home = home(engine).await;
    home.subscribe("bob", &slug("tennis"), "tablet").await;
    home.clock.set(sample::noon(1));
    home.subscribe("ann", &arena(), "phone").await;
    home.clock.set(sample::noon(2));
    // Neither another browser nor the same again takes a player to the end.
    home.subscribe("bob", &slug("tennis"), "laptop").await;
    home.subscribe("bob", &slug("tennis"), "tablet").await;
    let expected = [(slug("tennis"), player("bob")), (arena(), player("ann"))];
    assert_eq!(home.push.watched().await.unwrap(), expected);
}

pub(crate) async fn notifications_are_in_the_language_of_the_last_visit(engine: &impl LedgerHome) {
    let home = home(engine).await;
    let tennis = slug("tennis");
    home.subscribe("ann", &arena(), "phone").await;
    home.subscribe("ann", &tennis, "phone").await;
    home.subscribe("ann", &tennis, "tablet").await;
    let (ann, phone) = (caller("ann"), browser("phone").endpoint);
    let visit = async |caller: &Caller, language: &str| {
        let on = home
            .push
            .is_subscribed(caller, &arena(), &phone, language)
            .await;
        on.unwrap()
    };
    assert!(!visit(&caller("bob"), "fr").await);
    assert!(visit(&ann, &"en".repeat(40)).await);
    assert!(visit(&ann, "en-GB").await);
    let due = home.push.claim_due(&tennis, &player("ann")).await.unwrap();
    let mut languages: Vec<_> = due
        .iter()
        .map(|one| (one.browser.clone(), one.language.as_str()))
        .collect();
    languages.sort_by_key(|(_, language)| *language);
    let expected = [(browser("tablet"), "de"), (browser("phone"), "en-GB")];
    assert_eq!(languages, expected);
}

pub(crate) async fn overtaken_player_is_notified_once_an_hour(engine: &impl LedgerHome) {
    let home = home(engine).await;
    home.subscribe("ann", &arena(), "phone").await;
    assert_eq!(home.due().await, ["phone"]);
    home.clock.set(sample::noon(INTERVAL_MILLIS / 1_000 - 1));
    assert!(home.due().await.is_empty());
    // Another subscription of the same browser does not bring the next notification forward.
    home.subscribe("ann", &arena(), "phone").await;
    assert!(home.due().await.is_empty());
    home.clock.set(sample::noon(INTERVAL_MILLIS / 1_000));
    assert_eq!(home.due().await, ["phone"]);
    assert!(home.due().await.is_empty());
}

pub(crate) async fn two_nodes_send_one_notification(engine: &impl LedgerHome) {
    let home = home(engine).await;
    let other = node(engine, &home.clock, &home.entropy).await;
    home.subscribe("ann", &arena(), "phone").await;
    let (board, ann) = (arena(), player("ann"));
    let (one, two) = tokio::join!(
        home.push.claim_due(&board, &ann),
        other.claim_due(&board, &ann)
    );
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 1);
}

pub(crate) async fn push_subscription_ends_by_its_player_or_its_id(engine: &impl LedgerHome) {
    let home = home(engine).await;
    let tennis = slug("tennis");
    home.subscribe("ann", &arena(), "phone").await;
    home.subscribe("ann", &tennis, "phone").await;
    home.unsubscribe("bob", &arena(), "phone").await;
    assert!(home.is_on("ann", &arena(), "phone").await);
    home.unsubscribe("ann", &arena(), "phone").await;
    assert!(!home.is_on("ann", &arena(), "phone").await);
    assert!(home.is_on("ann", &tennis, "phone").await);
    let due = home.push.claim_due(&tennis, &player("ann")).await.unwrap();
    let id = &due.first().unwrap().id;
    for unfit in ["", "x", &id[1..], &id.replace('0', "G")] {
        let refused = home.push.stop(unfit).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{refused:?}");
    }
    assert!(home.is_on("ann", &tennis, "phone").await);
    // An id stops once, and is no error later. One that stops nothing causes no read of all.
    home.push.changed().await;
    home.push.stop(&"f".repeat(32)).await.unwrap();
    assert_eq!(home.push.changed().now_or_never(), None);
    home.push.stop(id).await.unwrap();
    assert_eq!(home.push.changed().now_or_never(), Some(()));
    home.push.stop(id).await.unwrap();
    assert_eq!(home.push.changed().now_or_never(), None);
    assert!(!home.is_on("ann", &tennis, "phone").await);
}

pub(crate) async fn push_subscriptions_of_a_player_are_bounded(engine: &impl LedgerHome) {
    let home = home(engine).await;
    for n in 0..MAX_SUBSCRIPTIONS {
        home.subscribe("ann", &arena(), &format!("phone-{n}")).await;
    }
    let more = home
        .try_to_subscribe("ann", &arena(), browser("more"))
        .await;
    let refused = more.unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)), "{refused:?}");
    assert!(!home.is_on("ann", &arena(), "more").await);
    // A browser that is subscribed already does not count twice. Each player has a limit of their own.
    home.subscribe("ann", &arena(), "phone-0").await;
    home.subscribe("bob", &arena(), "more").await;
}

pub(crate) async fn browser_notifies_its_last_player_only(engine: &impl LedgerHome) {
    let home = home(engine).await;
    let tennis = slug("tennis");
    home.subscribe("ann", &arena(), "shared").await;
    home.subscribe("ann", &tennis, "shared").await;
    home.subscribe("bob", &arena(), "shared").await;
    assert!(!home.is_on("ann", &arena(), "shared").await);
    assert!(!home.is_on("ann", &tennis, "shared").await);
    assert!(home.is_on("bob", &arena(), "shared").await);
}

pub(crate) async fn browser_with_a_new_address_keeps_its_subscriptions(engine: &impl LedgerHome) {
    let home = home(engine).await;
    home.subscribe("ann", &arena(), "old").await;
    assert_eq!(home.due().await, ["old"]);
    home.replace("bob", "old", "new").await;
    assert!(home.is_on("ann", &arena(), "old").await);
    home.replace("ann", "old", "new").await;
    assert!(!home.is_on("ann", &arena(), "old").await);
    assert!(home.is_on("ann", &arena(), "new").await);
    assert!(home.due().await.is_empty(), "the hour has not passed");
}

pub(crate) async fn invalid_endpoints_and_keys_are_refused(engine: &impl LedgerHome) {
    let home = home(engine).await;
    let fit = browser("phone");
    let unfit = [
        PushBrowser {
            endpoint: "http://push.example/a".to_owned(),
            ..fit.clone()
        },
        PushBrowser {
            endpoint: format!("https://push.example/{}", "a".repeat(1_024)),
            ..fit.clone()
        },
        PushBrowser {
            p256dh: "p".repeat(86),
            ..fit.clone()
        },
        PushBrowser {
            auth: "=".repeat(22),
            ..fit.clone()
        },
    ];
    for browser in unfit {
        let subscribed = home.try_to_subscribe("ann", &arena(), browser).await;
        let refused = subscribed.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{refused:?}");
    }
    let arena = arena();
    let nobody = home
        .push
        .subscribe(&Caller::Nobody, &arena, fit, "en")
        .await;
    assert!(matches!(nobody, Err(Error::Unauthorized(_))));
    assert!(home.push.watched().await.unwrap().is_empty());
}

pub(crate) async fn failed_deliveries_wait_longer_and_end_at_last(engine: &impl LedgerHome) {
    let home = home(engine).await;
    home.subscribe("ann", &arena(), "phone").await;
    let mut now = 0;
    let mut failed = 0;
    let mut waits = Vec::new();
    while home.is_on("ann", &arena(), "phone").await {
        home.clock.set(sample::noon(now));
        let due = home.push.claim_due(&arena(), &player("ann")).await.unwrap();
        if let Some(one) = due.first() {
            assert_eq!(one.failures, failed);
            home.push.settle(one, Delivery::Failed(None)).await.unwrap();
            failed += 1;
            waits.push(now);
        }
        now += INTERVAL_MILLIS / 1_000;
    }
    let hours: Vec<i64> = waits
        .windows(2)
        .map(|two| (two[1] - two[0]) / 3_600)
        .collect();
    assert_eq!(hours, [1, 2, 4, 8, 16, 24, 24]);
}

pub(crate) async fn success_after_failures_resets_their_number(engine: &impl LedgerHome) {
    let home = home(engine).await;
    home.subscribe("ann", &arena(), "phone").await;
    let outcomes = [
        Delivery::Failed(Some(7_200_000)),
        Delivery::Sent,
        Delivery::Sent,
    ];
    for (hours, failures, outcome) in [
        (0, 0, outcomes[0]),
        (2, 1, outcomes[1]),
        (3, 0, outcomes[2]),
    ] {
        home.clock.set(sample::noon(hours * 3_600));
        let due = home.push.claim_due(&arena(), &player("ann")).await.unwrap();
        let one = due.first().unwrap();
        assert_eq!(one.failures, failures);
        home.push.settle(one, outcome).await.unwrap();
    }
}

pub(crate) async fn unknown_browser_loses_all_its_subscriptions(engine: &impl LedgerHome) {
    let home = home(engine).await;
    let tennis = slug("tennis");
    home.subscribe("ann", &arena(), "gone").await;
    home.subscribe("ann", &tennis, "gone").await;
    home.subscribe("ann", &arena(), "phone").await;
    let due = home.push.claim_due(&tennis, &player("ann")).await.unwrap();
    let one = due.first().unwrap();
    home.push.settle(one, Delivery::Gone).await.unwrap();
    assert!(!home.is_on("ann", &arena(), "gone").await);
    assert!(!home.is_on("ann", &tennis, "gone").await);
    assert!(home.is_on("ann", &arena(), "phone").await);
}

pub(crate) async fn end_of_credentials_ends_push_subscriptions(engine: &impl LedgerHome) {
    let home = home(engine).await;
    home.subscribe("ann", &arena(), "phone").await;
    home.subscribe("bob", &arena(), "tablet").await;
    let directory = SqlDirectory::new(engine.database().await);
    let (ann, note) = (player("ann"), sample::note());
    directory.end_proofs(&ann, &note).await.unwrap();
    assert!(!home.is_on("ann", &arena(), "phone").await);
    assert!(home.is_on("bob", &arena(), "tablet").await);
}

pub(crate) async fn deleted_board_ends_its_push_subscriptions(engine: &impl LedgerHome) {
    let home = home(engine).await;
    let board = sample::board("arena", sample::points());
    let note = sample::note();
    let tennis = slug("tennis");
    home.subscribe("ann", &arena(), "phone").await;
    home.subscribe("ann", &tennis, "phone").await;
    let records = SqlRecords::new(engine.database().await);
    assert!(records.delete_board(&board, &note).await.unwrap());
    assert!(!home.is_on("ann", &arena(), "phone").await);
    assert!(home.is_on("ann", &tennis, "phone").await);
    // Another node may not know yet that the board is deleted.
    home.subscribe("ann", &arena(), "phone").await;
    assert!(!home.is_on("ann", &arena(), "phone").await);
}
