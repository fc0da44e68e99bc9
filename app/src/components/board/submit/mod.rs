//! The form that submits a score, and the scores that are not recorded.

pub mod submit_form;
pub mod unsent_scores;
