//! Credentials of people: passwords, the sessions that they start, and short-lived tokens.
//! All credentials can be revoked.

use super::super::access::{Caller, Operation, Proof};
use super::{Known, People, own};
use crate::admin::audit::AuditNote;
use crate::service::error::Error;
use crate::service::people::secret::{Token, digest, is_hex, random};
use crate::service::people::tokens::Maker;
use crate::service::ports::directory::REST_MILLIS;
use crate::service::quota::Limit;
use crate::{Account, Handle, Password, PlayerId, Role, Timestamp};

/// Lifetime of a session, in milliseconds.
pub const SESSION_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Length of a session token: 32 random bytes in hexadecimal.
const SESSION_CHARS: usize = 64;

impl People {
    /// Starts a session for a handle and its password. `from` is the caller's address.
    ///
    /// # Errors
    /// Fails on wrong credentials, too many failed attempts, too many concurrent hashes, or if
    /// the directory is down.
    pub async fn sign_in(
        &self,
        handle: &Handle,
        password: Password,
        from: &str,
    ) -> Result<(Account, Token), Error> {
        let (account, hash) = self
            .count_failures(handle, from, self.credentials(handle, password))
            .await?;
        let token = self.begin_session(&account, &hash).await?;
        Ok((account, token))
    }

    /// The account of a handle with this password, and its hash.
    async fn credentials(
        &self,
        handle: &Handle,
        password: Password,
    ) -> Result<(Account, String), Error> {
        let found = self.directory.account_of(handle).await?;
        let (account, hash) = match found {
            Some((account, hash)) => (Some(account), hash),
            None => (None, self.passwords.nobody()),
        };
        let is_right = self.passwords.verify(password, hash.clone()).await?;
        let account = account.filter(|_| is_right);
        Ok((account.ok_or(Error::WrongCredentials)?, hash))
    }

    /// Limits wrong passwords for a handle from one source, to stop guessing. Others are not
    /// affected, so a stranger cannot lock an account. An attempt is counted while it runs, so that
    /// concurrent guesses count too, and no longer if it did not fail.
    async fn count_failures<T>(
        &self,
        handle: &Handle,
        from: &str,
        attempt: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let subject = format!("{handle} {from}");
        self.limiter.take(Limit::Handle, &subject, 1).await?;
        let attempted = attempt.await;
        if !matches!(attempted, Err(Error::WrongCredentials)) {
            self.limiter.put_back(Limit::Handle, &subject, 1).await;
        }
        attempted
    }

    /// Starts a session, unless the password has changed since it was verified.
    pub(super) async fn begin_session(
        &self,
        account: &Account,
        hash: &str,
    ) -> Result<Token, Error> {
        let token = Token(random::<32>(&*self.entropy));
        let now = self.clock.now();
        let expires_at = now.plus_millis(SESSION_MILLIS);
        let digest = digest(token.expose());
        let player = &account.player;
        let begun = self
            .directory
            .add_session(digest, player, hash, now, expires_at);
        if begun.await? {
            Ok(token)
        } else {
            Err(Error::WrongCredentials)
        }
    }

    /// The account of a session.
    ///
    /// # Errors
    /// Fails if the directory is down.
    pub async fn of_session(&self, token: &str) -> Result<Option<Account>, Error> {
        // Malformed tokens cause no query.
        if token.len() != SESSION_CHARS || !is_hex(token) {
            return Ok(None);
        }
        let digest = digest(token);
        let now = self.clock.now();
        let begun = self.sessions.begin();
        if let Some((account, expires_at)) = self.sessions.get(&digest) {
            return Ok((now < expires_at).then_some(account));
        }
        let Some(session) = self.directory.session(digest, now).await? else {
            return Ok(None);
        };
        self.sessions.keep(&digest, session.clone(), begun);
        Ok(Some(session.0))
    }

    /// Whether a guest's credential issued at `given_at` is void: the guest has an account,
    /// has revoked the credential, or was erased.
    ///
    /// # Errors
    /// Fails if the directory is down.
    pub async fn is_spent(&self, player: &PlayerId, given_at: Timestamp) -> Result<bool, Error> {
        let known = self.known(player).await?;
        let has_ended = known.ended_at.is_some_and(|ended| ended >= given_at);
        Ok(has_ended || known.account.is_some())
    }

    pub(super) async fn known(&self, player: &PlayerId) -> Result<Known, Error> {
        if let Some(known) = self.accounts.get(player) {
            return Ok(known);
        }
        let begun = self.accounts.begin();
        let known = Known {
            account: self.directory.account(player).await?,
            ended_at: self.directory.ended_at(player).await?,
        };
        self.accounts.keep(player, known.clone(), begun);
        Ok(known)
    }

