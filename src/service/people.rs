//! [`People`]: who is known, by what, and who may do what with that.
//!
//! Passwords are hashed with Argon2id (19 MiB, two passes: OWASP's first
//! choice), a few at a time, and whoever would wait in a long line is told to
//! come back: signing in cannot starve the rest. Sessions and keys are random;
//! the directory knows their SHA-256 alone. What was found there is believed for
//! [`BELIEVED`], so a revocation reaches other nodes within that time; at the
//! node that revokes it holds at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::access::{Caller, Operation, Proof};
use super::directory::{Digest, Directory};
use super::limits::{Limit, Limiter};
use super::tokens::Tokens;
use super::{Clock, Error};
use crate::{
    Account, ApiKey, Handle, InvalidValue, KeyDraft, Password, PlayerId, PlayerName, Role,
    Timestamp,
};

/// How long what the directory said is believed.
pub const BELIEVED: Duration = Duration::from_secs(5);

/// How long a session lasts, in milliseconds.
pub const SESSION_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// How much of each kind is believed at once.
const MAX_BELIEVED: u64 = 10_000;

/// Passwords that may wait for their hash.
const MAX_WAITING: usize = 32;

/// A key's last use is noted to the minute.
const TOUCH_MILLIS: i64 = 60_000;

/// The most keys.
const MAX_KEYS: usize = 1_000;

/// What every key begins with, so that one in a public place is recognised.
const KEY_PREFIX: &str = "lp_";
const ID_CHARS: usize = 16;
const SECRET_CHARS: usize = 64;

/// Where randomness comes from. A parameter, so that the domain has none of its own.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the bytes with some that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

/// A secret for its bearer: shown once, never kept.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The text, for its bearer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[token]")
    }
}

