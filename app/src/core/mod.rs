//! The logic of a live board, without Leptos and without the browser: pure Rust over the
//! domain, tested natively.

pub mod avatar;
pub mod board;
pub mod decimal;
pub mod json_difference;
pub mod list;
pub mod palette;
pub mod reflex_game;
pub mod season_phase;
pub mod submit;
pub mod sync;
pub mod url;
