//! Data that an open page keeps current: pages of a board and of the home page, presence, viewers,
//! history.

pub mod board_sync;
pub mod home_sync;
pub mod home_viewers;
pub mod presence_sync;
pub mod rank_history;
pub mod season_end;
