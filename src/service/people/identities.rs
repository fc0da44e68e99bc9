//! Signing in by somebody else's word: an OpenID Connect provider's.

use super::People;
use crate::service::error::Error;
use crate::service::people::secret::{Token, random};
use crate::{Account, Handle, PlayerId, PlayerName, Role};

/// Whom a provider says somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Its word for the person: never another's.
    pub subject: String,
    /// The name that they go by there.
    pub name: Option<PlayerName>,
    /// The handle that they have there; ours may be another.
    pub handle: Option<String>,
}

/// Handles that are tried before somebody is told to try again.
const ATTEMPTS: usize = 4;

impl People {
    /// Signs in whom a provider vouches for; makes an account of the guest that they
    /// are, the first time.
    ///
    /// # Errors
    /// When the directory is away.
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
            // A guest who has an account by now is nobody's: then they are somebody new.
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
            // Nobody's password: they have none.
            let hash = self.passwords.nobody();
            // Somebody else may have taken the handle, or this identity a moment ago.
            self.directory
                .add_account_by(&account, &hash, issuer, subject, &note)
                .await?;
            self.accounts.forget(&account.player);
        }
        Err(Error::Busy)
    }

    /// The one that they have there, with something random after it where it may be
    /// taken.
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

    /// Whether a player signs in by a password, and not by a provider's word.
    ///
    /// # Errors
    /// When the directory is away.
    pub async fn has_password(&self, player: &PlayerId) -> Result<bool, Error> {
        Ok(!self.directory.has_identity(player).await?)
    }
}
