//! A player's avatar, history, and share of players behind.

pub mod ahead;
pub mod avatar;
pub mod history;
