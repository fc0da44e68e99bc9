//! The submission of a score: stored, shown as pending, sent, then updated by the server's answer.

pub mod pending_scores;
pub mod submit_outcome;
pub mod submit_score;
