//! [`Push`]: notifications for players who are away, by Web Push.
//!
//! A player subscribes a browser to a board. When others overtake the player there, the browser gets
//! at most one notification an hour for that board. The ledger decides who sends it, so several
//! nodes send one. Each notification carries the unguessable id of its subscription, which stops
//! further ones.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::people::secret::{is_hex, random};
use crate::service::ports::clock::Clock;
use crate::service::ports::entropy::Entropy;
use crate::service::ports::push::{PushBrowser, PushStore, PushSubscription, PushUse};
use crate::{InvalidValue, PlayerId, Slug, Timestamp};

/// Maximum number of subscriptions of a player, over all boards and browsers.
pub const MAX_SUBSCRIPTIONS: u32 = 20;

/// Minimum interval of the notifications of a subscription, in milliseconds.
pub const INTERVAL_MILLIS: i64 = 3_600_000;

/// Time after which a subscription ends without a visit of its browser and without a notification, in
/// milliseconds. Without notifications, no push service reports that the browser is gone.
pub const UNUSED_MILLIS: i64 = 90 * DAY_MILLIS;

/// Minimum interval at which visits renew a subscription, in milliseconds.
const DAY_MILLIS: i64 = 24 * INTERVAL_MILLIS;

/// Maximum number of watched pairs of a board and a player, on each node.
const MAX_WATCHED: u32 = 10_000;

/// Failures in a row after which a subscription is removed.
const MAX_FAILURES: u32 = 8;

/// Maximum delay after a failure, in milliseconds.
const MAX_DELAY_MILLIS: i64 = DAY_MILLIS;

/// Maximum length of an endpoint, in bytes.
const MAX_ENDPOINT: usize = 1_024;

/// Maximum length of a language's tag, in characters (RFC 5646).
const MAX_LANGUAGE: usize = 35;

/// Number of characters of a public key: 65 bytes in base64url.
const P256DH_CHARS: usize = 87;

/// Number of characters of an authentication secret: 16 bytes in base64url.
const AUTH_CHARS: usize = 22;

/// Number of characters of an id: 16 bytes in hexadecimal.
const ID_CHARS: usize = 32;

/// Outcome of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The push service accepted the message.
    Sent,
    /// The push service no longer knows the browser.
    Gone,
    /// The push service refused the message, or did not answer. Contains the delay that it asks
    /// for, in milliseconds, if any.
    Failed(Option<i64>),
}

/// Notifications of overtaken players. Share it as `Arc<Push>`.
pub struct Push {
    store: Arc<dyn PushStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// The public key of this deployment, in base64url.
    key: String,
    /// Whether an endpoint is one that this deployment sends to.
    is_endpoint: fn(&str) -> bool,
    changed: Notify,
}

impl Push {
    /// Creates the service over a store. `key` is the public key of this deployment, in base64url.
    #[must_use]
    pub fn new(
        store: Arc<dyn PushStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        key: String,
        is_endpoint: fn(&str) -> bool,
    ) -> Self {
        Self {
            store,
            clock,
            entropy,
            key,
            is_endpoint,
            changed: Notify::new(),
        }
    }

