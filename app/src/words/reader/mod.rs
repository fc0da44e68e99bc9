//! The texts of the account, the settings, and notifications.

mod account;
mod push;
mod settings;

pub use account::*;
pub use push::*;
pub use settings::*;
