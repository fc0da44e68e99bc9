//! Server functions: the calls from pages to the service. They have no rules of their own.

pub mod admin_page;
pub mod board;
#[cfg(feature = "ssr")]
pub mod docs;
pub mod home;
pub mod palette;
#[cfg(feature = "ssr")]
pub mod player;
pub mod reader;
#[cfg(feature = "ssr")]
mod request;
#[cfg(feature = "ssr")]
mod season_phase;
pub mod submit;
#[cfg(feature = "ssr")]
pub mod visitor;
