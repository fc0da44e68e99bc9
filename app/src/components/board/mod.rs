//! The parts of a board's page, except the list.

#[cfg(debug_assertions)]
pub mod devtools;
pub mod distribution;
pub mod facts;
pub mod feed;
pub mod gap;
pub mod notices;
pub mod notify;
pub mod pinned;
pub mod podium;
pub mod presence;
pub mod rank_at_stake;
pub mod reflex;
pub mod season_bar;
pub mod season_result;
pub mod share;
pub mod submit_form;
pub mod unsent_scores;
pub mod you;
