//! The end of unused push subscriptions, and the list of a player's.

use leaderport::service::push::UNUSED_MILLIS;

use super::*;

pub(crate) async fn unused_push_subscription_ends_after_ninety_days(engine: &impl LedgerHome) {
    const DAY: i64 = 24 * INTERVAL_MILLIS;
    let home = home(engine).await;
    let tennis = slug("tennis");
    let at = |millis: i64| sample::noon(millis / 1_000);
    home.subscribe("ann", &arena(), "phone").await;
    home.subscribe("ann", &tennis, "phone").await;
    home.subscribe("ann", &arena(), "tablet").await;
    home.subscribe("bob", &arena(), "laptop").await;
    // A visit of one board renews all subscriptions of its browser, and so does a notification its own.
    home.clock.set(at(40 * DAY));
    assert!(home.is_on("ann", &tennis, "phone").await);
    home.clock.set(at(60 * DAY));
    let due = home.push.claim_due(&arena(), &player("bob")).await.unwrap();
    assert_eq!(due.len(), 1);
    home.clock.set(at(UNUSED_MILLIS));
    assert_eq!(home.push.end_unused().await.unwrap(), 0);
    home.clock.set(at(UNUSED_MILLIS + 1_000));
    assert_eq!(home.push.end_unused().await.unwrap(), 1, "the tablet's");
    let [ann, bob] = ["ann", "bob"].map(player);
    let operator = Caller::Operator;
    let of_ann = home.push.subscriptions_of(&operator, &ann).await.unwrap();
    assert_eq!(of_ann.len(), 2);
    assert!(of_ann.iter().all(|one| one.browser == browser("phone")));
    let of_bob = home.push.subscriptions_of(&operator, &bob).await.unwrap();
    assert_eq!(of_bob.len(), 1);
    home.clock.set(at(40 * DAY + UNUSED_MILLIS));
    assert_eq!(home.push.end_unused().await.unwrap(), 2);
    home.clock.set(at(61 * DAY + UNUSED_MILLIS));
    assert_eq!(home.push.end_unused().await.unwrap(), 1);
}

pub(crate) async fn visit_does_not_delay_a_notification(engine: &impl LedgerHome) {
    let home = home(engine).await;
    home.subscribe("ann", &arena(), "phone").await;
    home.clock.set(sample::noon(30 * 24 * 3_600));
    assert!(home.is_on("ann", &arena(), "phone").await);
    // The clock of the node that sends it is behind.
    home.clock.set(sample::noon(30 * 24 * 3_600 - 1));
    assert_eq!(home.due().await, ["phone"]);
    // The visit does not bring the next notification forward either.
    home.clock.set(sample::noon(30 * 24 * 3_600 + 60));
    assert!(home.is_on("ann", &arena(), "phone").await);
    assert!(home.due().await.is_empty());
}

pub(crate) async fn push_subscriptions_are_read_by_their_player_and_by_moderators(
    engine: &impl LedgerHome,
) {
    let home = home(engine).await;
    home.subscribe("ann", &arena(), "phone").await;
    let ann = player("ann");
    for reader in [caller("ann"), Caller::Operator] {
        let read = home.push.subscriptions_of(&reader, &ann).await;
        assert_eq!(read.unwrap().len(), 1);
    }
    for reader in [caller("bob"), Caller::Nobody] {
        let refused = home.push.subscriptions_of(&reader, &ann).await;
        assert!(refused.is_err(), "{refused:?}");
    }
}
