//! Server functions: what pages ask of the service, and nothing decided here.

pub mod account;
pub mod admin;
pub mod board;
pub mod board_form;
#[cfg(feature = "ssr")]
pub mod docs;
pub mod moderation;
#[cfg(feature = "ssr")]
pub mod player;
#[cfg(feature = "ssr")]
mod request;
pub mod submit;
#[cfg(feature = "ssr")]
pub mod visitor;
