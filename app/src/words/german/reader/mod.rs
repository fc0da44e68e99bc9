//! The texts of the account, the settings, and notifications.

mod account;
mod push;
mod settings;

pub(in crate::words) use account::*;
pub(in crate::words) use push::*;
pub(in crate::words) use settings::*;