    /// Drops the cached data of a player, for example after an erasure.
    pub fn forget(&self, player: &PlayerId) {
        self.accounts.forget(player);
        self.sessions.forget_all();
    }

    /// Verifies the password of the caller's account. Guests and accounts of a provider
    /// have no password and need none.
    ///
    /// # Errors
    /// Fails on a wrong password, too many concurrent hashes, if the caller is not a
    /// person, or if the directory is down.
    pub async fn confirm(&self, caller: &Caller, password: &str) -> Result<(), Error> {
        let player = own(caller)?;
        let Some(account) = self.directory.account(player).await? else {
            return Ok(());
        };
        // An account of a provider has no password; its session suffices.
        if self.directory.has_identity(player).await? {
            return Ok(());
        }
        let password = Password::new(password).map_err(|_| Error::WrongCredentials)?;
        self.verified(&account, password).await
    }

    /// Verifies an account's password.
    pub(super) async fn verified(
        &self,
        account: &Account,
        password: Password,
    ) -> Result<(), Error> {
        // Only who holds the account's session gets here, so strangers cannot use up this count.
        let checked = self.credentials(&account.handle, password);
        self.count_failures(&account.handle, "own session", checked)
            .await
            .map(drop)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Fails if the directory is down.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        let digest = digest(token);
        self.directory.end_session(digest).await?;
        self.sessions.forget(&digest);
        Ok(())
    }

    /// Revokes all credentials of the caller: sessions, tokens, a guest's cookie.
    ///
    /// # Errors
    /// Fails if the caller is not a person, or if the directory is down.
    pub async fn sign_out_everywhere(&self, caller: &Caller) -> Result<(), Error> {
        let player = own(caller)?;
        let note = self.own_note(caller, "sign_out_everywhere");
        self.directory.end_proofs(player, &note).await?;
        // Dropping the whole cache entry is simple and costs one query; sign-outs are rare.
        self.forget(player);
        Ok(())
    }

    pub(super) fn own_note(&self, caller: &Caller, action: &'static str) -> AuditNote {
        let player = caller.player().map(ToString::to_string);
        let (now, actor) = (self.clock.now(), caller.actor());
        AuditNote::new(now, actor, action, player.unwrap_or_default())
    }

    /// Changes the caller's password and revokes all their credentials. Starts a new
    /// session.
    ///
    /// # Errors
    /// Fails on a wrong current password, too many concurrent hashes, if the caller is not
    /// a person, or if the directory is down.
    pub async fn change_password(
        &self,
        caller: &Caller,
        now: Password,
        new: Password,
    ) -> Result<Token, Error> {
        let player = own(caller)?;
        let account = self.directory.account(player).await?;
        let account = account.ok_or(Error::WrongCredentials)?;
        self.verified(&account, now).await?;
        let hash = self.passwords.hash(new).await?;
        let note = self.own_note(caller, "change_password");
        self.directory.set_password(player, &hash, &note).await?;
        self.forget(player);
        self.begin_session(&account, &hash).await
    }

    /// Creates a short-lived token that identifies a player.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the player has just revoked all
    /// credentials, or the directory is down.
    pub async fn make_token(
        &self,
        caller: &Caller,
        player: &PlayerId,
    ) -> Result<(String, Timestamp), Error> {
        caller.check(Operation::MakeToken(player))?;
        let ended_at = self.directory.ended_at(player).await?;
        if ended_at.is_some_and(|ended| self.clock.now() <= ended.plus_millis(REST_MILLIS)) {
            return Err(Error::Busy);
        }
        let by = match caller {
            Caller::Person { .. } => Maker::Player,
            _ => Maker::Server,
        };
        Ok(self.tokens.make(player, by))
    }

    /// The caller identified by a token, with at most the rights of a player, and the
    /// token's expiry.
    ///
    /// # Errors
    /// Fails if the token is invalid, or if the directory is down.
    pub async fn of_token(&self, token: &str) -> Result<(Caller, Timestamp), Error> {
        let bearer = self.tokens.read(token)?;
        let Known { account, ended_at } = self.known(&bearer.player).await?;
        // Compare whole seconds, because tokens have a resolution of one second.
        let made_at = bearer.made_at.millis() / 1000;
        if ended_at.is_some_and(|ended| bearer.made_at <= ended.plus_millis(REST_MILLIS)) {
            let why = "it was made before the player signed out everywhere, or was erased";
            return Err(Error::BadToken(why));
        }
        if account
            .as_ref()
            .is_some_and(|account| account.created_at.millis() / 1000 > made_at)
        {
            return Err(Error::BadToken("it was made before the player signed up"));
        }
        let caller = Caller::Person {
            player: bearer.player,
            role: Role::Player,
            proof: match bearer.by {
                Maker::Player => Proof::Token,
                Maker::Server => Proof::Vouched,
            },
        };
        Ok((caller, bearer.expires_at))
    }
}