    /// The public key by which browsers subscribe, in base64url.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Subscribes a browser to notifications that others have overtaken the caller on a board.
    /// `language` is a BCP 47 tag.
    ///
    /// # Errors
    /// Refuses callers without a player, invalid endpoints or keys, and more than
    /// [`MAX_SUBSCRIPTIONS`]. Fails if the ledger is down.
    pub async fn subscribe(
        &self,
        caller: &Caller,
        board: &Slug,
        browser: PushBrowser,
        language: &str,
    ) -> Result<(), Error> {
        let player = caller.player().ok_or_else(Error::not_a_player)?;
        self.check(&browser)?;
        let subscription = PushSubscription {
            id: random::<16>(&*self.entropy),
            board: board.clone(),
            player: player.clone(),
            browser,
            language: stored_language(language),
            failures: 0,
            created_at: self.clock.now(),
        };
        if !self.store.put(&subscription, MAX_SUBSCRIPTIONS).await? {
            let reason =
                format!("has {MAX_SUBSCRIPTIONS} others, which is the maximum; turn one off");
            return Err(InvalidValue::new("subscription", board, reason).into());
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Whether a browser is subscribed to the caller's notifications of a board. If so, the browser's
    /// notifications are in `language` from now on, a BCP 47 tag: the reader may have chosen another
    /// one since. The visit also renews the browser's subscriptions, once a day.
    ///
    /// # Errors
    /// Fails if the ledger is down.
    pub async fn is_subscribed(
        &self,
        caller: &Caller,
        board: &Slug,
        endpoint: &str,
        language: &str,
    ) -> Result<bool, Error> {
        let Some(player) = caller.player() else {
            return Ok(false);
        };
        let (store, language) = (&self.store, stored_language(language));
        let Some(known) = store.last_use(player, board, endpoint).await? else {
            return Ok(false);
        };
        let now = self.clock.now();
        let is_due = known.at < now.plus_millis(-DAY_MILLIS);
        if is_due || known.language != language {
            // An hour earlier, so that it delays no notification of a node whose clock is behind.
            let at = now.plus_millis(-INTERVAL_MILLIS);
            let visit = PushUse { language, at };
            store.note_visit(player, endpoint, &visit).await?;
        }
        Ok(true)
    }

    /// A player's subscriptions, for callers that may read the player's data. The oldest comes first.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or the ledger is down.
    pub async fn subscriptions_of(
        &self,
        caller: &Caller,
        player: &PlayerId,
    ) -> Result<Vec<PushSubscription>, Error> {
        caller.check(Operation::ReadSubmissions(player))?;
        Ok(self.store.all_of(player).await?)
    }

    /// Ends the subscriptions that were not used for [`UNUSED_MILLIS`]. Returns their number.
    ///
    /// # Errors
    /// Fails if the ledger is down.
    pub async fn end_unused(&self) -> Result<u64, Error> {
        let before = self.clock.now().plus_millis(-UNUSED_MILLIS);
        Ok(self.store.end_unused(before).await?)
    }

    /// Unsubscribes a browser from the caller's notifications of a board.
    ///
    /// # Errors
    /// Refuses callers without a player. Fails if the ledger is down.
    pub async fn unsubscribe(
        &self,
        caller: &Caller,
        board: &Slug,
        endpoint: &str,
    ) -> Result<(), Error> {
        let player = caller.player().ok_or_else(Error::not_a_player)?;
        Ok(self.store.remove(player, board, endpoint).await?)
    }

    /// Moves the caller's subscriptions of a browser to its new endpoint.
    ///
    /// # Errors
    /// Refuses callers without a player, and invalid endpoints or keys. Fails if the ledger is down.
    pub async fn replace(
        &self,
        caller: &Caller,
        old_endpoint: &str,
        browser: &PushBrowser,
    ) -> Result<(), Error> {
        let player = caller.player().ok_or_else(Error::not_a_player)?;
        self.check(browser)?;
        Ok(self.store.replace(player, old_endpoint, browser).await?)
    }

    /// Ends the notifications of a subscription. An unknown id is no error, because the
    /// subscription may have ended before.
    ///
    /// # Errors
    /// Refuses an invalid id. Fails if the ledger is down.
    pub async fn stop(&self, id: &str) -> Result<(), Error> {
        if id.len() != ID_CHARS || !is_hex(id) {
            let reason = format!("must be {ID_CHARS} hexadecimal digits");
            return Err(InvalidValue::new("id", id, reason).into());
        }
        // Anyone may try ids, so one that stops nothing causes no further work.
        if self.store.stop(id).await? {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Waits until a subscription of this node may have changed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The pairs of a board and a player to watch. The number is bounded.
    ///
    /// # Errors
    /// Fails if the ledger is down.
    pub async fn watched(&self) -> Result<Vec<(Slug, PlayerId)>, Error> {
        Ok(self.store.watched(MAX_WATCHED).await?)
    }

    /// Reserves and returns the notifications of a player that are due on a board.
    ///
    /// # Errors
    /// Fails if the ledger is down.
    pub async fn claim_due(
        &self,
        board: &Slug,
        player: &PlayerId,
    ) -> Result<Vec<PushSubscription>, Error> {
        let now = self.clock.now();
        let next_at = now.plus_millis(INTERVAL_MILLIS);
        let mut due = Vec::new();
        for subscription in self.store.of(board, player).await? {
            if self.store.claim(&subscription.id, now, next_at).await? {
                due.push(subscription);
            }
        }
        Ok(due)
    }

    /// Records the outcome of a delivery. After a failure, the next notification waits for longer,
    /// and after eight in a row, the subscription is removed.
    ///
    /// # Errors
    /// Fails if the ledger is down.
    pub async fn settle(
        &self,
        subscription: &PushSubscription,
        delivery: Delivery,
    ) -> Result<(), Error> {
        let (store, id) = (&self.store, &subscription.id);
        match delivery {
            Delivery::Sent if subscription.failures == 0 => {}
            Delivery::Sent => store.settle(id, 0, None).await?,
            Delivery::Gone => store.forget(&subscription.browser.endpoint).await?,
            Delivery::Failed(delay) => {
                let failures = subscription.failures.saturating_add(1);
                if failures >= MAX_FAILURES {
                    store.stop(id).await?;
                } else {
                    let next_at = self.retry_at(failures, delay);
                    store.settle(id, failures, Some(next_at)).await?;
                }
            }
        }
        Ok(())
    }

    /// The current time, for signatures.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn retry_at(&self, failures: u32, asked: Option<i64>) -> Timestamp {
        let doubled = INTERVAL_MILLIS << (failures - 1).min(5);
        let delay = doubled.max(asked.unwrap_or(0)).min(MAX_DELAY_MILLIS);
        self.clock.now().plus_millis(delay)
    }

    fn check(&self, browser: &PushBrowser) -> Result<(), InvalidValue> {
        let endpoint = &browser.endpoint;
        if endpoint.len() > MAX_ENDPOINT || !(self.is_endpoint)(endpoint) {
            let reason =
                format!("must be an https URL of a public host, of at most {MAX_ENDPOINT} bytes");
            return Err(InvalidValue::new("endpoint", endpoint, reason));
        }
        let is_base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_key = |text: &str, chars: usize| text.len() == chars && text.bytes().all(is_base64);
        if !is_key(&browser.p256dh, P256DH_CHARS) || !is_key(&browser.auth, AUTH_CHARS) {
            let reason = "must be the keys of a push subscription, in base64url without padding";
            return Err(InvalidValue::new("keys", "", reason));
        }
        Ok(())
    }
}

/// The stored form of a language: a tag of at most [`MAX_LANGUAGE`] characters.
fn stored_language(tag: &str) -> String {
    tag.chars().take(MAX_LANGUAGE).collect()
}