/// Who is known. Share it as `Arc<People>`.
pub struct People {
    clock: Arc<dyn Clock>,
    directory: Arc<dyn Directory>,
    entropy: Arc<dyn Entropy>,
    limiter: Arc<dyn Limiter>,
    tokens: Tokens,
    /// None: the player has no account.
    accounts: Believed<PlayerId, Option<Account>>,
    keys: Believed<Digest, Arc<ApiKey>>,
    sessions: Believed<Digest, (Account, Timestamp)>,
    waiting: Semaphore,
    hashing: Arc<Semaphore>,
    /// The hash that is compared where there is no account, so that it takes as long.
    nobody: String,
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
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        Self {
            clock,
            directory,
            entropy,
            limiter,
            tokens,
            accounts: Believed::new(),
            keys: Believed::new(),
            sessions: Believed::new(),
            waiting: Semaphore::new(MAX_WAITING),
            hashing: Arc::new(Semaphore::new((cores / 2).max(1))),
            nobody: hash(b"", &salt),
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
        let hash = self.add(&account, password).await?;
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
        let player = format!("player-{}", self.random::<16>());
        let player = PlayerId::new(&player).expect("39 printable bytes");
        let name = PlayerName::new(handle.as_str()).expect("a handle is a name");
        let account = self.account_for(player, name, handle, role);
        self.add(&account, password).await?;
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

    /// Gives the hash of the password.
    async fn add(&self, account: &Account, password: Password) -> Result<String, Error> {
        // Before the costly part; the directory decides again.
        self.check_new(account).await?;
        let hash = self.hash(password).await?;
        let added = self.directory.add_account(account, &hash).await?;
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
            None => (None, self.nobody.clone()),
        };
        let is_right = self.verify(password, hash.clone()).await?;
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
        let token = Token(self.random::<32>());
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

    /// Whether a player has an account, and so is nobody's as a guest any more.
    ///
    /// # Errors
    /// When the directory is away.
    pub async fn is_claimed(&self, player: &PlayerId) -> Result<bool, Error> {
        Ok(self.account(player).await?.is_some())
    }

    async fn account(&self, player: &PlayerId) -> Result<Option<Account>, Error> {
        if let Some(account) = self.accounts.get(player) {
            return Ok(account);
        }
        let begun = self.accounts.begin();
        let account = self.directory.account(player).await?;
        self.accounts.keep(player, account.clone(), begun);
        Ok(account)
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

    /// Ends every session of the caller.
    ///
    /// # Errors
    /// Who is no person, or the directory.
    pub async fn sign_out_everywhere(&self, caller: &Caller) -> Result<(), Error> {
        let player = own(caller)?;
        self.directory.end_sessions(player).await?;
        // Few people sign in at once, and what is true is one question away.
        self.sessions.forget_all();
        Ok(())
    }

    /// Changes the caller's password and ends their sessions; begins a new one.
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
        let found = self.directory.account_of(&account.handle).await?;
        let (account, hash) = found.ok_or(Error::WrongCredentials)?;
        self.limit_attempts(&account.handle).await?;
        if !self.verify(now, hash).await? {
            return Err(Error::WrongCredentials);
        }
        let hash = self.hash(new).await?;
        self.directory.set_password(player, &hash).await?;
        self.sessions.forget_all();
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

    /// A token that proves for some minutes who a player is. One that is made for
    /// somebody else allows what a player may.
    ///
    /// # Errors
    /// Who may not.
    pub fn make_token(
        &self,
        caller: &Caller,
        player: &PlayerId,
    ) -> Result<(String, Timestamp), Error> {
        caller.check(Operation::MakeToken(player))?;
        let role = match caller {
            Caller::Person { role, .. } => *role,
            _ => Role::Player,
        };
        Ok(self.tokens.make(player, role))
    }

    /// Who bears a token: the player, by the lesser of its role and theirs of now.
    ///
    /// # Errors
    /// A token that is not valid, or the directory is away.
    pub async fn of_token(&self, token: &str) -> Result<Caller, Error> {
        let bearer = self.tokens.read(token)?;
        let account = self.account(&bearer.player).await?;
        let is_before =
            |account: &Account| account.created_at.millis() / 1000 > bearer.made_at.millis() / 1000;
        if account.as_ref().is_some_and(is_before) {
            return Err(Error::BadToken("it was made before the player signed up"));
        }
        let role = account.map_or(Role::Player, |account| account.role);
        Ok(Caller::Person {
            player: bearer.player,
            role: role.min(bearer.role),
            proof: Proof::Token,
        })
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
        self.directory.set_role(&account.player, role).await?;
        self.accounts.forget(&account.player);
        self.sessions.forget_all();
        Ok(Account { role, ..account })
    }

    /// Makes a key. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// Who may not, a bad value, or the directory.
    pub async fn make_key(
        &self,
        caller: &Caller,
        draft: KeyDraft,
    ) -> Result<(ApiKey, Token), Error> {
        caller.check(Operation::ManageKeys)?;
        let key = ApiKey::new(self.random::<8>(), draft, self.clock.now())?;
        let valid = self.directory.keys().await?;
        let valid = valid.iter().filter(|key| key.revoked_at.is_none());
        if valid.count() >= MAX_KEYS {
            let reason = format!("there are {MAX_KEYS} keys, which is the most; revoke one");
            return Err(InvalidValue::new("title", &key.title, reason).into());
        }
        let secret = Token(format!("{KEY_PREFIX}{}_{}", key.id, self.random::<32>()));
        self.directory
            .add_key(&key, digest(secret.expose()))
            .await?;
        Ok((key, secret))
    }

    /// Every key, the newest first.
    ///
    /// # Errors
    /// Who may not, or the directory.
    pub async fn keys(&self, caller: &Caller) -> Result<Vec<ApiKey>, Error> {
        caller.check(Operation::ManageKeys)?;
        Ok(self.directory.keys().await?)
    }

    /// Revokes a key for ever.
    ///
    /// # Errors
    /// Who may not, a key that is unknown or revoked already, or the directory.
    pub async fn revoke_key(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        caller.check(Operation::ManageKeys)?;
        let is_id = id.len() == ID_CHARS && is_hex(id);
        let revoked = is_id && self.directory.revoke_key(id, self.clock.now()).await?;
        self.keys.forget_all();
        if revoked {
            Ok(())
        } else {
            Err(Error::UnknownKey(id.chars().take(40).collect()))
        }
    }

    /// The key of a secret, if it is valid.
    ///
    /// # Errors
    /// When the directory is away.
    pub async fn of_key(&self, secret: &str) -> Result<Option<Arc<ApiKey>>, Error> {
        // Nobody makes the directory work by what cannot be a key.
        if !looks_like_a_key(secret) {
            return Ok(None);
        }
        let digest = digest(secret);
        if let Some(key) = self.keys.get(&digest) {
            return Ok(Some(key));
        }
        let begun = self.keys.begin();
        let found = self.directory.key_of(digest).await?;
        let Some(key) = found.filter(|key| key.revoked_at.is_none()) else {
            return Ok(None);
        };
        let key = Arc::new(key);
        self.keys.keep(&digest, key.clone(), begun);
        self.touch(&key);
        Ok(Some(key))
    }

    /// Notes that a key was used. Nobody waits for that, and nobody fails by it.
    fn touch(&self, key: &ApiKey) {
        let now = self.clock.now();
        let before = now.plus_millis(-TOUCH_MILLIS);
        if key.last_used_at.is_some_and(|used| used > before) {
            return;
        }
        let (directory, id) = (self.directory.clone(), key.id.clone());
        tokio::spawn(async move {
            if let Err(error) = directory.touch_key(&id, now, before).await {
                tracing::warn!(key = id, %error, "a key's use was not noted");
            }
        });
    }

    /// `N` random bytes, in hexadecimal digits.
    fn random<const N: usize>(&self) -> String {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        hex(&bytes)
    }

    async fn hash(&self, password: Password) -> Result<String, Error> {
        let mut salt = [0; 16];
        self.entropy.fill(&mut salt);
        self.in_turn(move || hash(password.expose().as_bytes(), &salt))
            .await
    }

    async fn verify(&self, password: Password, stored: String) -> Result<bool, Error> {
        let verify = move || {
            let stored = PasswordHash::new(&stored);
            stored.is_ok_and(|stored| {
                let password = password.expose().as_bytes();
                argon2().verify_password(password, &stored).is_ok()
            })
        };
        self.in_turn(verify).await
    }

    /// Does what takes a core for long, elsewhere and a few at a time.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _place = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        let turn = self.hashing.clone().acquire_owned().await;
        let turn = turn.map_err(|_| Error::stopping())?;
        let work = tokio::task::spawn_blocking(move || {
            // Kept until it is done, also when nobody waits for it any more.
            let _turn = turn;
            work()
        });
        work.await.map_err(|_| Error::stopping())
    }
}

fn own(caller: &Caller) -> Result<&PlayerId, Error> {
    caller.check(Operation::ManageSelf)?;
    caller
        .player()
        .ok_or_else(|| Error::Forbidden("this needs a player who is signed in".to_owned()))
}

/// What the directory said, for some seconds. What was asked before something
/// changed is not believed after it.
struct Believed<K, V> {
    cache: Cache<K, V>,
    changes: AtomicU64,
}

impl<K, V> Believed<K, V>
where
    K: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn new() -> Self {
        let cache = Cache::builder()
            .max_capacity(MAX_BELIEVED)
            .time_to_live(BELIEVED)
            .build();
        Self {
            cache,
            changes: AtomicU64::new(0),
        }
    }

    fn get(&self, key: &K) -> Option<V> {
        self.cache.get(key)
    }

    /// To be called before the directory is asked.
    fn begin(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    fn keep(&self, key: &K, value: V, begun: u64) {
        self.cache.insert(key.clone(), value);
        if self.begin() != begun {
            self.cache.invalidate(key);
        }
    }

    /// To be called after the directory was changed.
    fn forget(&self, key: &K) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate(key);
    }

    fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate_all();
    }
}

/// Whether a text has the shape of a key's secret.
fn looks_like_a_key(secret: &str) -> bool {
    let parts = secret
        .strip_prefix(KEY_PREFIX)
        .and_then(|s| s.split_once('_'));
    parts.is_some_and(|(id, random)| {
        (id.len(), random.len()) == (ID_CHARS, SECRET_CHARS) && is_hex(id) && is_hex(random)
    })
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).expect("OWASP's parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &[u8], salt: &[u8; 16]) -> String {
    let salt = SaltString::encode_b64(salt).expect("16 bytes are a salt");
    let hash = argon2().hash_password(password, &salt);
    hash.expect("a password of some bytes").to_string()
}

fn digest(secret: &str) -> Digest {
    Sha256::digest(secret.as_bytes()).into()
}

/// As hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
