//! LeaderPort's pages: written by the server, alive in the browser where something happens.
//!
//! [`pages`] are the routes and [`document`] the frame around them, on the server alone;
//! [`islands`] is what comes alive of them, [`components`] what both are made of, [`api`]
//! the server functions that are called, [`client`] the browser's data layer. Whatever is
//! not about the DOM or a socket is pure and tested natively.

// A page's view is one type, as deep as its markup.
#![recursion_limit = "512"]
#![expect(
    missing_docs,
    reason = "components and server functions become public structs by macros that write no docs"
)]

pub mod api;
pub mod client;
pub mod components;
#[cfg(feature = "ssr")]
pub mod document;
pub mod error;
pub mod islands;
pub mod locale;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod visitor;
pub mod words;

#[cfg(feature = "ssr")]
pub use self::document::{App, shell};
