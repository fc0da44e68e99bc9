//! The logic of a live board, without Leptos and without the browser: pure Rust over the
//! domain, tested natively.

pub mod outbox;
pub mod overlay;
pub mod reflex_game;
pub mod replica;
pub mod row_animation;
pub mod row_pool;
pub mod transport;
pub mod virtual_list;
