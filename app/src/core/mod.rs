//! The logic of a live board, without Leptos and without the browser: pure Rust over the
//! domain, tested natively.

pub mod active_row;
pub mod arrival;
pub mod avatar;
pub mod board;
pub mod confirmation;
pub mod decimal;
pub mod gap;
pub mod json_difference;
pub mod list_window;
pub mod movement;
pub mod outbox;
pub mod overlay;
pub mod palette;
pub mod reflex_game;
pub mod replica;
pub mod row_animation;
pub mod row_pool;
pub mod season_phase;
pub mod spotlight;
pub mod submit_status;
pub mod tie;
pub mod transport;
pub mod typed_name;
pub mod url;
pub mod virtual_list;
