//! The watched channels. Each has one state and a log of its recent changes.

pub(crate) mod board;
pub(crate) mod feed;
pub(crate) mod hub;
pub(crate) mod mine;
pub(crate) mod ops;
pub(crate) mod registry;
pub(crate) mod season;
pub(crate) mod source;
pub(crate) mod visible_names;
pub(crate) mod watchers;
