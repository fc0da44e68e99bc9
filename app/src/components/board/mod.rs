//! The parts of a board's page, except the list.

#[cfg(debug_assertions)]
pub mod devtools;
pub mod distribution;
pub mod facts;
pub mod feed;
pub mod gap;
pub mod notices;
pub mod podium;
pub mod presence;
pub mod reader;
pub mod reflex;
pub mod season;
pub mod share;
pub mod submit;
