//! What is watched: one state and its changes a channel.

pub(crate) mod board;
pub(crate) mod feed;
pub(crate) mod hub;
pub(crate) mod mine;
pub(crate) mod ops;
pub(crate) mod season;
pub(crate) mod visible_names;
pub(crate) mod watchers;
