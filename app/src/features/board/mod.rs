//! A board's page: its state, its requests, its parts on narrow screens, and its podium.

pub mod board_parts;
pub mod board_requests;
pub mod board_state;
pub mod podium_motion;
