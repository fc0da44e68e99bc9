//! Port of push subscriptions: browsers that are notified when others overtake their player, in the
//! ledger's database. The erasure of a player, the end of their credentials and the deletion of a
//! board remove the subscriptions too.

use async_trait::async_trait;

use crate::service::error::LedgerError;
use crate::{PlayerId, Slug, Timestamp};

/// The address and the keys by which a browser receives push messages (RFC 8030, RFC 8291).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushBrowser {
    /// URL of the push service for this browser. It is a secret of the browser.
    pub endpoint: String,
    /// The browser's public key: an uncompressed point of P-256, in base64url without padding.
    pub p256dh: String,
    /// The browser's authentication secret: 16 bytes, in base64url without padding.
    pub auth: String,
}

/// A browser that is notified of one board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// An unguessable id. With it, anyone can stop the notifications.
    pub id: String,
    /// The board.
    pub board: Slug,
    /// The player.
    pub player: PlayerId,
    /// The browser.
    pub browser: PushBrowser,
    /// The language and number format of the notifications, as a BCP 47 tag.
    pub language: String,
    /// Number of failed deliveries since the last success.
    pub failures: u32,
    /// When the subscription was stored.
    pub created_at: Timestamp,
}

/// The last use of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushUse {
    /// The language of the notifications, as a BCP 47 tag.
    pub language: String,
    /// About the time of the last visit or notification; the Unix epoch before both.
    pub at: Timestamp,
}

/// Push subscriptions.
#[async_trait]
pub trait PushStore: Send + Sync + 'static {
    /// Stores a subscription. One of the same browser and board is replaced, but keeps its id and
    /// the time of its next notification. A browser notifies one player: its subscriptions for other
    /// players are removed. Stores nothing for a board that does not exist. `false`, without a change,
    /// if the player has `limit` others.
    async fn put(&self, subscription: &PushSubscription, limit: u32) -> Result<bool, LedgerError>;

    /// The last use of a browser's subscription for a player and a board; none without a subscription.
    async fn last_use(
        &self,
        player: &PlayerId,
        board: &Slug,
        endpoint: &str,
    ) -> Result<Option<PushUse>, LedgerError>;

    /// Notes a visit of a browser, for all of a player's subscriptions there. A later use stays.
    async fn note_visit(
        &self,
        player: &PlayerId,
        endpoint: &str,
        visit: &PushUse,
    ) -> Result<(), LedgerError>;

    /// Removes the subscriptions that were stored and last used before an instant. Returns their
    /// number.
    async fn end_unused(&self, before: Timestamp) -> Result<u64, LedgerError>;

    /// Removes the subscription of a browser to a board, if it is the player's.
    async fn remove(
        &self,
        player: &PlayerId,
        board: &Slug,
        endpoint: &str,
    ) -> Result<(), LedgerError>;

    /// Moves the player's subscriptions of a browser to its new endpoint.
    async fn replace(
        &self,
        player: &PlayerId,
        old_endpoint: &str,
        new: &PushBrowser,
    ) -> Result<(), LedgerError>;

    /// Removes the subscription with an id. `false` if there is none.
    async fn stop(&self, id: &str) -> Result<bool, LedgerError>;

    /// Removes all subscriptions of a browser, because its push service no longer knows it.
    async fn forget(&self, endpoint: &str) -> Result<(), LedgerError>;

    /// Up to `limit` pairs of a board and a player with a subscription, the earliest first, so that
    /// many new ones do not displace them.
    async fn watched(&self, limit: u32) -> Result<Vec<(Slug, PlayerId)>, LedgerError>;

    /// A player's subscriptions to all boards, the oldest first.
    async fn all_of(&self, player: &PlayerId) -> Result<Vec<PushSubscription>, LedgerError>;

    /// A player's subscriptions to a board.
    async fn of(
        &self,
        board: &Slug,
        player: &PlayerId,
    ) -> Result<Vec<PushSubscription>, LedgerError>;

    /// Reserves the next notification: sets the time of the one after it to `next_at`, unless the
    /// stored time is after `now`. Of concurrent callers, one gets `true`.
    async fn claim(
        &self,
        id: &str,
        now: Timestamp,
        next_at: Timestamp,
    ) -> Result<bool, LedgerError>;

    /// Records deliveries that failed since the last success, and the time of the next
    /// notification, if it changes.
    async fn settle(
        &self,
        id: &str,
        failures: u32,
        next_at: Option<Timestamp>,
    ) -> Result<(), LedgerError>;
}
