//! API keys: creation, lookup by secret, revocation.

use std::sync::Arc;

use super::People;
use crate::admin::audit::AuditNote;
use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::people::secret::{Token, digest, is_hex, random};
use crate::{ApiKey, InvalidValue, KeyDraft, Slug};

/// Resolution of the recorded time of a key's last use, in milliseconds.
const TOUCH_MILLIS: i64 = 60_000;

/// Maximum number of valid keys.
const MAX_KEYS: usize = 1_000;

/// Prefix of every key, so that secret scanners recognise a leaked one.
const KEY_PREFIX: &str = "lp_";
const ID_CHARS: usize = 16;
const SECRET_CHARS: usize = 64;

impl People {
    /// Creates a key. Only this answer contains the secret.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, a value is invalid, a board does not exist, or
    /// the directory is down.
    pub async fn make_key(
        &self,
        caller: &Caller,
        draft: KeyDraft,
    ) -> Result<(ApiKey, Token), Error> {
        caller.check(Operation::ManageKeys)?;
        let key = ApiKey::new(random::<8>(&*self.entropy), draft, self.clock.now())?;
        let valid = self.directory.keys().await?;
        let valid = valid.iter().filter(|key| key.revoked_at.is_none());
        if valid.count() >= MAX_KEYS {
            let reason = format!("there are {MAX_KEYS} keys, which is the most; revoke one");
            return Err(InvalidValue::new("key", &key.title, reason).into());
        }
        let secret = Token(format!(
            "{KEY_PREFIX}{}_{}",
            key.id,
            random::<32>(&*self.entropy)
        ));
        let note = AuditNote {
            after: serde_json::to_string(&key).ok(),
            ..self.note_of_key(caller, "make_key", &key.id)
        };
        let digest = digest(secret.expose());
        let unknown = self.directory.add_key(&key, digest, &note).await?;
        if !unknown.is_empty() {
            let unknown: Vec<&str> = unknown.iter().map(Slug::as_str).collect();
            let reason = "must name boards that exist; GET /api/v1/boards lists them";
            return Err(InvalidValue::new("boards", unknown.join(", "), reason).into());
        }
        Ok((key, secret))
    }

    /// Drops the cached keys, after the deletion of a board has changed those that name it.
    pub fn forget_keys(&self) {
        self.keys.forget_all();
    }

    fn note_of_key(&self, caller: &Caller, action: &'static str, id: &str) -> AuditNote {
        AuditNote::new(self.clock.now(), caller.actor(), action, id.to_owned())
    }

    /// Every key, newest first.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the directory is down.
    pub async fn keys(&self, caller: &Caller) -> Result<Vec<ApiKey>, Error> {
        caller.check(Operation::ManageKeys)?;
        Ok(self.directory.keys().await?)
    }

    /// Permanently revokes a key.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the key is unknown or already revoked, or
    /// the directory is down.
    pub async fn revoke_key(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        caller.check(Operation::ManageKeys)?;
        let is_id = id.len() == ID_CHARS && is_hex(id);
        let note = self.note_of_key(caller, "revoke_key", id);
        let revoked = is_id && self.directory.revoke_key(id, note.at, &note).await?;
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
    /// Fails if the directory is down.
    pub async fn of_key(&self, secret: &str) -> Result<Option<Arc<ApiKey>>, Error> {
        // Malformed secrets cause no query.
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

    /// Whether a secret is known to be valid without a query. A revocation by another node
    /// reaches this node within some seconds.
    #[must_use]
    pub fn has_cached_key(&self, secret: &str) -> bool {
        Self::looks_like_a_key(secret) && self.keys.get(&digest(secret)).is_some()
    }

    /// Whether a text has the format of a key's secret.
    #[must_use]
    pub fn looks_like_a_key(secret: &str) -> bool {
        looks_like_a_key(secret)
    }

    /// Records a use of the key in the background; failures are only logged.
    fn touch(&self, key: &ApiKey) {
        let now = self.clock.now();
        let before = now.plus_millis(-TOUCH_MILLIS);
        if key.last_used_at.is_some_and(|used| used > before) {
            return;
        }
        let (directory, id) = (self.directory.clone(), key.id.clone());
        tokio::spawn(async move {
            if let Err(error) = directory.touch_key(&id, now, before).await {
                tracing::warn!(key = id, %error, "the last use of an API key was not recorded");
            }
        });
    }
}

/// Whether a text has the format of a key's secret.
fn looks_like_a_key(secret: &str) -> bool {
    let parts = secret
        .strip_prefix(KEY_PREFIX)
        .and_then(|s| s.split_once('_'));
    parts.is_some_and(|(id, random)| {
        (id.len(), random.len()) == (ID_CHARS, SECRET_CHARS) && is_hex(id) && is_hex(random)
    })
}
