//! The list of a board: its rows, scrolling and keys, the search, and jumps to a place.

pub mod arrival;
pub mod first_ranks;
pub mod jump;
pub mod list_keys;
pub mod list_rows;
pub mod list_scroll;
pub mod row_view;
pub mod search;
