//! The settings of accounts. They are not cached, so that a change in one browser is on the next page
//! of every other one.

use super::{People, own};
use crate::PlayerId;
use crate::people::settings::Settings;
use crate::service::access::{Caller, Operation};
use crate::service::error::Error;

impl People {
    /// The settings of the caller's account; none before they chose any.
    ///
    /// # Errors
    /// Fails if the caller is not a person, or if the directory is down.
    pub async fn settings(&self, caller: &Caller) -> Result<Option<Settings>, Error> {
        Ok(self.directory.settings(own(caller)?).await?)
    }

    /// The settings of a player's account, for callers that may read the player's data; none like
    /// [`Self::settings`].
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the directory is down.
    pub async fn settings_of(
        &self,
        caller: &Caller,
        player: &PlayerId,
    ) -> Result<Option<Settings>, Error> {
        caller.check(Operation::ReadSubmissions(player))?;
        Ok(self.directory.settings(player).await?)
    }

    /// Stores the settings of the caller's account. A guest has no account, and nothing is stored.
    ///
    /// # Errors
    /// Fails if the caller is not a person, or if the directory is down.
    pub async fn set_settings(&self, caller: &Caller, settings: &Settings) -> Result<(), Error> {
        let player = own(caller)?;
        Ok(self.directory.set_settings(player, settings).await?)
    }
}
