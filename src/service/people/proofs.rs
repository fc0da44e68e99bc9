//! What proves who somebody is: a password that begins a session, the session, and tokens, which
//! hold for some minutes; and how all of it is ended.

use super::super::access::{Caller, Operation, Proof};
use super::{Known, People, own};
use crate::audit::AuditNote;
use crate::service::error::Error;
use crate::service::people::secret::{Token, digest, is_hex, random};
use crate::service::people::tokens::Maker;
use crate::service::ports::limiter::Limit;
use crate::{Account, Handle, Password, PlayerId, Role, Timestamp};

/// How long a session lasts, in milliseconds.
pub const SESSION_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A session's token: 32 random bytes in hexadecimal.
const SESSION_CHARS: usize = 64;

/// How long after what proved who somebody is was ended no token is made for them, nor
/// one taken that was made: nodes believe what they knew for 5 seconds, their clocks may
/// be 10 apart, and a token says the second.
const REST_MILLIS: i64 = 16_000;

impl People {
    /// Begins a session for whoever knows an account's password.
    ///
    /// # Errors
    /// Wrong credentials, too many attempts, too many at once, or the directory.
    pub async fn sign_in(
        &self,
        handle: &Handle,
        password: Password,
    ) -> Result<(Account, Token), Error> {
        self.limit_attempts(handle).await?;
        let found = self.directory.account_of(handle).await?;
        let (account, hash) = match found {
            Some((account, hash)) => (Some(account), hash),
            None => (None, self.passwords.nobody()),
        };
        let is_right = self.passwords.verify(password, hash.clone()).await?;
        let account = account
            .filter(|_| is_right)
            .ok_or(Error::WrongCredentials)?;
        let token = self.begin_session(&account, &hash).await?;
        Ok((account, token))
    }

    /// Nobody guesses a password by trying.
    pub(super) async fn limit_attempts(&self, handle: &Handle) -> Result<(), Error> {
        Ok(self.limiter.take(Limit::Handle, handle.as_str(), 1).await?)
    }

    /// For as long as the password is the one that was shown.
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
    /// When the directory is away.
    pub async fn of_session(&self, token: &str) -> Result<Option<Account>, Error> {
        // What cannot be a session costs nobody a question.
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

    /// Whether what a guest was given at an instant proves no more who they are: they
    /// have an account by now, ended what proves it, or were erased.
    ///
    /// # Errors
    /// When the directory is away.
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

    /// Stops believing what was known of a player: they were erased.
    pub fn forget(&self, player: &PlayerId) {
        self.accounts.forget(player);
        self.sessions.forget_all();
    }

    /// Whether the caller knows the password of their account; a guest has none,
    /// and needs none.
    ///
    /// # Errors
    /// A wrong password, who is no person, too many at once, or the directory.
    pub async fn confirm(&self, caller: &Caller, password: &str) -> Result<(), Error> {
        let player = own(caller)?;
        let Some(account) = self.directory.account(player).await? else {
            return Ok(());
        };
        // Whom a provider vouches for has no password; their session says who they are.
        if self.directory.has_identity(player).await? {
            return Ok(());
        }
        let password = Password::new(password).map_err(|_| Error::WrongCredentials)?;
        self.verified(&account, password).await
    }

    /// Checks an account's password.
    pub(super) async fn verified(
        &self,
        account: &Account,
        password: Password,
    ) -> Result<(), Error> {
        self.limit_attempts(&account.handle).await?;
        let found = self.directory.account_of(&account.handle).await?;
        let (_, hash) = found.ok_or(Error::WrongCredentials)?;
        if self.passwords.verify(password, hash).await? {
            Ok(())
        } else {
            Err(Error::WrongCredentials)
        }
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the directory is away.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        let digest = digest(token);
        self.directory.end_session(digest).await?;
        self.sessions.forget(&digest);
        Ok(())
    }

    /// Ends all that proves who the caller is: sessions, tokens, a guest's cookie.
    ///
    /// # Errors
    /// Who is no person, or the directory.
    pub async fn sign_out_everywhere(&self, caller: &Caller) -> Result<(), Error> {
        let player = own(caller)?;
        let note = self.own_note(caller, "sign_out_everywhere");
        self.directory.end_proofs(player, &note).await?;
        // Few people sign in at once, and what is true is one question away.
        self.forget(player);
        Ok(())
    }

    pub(super) fn own_note(&self, caller: &Caller, action: &'static str) -> AuditNote {
        let player = caller.player().map(ToString::to_string);
        let (now, actor) = (self.clock.now(), caller.actor());
        AuditNote::new(now, actor, action, player.unwrap_or_default())
    }

    /// Changes the caller's password and ends all that proves who they are; begins a
    /// new session.
    ///
    /// # Errors
    /// A wrong password of now, who is no person, too many at once, or the directory.
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

    /// A token that proves for some minutes who a player is.
    ///
    /// # Errors
    /// Who may not, who has just signed out everywhere, or the directory is away.
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

    /// Who bears a token: the player, who plays by it and runs nothing.
    ///
    /// # Errors
    /// A token that is not valid, or the directory is away.
    pub async fn of_token(&self, token: &str) -> Result<(Caller, Timestamp), Error> {
        let bearer = self.tokens.read(token)?;
        let Known { account, ended_at } = self.known(&bearer.player).await?;
        // A token says the second.
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
        let role = account.map_or(Role::Player, |account| account.role);
        let caller = Caller::Person {
            player: bearer.player,
            role: role.min(Role::Player),
            proof: match bearer.by {
                Maker::Player => Proof::Token,
                Maker::Server => Proof::Vouched,
            },
        };
        Ok((caller, bearer.expires_at))
    }
}
