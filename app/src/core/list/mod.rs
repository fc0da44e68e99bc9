//! The rows of a list: their places on screen, and the marks and motions of a row.

pub mod active_row;
pub mod arrival;
pub mod gap;
pub mod list_window;
pub mod movement;
pub mod row_animation;
pub mod row_pool;
pub mod spotlight;
pub mod tie;
pub mod virtual_list;
