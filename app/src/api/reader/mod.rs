//! Server functions of the reader's own data: the account, the settings, and notifications.

pub mod account;
pub mod push;
pub mod settings;
