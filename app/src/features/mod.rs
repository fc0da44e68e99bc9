//! The behaviours of pages, one file each: subscriptions, submissions, scrolling, notifications.

pub mod announcements;
pub mod appearance;
pub mod arrival;
pub mod board_state;
pub mod board_sync;
pub mod first_ranks;
pub mod home_sync;
pub mod home_viewers;
pub mod jump;
pub mod list_keys;
pub mod list_rows;
pub mod list_scroll;
pub mod overtaken_notice;
pub mod palette;
pub mod pending_scores;
pub mod podium_motion;
pub mod presence_sync;
pub mod push_notifications;
pub mod rank_history;
pub mod reflex_play;
pub mod row_view;
pub mod search;
pub mod season_end;
pub mod submit_outcome;
pub mod submit_score;
pub mod toasts;
