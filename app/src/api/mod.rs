//! Server functions: the calls from pages to the service. They have no rules of their own.

pub mod account;
pub mod admin;
pub mod board;
pub mod board_form;
#[cfg(feature = "ssr")]
pub mod docs;
pub mod home;
pub mod moderation;
pub mod palette;
#[cfg(feature = "ssr")]
pub mod player;
pub mod push;
#[cfg(feature = "ssr")]
mod request;
#[cfg(feature = "ssr")]
mod season_phase;
pub mod settings;
pub mod submit;
#[cfg(feature = "ssr")]
pub mod visitor;
