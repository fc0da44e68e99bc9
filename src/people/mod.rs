//! People and programs: accounts, API keys, players, settings of readers.

pub mod account;
pub mod api_key;
pub mod player;
pub mod settings;
