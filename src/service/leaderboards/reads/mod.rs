//! The read path: rows, standings, players, seasons and their files.

pub(crate) mod board_reads;
pub mod export;
pub(crate) mod merges;
pub(crate) mod pages;
pub(crate) mod player_search;
pub(crate) mod profile;
pub mod read;
pub(crate) mod sketch;
mod subscriptions;
pub(crate) mod viewers;
