//! Sign-in with an OpenID Connect provider.

use super::People;
use crate::service::error::Error;
use crate::service::people::secret::{Token, random};
use crate::{Account, Handle, PlayerId, PlayerName, Role};

/// A person's identity at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The provider's unique id of the person; never reused.
    pub subject: String,
    /// Display name at the provider.
    pub name: Option<PlayerName>,
    /// Handle at the provider; the account's handle may differ.
    pub handle: Option<String>,
}

/// Number of handles to try before giving up.
const ATTEMPTS: usize = 4;

impl People {
    /// Signs in a person identified by a provider. The first sign-in creates an account for
    /// the current guest.
    ///
    /// # Errors
    /// Fails if the directory is down, or returns [`Error::Busy`] if no free handle is
    /// found.
    pub async fn sign_in_by(
        &self,
        identity: &Identity,
        guest: PlayerId,
        name: PlayerName,
    ) -> Result<(Account, Token), Error> {
        for attempt in 0..ATTEMPTS {
            let (issuer, subject) = (&identity.issuer, &identity.subject);
            if let Some((account, hash)) = self.directory.account_by(issuer, subject).await? {
                let token = self.begin_session(&account, &hash).await?;
                return Ok((account, token));
            }
            // The guest id already has an account, which may belong to another person: create a
            // new player.
            let player = if self.directory.account(&guest).await?.is_some() {
                let id = format!("player-{}", random::<16>(&*self.entropy));
                PlayerId::new(&id).expect("39 printable bytes")
            } else {
                guest.clone()
            };
            let handle = self.free_handle(identity, attempt);
            let account = self.account_for(player, name.clone(), handle, Role::Player);
            let actor = format!("player {}", account.player);
            let note = self.note(&actor, "sign_up_by_provider", &account);
            // No password matches this hash.
            let hash = self.passwords.nobody();
            // The handle may be taken, or another request may have added this identity: try
            // again.
            self.directory
                .add_account_by(&account, &hash, issuer, subject, &note)
                .await?;
            self.accounts.forget(&account.player);
        }
        Err(Error::Busy)
    }

    /// A handle to try: the provider's handle; after the first attempt, with a random suffix.
    fn free_handle(&self, identity: &Identity, attempt: usize) -> Handle {
        let fit = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let wanted = identity.handle.as_deref().unwrap_or_default();
        let wanted: String = wanted.chars().filter(fit).take(16).collect();
        if attempt == 0
            && let Ok(handle) = Handle::new(&wanted)
        {
            return handle;
        }
        let random = random::<3>(&*self.entropy);
        let handle = Handle::new(&format!("{wanted}-{random}"));
        handle.unwrap_or_else(|_| {
            Handle::new(&format!("player-{random}")).expect("13 characters that are fit")
        })
    }

    /// Whether a player signs in with a password, and not with a provider.
    ///
    /// # Errors
    /// Fails if the directory is down.
    pub async fn has_password(&self, player: &PlayerId) -> Result<bool, Error> {
        Ok(!self.directory.has_identity(player).await?)
    }
}
