//! [`People`]: who is known, by what, and who may do what with that.
//!
//! Sessions and keys are random; the directory knows their SHA-256 alone. What was
//! found there is believed for some seconds ([`believed`]), so a revocation reaches other nodes within that time; at the
//! node that revokes it holds at once.

mod believed;
mod identities;
mod keys;
mod passwords;

use std::sync::Arc;

use self::believed::Believed;
pub use self::identities::Identity;
use self::passwords::Passwords;
use super::access::{Caller, Operation, Proof};
use super::directory::{Digest, Directory};
use super::limits::{Limit, Limiter};
use super::records::AuditNote;
use super::secret::{Entropy, Token, digest, is_hex, random};
use super::tokens::{Maker, Tokens};
use super::{Clock, Error};
use crate::{Account, ApiKey, Handle, Password, PlayerId, PlayerName, Role, Timestamp};

/// How long a session lasts, in milliseconds.
pub const SESSION_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A session's token: 32 random bytes in hexadecimal.
const SESSION_CHARS: usize = 64;

/// How long after what proved who somebody is was ended no token is made for them, nor
/// one taken that was made: nodes believe what they knew for 5 seconds, their clocks may
/// be 10 apart, and a token says the second.
const REST_MILLIS: i64 = 16_000;

/// Who is known. Share it as `Arc<People>`.
pub struct People {
    clock: Arc<dyn Clock>,
    directory: Arc<dyn Directory>,
    entropy: Arc<dyn Entropy>,
    limiter: Arc<dyn Limiter>,
    tokens: Tokens,
    accounts: Believed<PlayerId, Known>,
    keys: Believed<Digest, Arc<ApiKey>>,
    passwords: Passwords,
    sessions: Believed<Digest, (Account, Timestamp)>,
}

/// What is known of a player.
#[derive(Debug, Clone)]
struct Known {
    /// None: they have no account.
    account: Option<Account>,
    /// What proved who they are until then does so no more.
    ended_at: Option<Timestamp>,
}

impl People {
    /// People of a directory.
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
            accounts: Believed::new(),
            keys: Believed::new(),
            passwords,
            sessions: Believed::new(),
        }
    }

    /// Makes an account of a player who has none: their standings stay theirs.
    ///
    /// # Errors
    /// A taken handle, a player with an account, too many at once, or the directory.
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

    /// Makes an account for somebody else.
    ///
    /// # Errors
    /// As [`Self::sign_up`], and who may not.
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

    /// What somebody does to an account, for the audit log.
    fn note(&self, actor: &str, action: &'static str, account: &Account) -> AuditNote {
        let role = serde_json::json!({ "role": account.role });
        let (now, handle) = (self.clock.now(), account.handle.to_string());
        AuditNote {
            after: Some(role.to_string()),
            ..AuditNote::new(now, actor.to_owned(), action, handle)
        }
    }

    /// Gives the hash of the password.
    async fn add(
        &self,
        account: &Account,
        password: Password,
        note: AuditNote,
    ) -> Result<String, Error> {
        // Before the costly part; the directory decides again.
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
    async fn limit_attempts(&self, handle: &Handle) -> Result<(), Error> {
        Ok(self.limiter.take(Limit::Handle, handle.as_str(), 1).await?)
    }

    /// For as long as the password is the one that was shown.
    async fn begin_session(&self, account: &Account, hash: &str) -> Result<Token, Error> {
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

    /// A player's account, for who may see what is theirs.
    ///
    /// # Errors
    /// Who may not, or the directory is away.
    pub async fn account_of(
        &self,
        caller: &Caller,
        player: &PlayerId,
    ) -> Result<Option<Account>, Error> {
        caller.check(Operation::ReadSubmissions(player))?;
        Ok(self.directory.account(player).await?)
    }

    async fn known(&self, player: &PlayerId) -> Result<Known, Error> {
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
    async fn verified(&self, account: &Account, password: Password) -> Result<(), Error> {
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

    fn own_note(&self, caller: &Caller, action: &'static str) -> AuditNote {
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

    /// Has an account remember the name that boards show.
    ///
    /// # Errors
    /// Who is no person, or the directory.
    pub async fn remember_name(&self, caller: &Caller, name: &PlayerName) -> Result<(), Error> {
        let player = own(caller)?;
        self.directory.set_name(player, name).await?;
        self.sessions.forget_all();
        Ok(())
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

    /// Up to 100 accounts after a handle.
    ///
    /// # Errors
    /// Who may not, or the directory.
    pub async fn accounts(
        &self,
        caller: &Caller,
        after: Option<&Handle>,
    ) -> Result<Vec<Account>, Error> {
        caller.check(Operation::ManageAccounts)?;
        Ok(self.directory.accounts(after, 100).await?)
    }

    /// Gives an account another role.
    ///
    /// # Errors
    /// Who may not, an unknown handle, or the directory.
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
