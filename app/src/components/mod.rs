//! The Leptos components of pages and islands.

pub mod account;
pub mod admin;
pub mod ahead;
pub mod avatar;
pub mod board;
pub mod copy_notice;
pub mod countdown;
pub mod emblem;
pub mod erased;
pub mod field_error;
pub mod history;
pub mod home;
pub mod list;
pub mod mark;
pub mod mount_later;
#[cfg(feature = "ssr")]
pub mod page_title;
pub mod palette;
pub mod refused;
pub mod settings;
pub mod text_field;
pub mod toasts;
