//! One file a route.

pub mod account;
pub mod admin;
pub mod board;
pub mod home;
pub mod not_found;
