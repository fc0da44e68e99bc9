//! The Leptos components of pages and islands.

pub mod account;
pub mod admin;
pub mod board;
pub mod countdown;
pub mod emblem;
pub mod erased;
pub mod form;
pub mod home;
pub mod list;
pub mod mark;
pub mod mount_later;
pub mod page;
pub mod palette;
pub mod player;
pub mod settings;
pub mod toasts;
