//! The behaviours of pages, one file each: subscriptions, submissions, scrolling, notifications.

pub mod appearance;
pub mod board;
pub mod list;
pub mod notifications;
pub mod palette;
pub mod reflex_play;
pub mod submit;
pub mod sync;
pub mod toasts;
