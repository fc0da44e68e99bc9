//! Operations of admins and moderators: definitions of seasons and emblems, rulings, deletions and
//! recounts of boards, the state of nodes and engines.

pub(crate) mod deletion;
mod emblems;
mod engine;
pub(crate) mod health;
pub mod moderation;
pub(crate) mod recounts;
pub mod seasons;
