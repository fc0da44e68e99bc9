//! Port of the directory: accounts, sessions and keys, in the ledger's database. The
//! directory receives only hashes of secrets. A method with an audit note writes the note
//! to the audit log, in the same transaction, if the method changes anything.

use async_trait::async_trait;

use crate::admin::audit::AuditNote;
use crate::people::settings::Settings;
use crate::service::error::LedgerError;
use crate::{Account, ApiKey, Handle, PlayerId, PlayerName, Role, Slug, Timestamp};

/// Time after a revocation in which no token is issued or accepted, in milliseconds. It
/// covers the cache of other nodes (5 s), the skew of their clocks (10 s) and the
/// resolution of tokens (1 s).
pub const REST_MILLIS: i64 = 16_000;

/// SHA-256 of a random secret. It is the key for looking up the secret's bearer.
pub type Digest = [u8; 32];

/// Accounts, sessions and keys.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// Stores a new account with its password hash (PHC format). `false` if the handle is
    /// taken or the player has an account.
    async fn add_account(
        &self,
        account: &Account,
        hash: &str,
        note: &AuditNote,
    ) -> Result<bool, LedgerError>;

    /// Stores a new account with an identity of a provider, for [`Self::account_by`]. Also
    /// `false` if the identity belongs to another account.
    async fn add_account_by(
        &self,
        account: &Account,
        hash: &str,
        issuer: &str,
        subject: &str,
        note: &AuditNote,
    ) -> Result<bool, LedgerError>;

    /// The account of a provider's identity, with its password hash.
    async fn account_by(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<(Account, String)>, LedgerError>;

    /// Whether a player has an identity of a provider.
    async fn has_identity(&self, player: &PlayerId) -> Result<bool, LedgerError>;

    /// A player's account.
    async fn account(&self, player: &PlayerId) -> Result<Option<Account>, LedgerError>;

    /// The account of a handle, with its password hash.
    async fn account_of(&self, handle: &Handle) -> Result<Option<(Account, String)>, LedgerError>;

    /// Up to `limit` accounts whose handles come after a handle, sorted by handle.
    async fn accounts(
        &self,
        after: Option<&Handle>,
        limit: u32,
    ) -> Result<Vec<Account>, LedgerError>;

    /// Sets an account's password hash, and revokes all its credentials issued before the
    /// note's time.
    async fn set_password(
        &self,
        player: &PlayerId,
        hash: &str,
        note: &AuditNote,
    ) -> Result<(), LedgerError>;

    /// Sets an account's display name, unless a moderator fixed the current one.
    async fn set_name(&self, player: &PlayerId, name: &PlayerName) -> Result<(), LedgerError>;

    /// The settings that a player's account has; none before the player chose any, and without an
    /// account.
    async fn settings(&self, player: &PlayerId) -> Result<Option<Settings>, LedgerError>;

    /// Stores the settings of a player's account. Does nothing without an account.
    async fn set_settings(&self, player: &PlayerId, settings: &Settings)
    -> Result<(), LedgerError>;

    /// Sets an account's role.
    async fn set_role(
        &self,
        player: &PlayerId,
        role: Role,
        note: &AuditNote,
    ) -> Result<(), LedgerError>;

    /// Stores a session of an account, and deletes its expired sessions. `false` if the
    /// password hash has changed.
    async fn add_session(
        &self,
        token: Digest,
        player: &PlayerId,
        hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, LedgerError>;

    /// The account of an unexpired session, and its expiry.
    async fn session(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<(Account, Timestamp)>, LedgerError>;

    /// Ends a session.
    async fn end_session(&self, token: Digest) -> Result<(), LedgerError>;

    /// Ends every session of a player, and revokes all other credentials issued before the
    /// note's time.
    async fn end_proofs(&self, player: &PlayerId, note: &AuditNote) -> Result<(), LedgerError>;

    /// Time of the last revocation of a player's credentials, if any.
    async fn ended_at(&self, player: &PlayerId) -> Result<Option<Timestamp>, LedgerError>;

    /// Stores a new key. If it names boards that do not exist, stores nothing and returns these.
    /// Takes turns with deletions of boards, each of which takes its board out of all stored keys.
    async fn add_key(
        &self,
        key: &ApiKey,
        secret: Digest,
        note: &AuditNote,
    ) -> Result<Vec<Slug>, LedgerError>;

    /// Every key, newest first, including revoked ones.
    async fn keys(&self) -> Result<Vec<ApiKey>, LedgerError>;

    /// The key of a secret, even if it is revoked.
    async fn key_of(&self, secret: Digest) -> Result<Option<ApiKey>, LedgerError>;

    /// Records a use of a key, unless a use after `before` is recorded.
    async fn touch_key(
        &self,
        id: &str,
        now: Timestamp,
        before: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Permanently revokes a key. `false` if no valid key has this id.
    async fn revoke_key(
        &self,
        id: &str,
        now: Timestamp,
        note: &AuditNote,
    ) -> Result<bool, LedgerError>;
}
