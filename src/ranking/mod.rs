//! The ranking: scores and their total order, submissions, standings, the rank index, pages, and
//! summaries.

pub mod milestone;
pub mod page;
pub mod position;
pub mod rank_index;
pub mod score;
pub mod sketch;
pub mod standing;
pub mod submission;
