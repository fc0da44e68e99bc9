//! The choice of a season, its phase and its result.

pub mod season_bar;
pub mod season_result;
