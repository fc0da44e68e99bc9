//! Notifications about the reader's rank: for screen readers, on the page, and away from it.

pub mod announcements;
pub mod overtaken_notice;
pub mod push_notifications;
