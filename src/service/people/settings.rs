//! The settings of accounts. They are not cached, so that a change in one browser is on the next page
//! of every other one.

use super::{People, own};
use crate::service::access::Caller;
use crate::service::error::Error;
use crate::settings::Settings;

impl People {
    /// The settings of the caller's account; none before they chose any.
    ///
    /// # Errors
    /// Fails if the caller is not a person, or if the directory is down.
    pub async fn settings(&self, caller: &Caller) -> Result<Option<Settings>, Error> {
        Ok(self.directory.settings(own(caller)?).await?)
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
