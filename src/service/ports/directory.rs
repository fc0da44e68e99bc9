//! The port of who is known: accounts, sessions and keys, in SQL beside the
//! ledger. Secrets come here hashed. What takes a note writes it into the audit log
//! in the same transaction, if it does anything.

use async_trait::async_trait;

use crate::audit::AuditNote;
use crate::service::ports::error::LedgerError;
use crate::{Account, ApiKey, Handle, PlayerId, PlayerName, Role, Timestamp};

/// The SHA-256 of a random secret, by which its bearer is found.
pub type Digest = [u8; 32];

/// Who is known.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// Stores a new account with the hash of its password (PHC format). `false`
    /// when the handle is taken or the player has an account.
    async fn add_account(
        &self,
        account: &Account,
        hash: &str,
        note: &AuditNote,
    ) -> Result<bool, LedgerError>;

    /// The same for somebody whom a provider vouches for: found by
    /// [`Self::account_by`] from then on. `false` also when it vouches for another
    /// account by this subject.
    async fn add_account_by(
        &self,
        account: &Account,
        hash: &str,
        issuer: &str,
        subject: &str,
        note: &AuditNote,
    ) -> Result<bool, LedgerError>;

    /// The account of whom a provider vouches for, with its hash.
    async fn account_by(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<(Account, String)>, LedgerError>;

    /// Whether a provider vouches for a player.
    async fn has_identity(&self, player: &PlayerId) -> Result<bool, LedgerError>;

    /// A player's account.
    async fn account(&self, player: &PlayerId) -> Result<Option<Account>, LedgerError>;

    /// The account of a handle, with the hash of its password.
    async fn account_of(&self, handle: &Handle) -> Result<Option<(Account, String)>, LedgerError>;

    /// Up to `limit` accounts after a handle, by handle.
    async fn accounts(
        &self,
        after: Option<&Handle>,
        limit: u32,
    ) -> Result<Vec<Account>, LedgerError>;

    /// Another hash for an account's password, in the place of all that proved who
    /// they are until the note.
    async fn set_password(
        &self,
        player: &PlayerId,
        hash: &str,
        note: &AuditNote,
    ) -> Result<(), LedgerError>;

    /// Another name for an account, unless a moderator gave the one it has.
    async fn set_name(&self, player: &PlayerId, name: &PlayerName) -> Result<(), LedgerError>;

    /// Another role for an account.
    async fn set_role(
        &self,
        player: &PlayerId,
        role: Role,
        note: &AuditNote,
    ) -> Result<(), LedgerError>;

    /// Stores a session of an account, and drops its sessions that have expired.
    /// `false` when the hash is not that of its password any more.
    async fn add_session(
        &self,
        token: Digest,
        player: &PlayerId,
        hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, LedgerError>;

    /// The account of a session that has not expired, and when it will.
    async fn session(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<(Account, Timestamp)>, LedgerError>;

    /// Ends a session.
    async fn end_session(&self, token: Digest) -> Result<(), LedgerError>;

    /// Ends every session of a player, and all else that proved who they are until
    /// the note.
    async fn end_proofs(&self, player: &PlayerId, note: &AuditNote) -> Result<(), LedgerError>;

    /// When what proved who a player is was last ended, if ever.
    async fn ended_at(&self, player: &PlayerId) -> Result<Option<Timestamp>, LedgerError>;

    /// Stores a new key.
    async fn add_key(
        &self,
        key: &ApiKey,
        secret: Digest,
        note: &AuditNote,
    ) -> Result<(), LedgerError>;

    /// Every key, the newest first, also those that were revoked.
    async fn keys(&self) -> Result<Vec<ApiKey>, LedgerError>;

    /// The key of a secret, also if it was revoked.
    async fn key_of(&self, secret: Digest) -> Result<Option<ApiKey>, LedgerError>;

    /// Notes that a key was used, unless it is known to have been used after `before`.
    async fn touch_key(
        &self,
        id: &str,
        now: Timestamp,
        before: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Revokes a key for ever. `false` when there is none that is valid.
    async fn revoke_key(
        &self,
        id: &str,
        now: Timestamp,
        note: &AuditNote,
    ) -> Result<bool, LedgerError>;
}
