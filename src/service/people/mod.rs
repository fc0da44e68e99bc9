//! [`People`]: accounts, sessions, keys and tokens.
//!
//! Sessions ([`proofs`]) and keys ([`keys`]) are random; the directory stores only their
//! SHA-256. Each node caches the directory's answers for some seconds ([`answer_cache`]). A
//! revocation therefore reaches other nodes within that time; on its own node it takes effect
//! at once.

mod answer_cache;
mod identities;
mod keys;
mod passwords;
mod proofs;
pub mod secret;
mod settings;
pub mod tokens;

use std::sync::Arc;

use self::answer_cache::AnswerCache;
pub use self::identities::Identity;
use self::passwords::Passwords;
pub use self::proofs::SESSION_MILLIS;
use crate::admin::audit::AuditNote;
use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::people::secret::{Token, random};
use crate::service::people::tokens::Tokens;
use crate::service::ports::clock::Clock;
use crate::service::ports::directory::{Digest, Directory};
use crate::service::ports::entropy::Entropy;
use crate::service::ports::limiter::Limiter;
use crate::{Account, ApiKey, Handle, Password, PlayerId, PlayerName, Role, Timestamp};

/// Accounts, sessions, keys and tokens. Share it as `Arc<People>`.
pub struct People {
    clock: Arc<dyn Clock>,
    directory: Arc<dyn Directory>,
    entropy: Arc<dyn Entropy>,
    limiter: Arc<dyn Limiter>,
    tokens: Tokens,
    accounts: AnswerCache<PlayerId, Known>,
    keys: AnswerCache<Digest, Arc<ApiKey>>,
    passwords: Passwords,
    sessions: AnswerCache<Digest, (Account, Timestamp)>,
}

/// Cached data of a player.
#[derive(Debug, Clone)]
struct Known {
    /// The account; absent if the player has none.
    account: Option<Account>,
    /// Credentials issued until this time are revoked.
    ended_at: Option<Timestamp>,
}

impl People {
    /// Creates the service over a directory.
    #[must_use]
    pub fn new(
        directory: Arc<dyn Directory>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        limiter: Arc<dyn Limiter>,
        tokens: Tokens,
    ) -> Self {
        let passwords = Passwords::new(entropy.clone());
        Self {
            clock,
            directory,
            entropy,
            limiter,
            tokens,
            accounts: AnswerCache::new(),
            keys: AnswerCache::new(),
            passwords,
            sessions: AnswerCache::new(),
        }
    }

    /// Creates an account for a player without one. The player keeps their standings.
    ///
    /// # Errors
    /// Fails if the handle is taken, the player has an account, too many requests hash
    /// passwords, or the directory is down.
    pub async fn sign_up(
        &self,
        player: PlayerId,
        name: PlayerName,
        handle: Handle,
        password: Password,
    ) -> Result<(Account, Token), Error> {
        let account = self.account_for(player, name, handle, Role::Player);
        let note = self.note(&format!("player {}", account.player), "sign_up", &account);
        let hash = self.add(&account, password, note).await?;
        let token = self.begin_session(&account, &hash).await?;
        Ok((account, token))
    }

    /// Creates an account for another person.
    ///
    /// # Errors
    /// Fails like [`Self::sign_up`], or if the caller lacks the permission.
    pub async fn make_account(
        &self,
        caller: &Caller,
        handle: Handle,
        password: Password,
        role: Role,
    ) -> Result<Account, Error> {
        caller.check(Operation::ManageAccounts)?;
        let player = format!("player-{}", random::<16>(&*self.entropy));
        let player = PlayerId::new(&player).expect("39 printable bytes");
        let name = PlayerName::new(handle.as_str()).expect("a handle is a name");
        let account = self.account_for(player, name, handle, role);
        let note = self.note(&caller.actor(), "make_account", &account);
        self.add(&account, password, note).await?;
        Ok(account)
    }

    fn account_for(
        &self,
        player: PlayerId,
        name: PlayerName,
        handle: Handle,
        role: Role,
    ) -> Account {
        let created_at = self.clock.now();
        Account {
            player,
            handle,
            name,
            role,
            created_at,
        }
    }

    /// An audit note about an account.
    fn note(&self, actor: &str, action: &'static str, account: &Account) -> AuditNote {
        let role = serde_json::json!({ "role": account.role });
        let (now, handle) = (self.clock.now(), account.handle.to_string());
        AuditNote {
            after: Some(role.to_string()),
            ..AuditNote::new(now, actor.to_owned(), action, handle)
        }
    }

    /// Stores a new account. Returns its password hash.
    async fn add(
        &self,
        account: &Account,
        password: Password,
        note: AuditNote,
    ) -> Result<String, Error> {
        // An early check saves the expensive hash. The directory checks again when it stores
        // the account.
        self.check_new(account).await?;
        let hash = self.passwords.hash(password).await?;
        let added = self.directory.add_account(account, &hash, &note).await?;
        self.accounts.forget(&account.player);
        if !added {
            self.check_new(account).await?;
        }
        Ok(hash)
    }

    async fn check_new(&self, account: &Account) -> Result<(), Error> {
        if let Some(own) = self.directory.account(&account.player).await? {
            return Err(Error::AlreadySignedUp(own.handle));
        }
        match self.directory.account_of(&account.handle).await? {
            Some(_) => Err(Error::HandleTaken(account.handle.clone())),
            None => Ok(()),
        }
    }

    /// A player's account, for callers that may read it.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the directory is down.
    pub async fn account_of(
        &self,
        caller: &Caller,
        player: &PlayerId,
    ) -> Result<Option<Account>, Error> {
        caller.check(Operation::ReadSubmissions(player))?;
        Ok(self.directory.account(player).await?)
    }

    /// Stores the caller's display name in their account.
    ///
    /// # Errors
    /// Fails if the caller is not a person, or if the directory is down.
    pub async fn remember_name(&self, caller: &Caller, name: &PlayerName) -> Result<(), Error> {
        let player = own(caller)?;
        self.directory.set_name(player, name).await?;
        self.sessions.forget_all();
        Ok(())
    }

    /// Up to 100 accounts after a handle.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the directory is down.
    pub async fn accounts(
        &self,
        caller: &Caller,
        after: Option<&Handle>,
    ) -> Result<Vec<Account>, Error> {
        caller.check(Operation::ManageAccounts)?;
        Ok(self.directory.accounts(after, 100).await?)
    }

    /// Sets the role of an account.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the handle is unknown, or the directory is
    /// down.
    pub async fn set_role(
        &self,
        caller: &Caller,
        handle: &Handle,
        role: Role,
    ) -> Result<Account, Error> {
        caller.check(Operation::ManageAccounts)?;
        let found = self.directory.account_of(handle).await?;
        let (account, _) = found.ok_or_else(|| Error::UnknownAccount(handle.clone()))?;
        let before = self.note(&caller.actor(), "set_role", &account).after;
        let account = Account { role, ..account };
        let note = AuditNote {
            before,
            ..self.note(&caller.actor(), "set_role", &account)
        };
        let player = &account.player;
        self.directory.set_role(player, role, &note).await?;
        self.accounts.forget(&account.player);
        self.sessions.forget_all();
        Ok(account)
    }
}

fn own(caller: &Caller) -> Result<&PlayerId, Error> {
    caller.check(Operation::ManageSelf)?;
    caller
        .player()
        .ok_or_else(|| Error::Forbidden("this needs a player who is signed in".to_owned()))
}
