//! LeaderPort's pages: rendered on the server, hydrated where they are live.
//!
//! The layers, from the top down. A module imports only from its own layer and lower ones:
//!
//! - [`pages`], one file for each route, and [`document`], the HTML around them: server only;
//! - [`islands`], the parts of a page that hydrate;
//! - [`components`], the Leptos components of pages and islands;
//! - [`features`], one file for each behaviour: subscribing, submitting, scrolling;
//! - [`browser`], the interface to the browser: sockets, storage, the service worker;
//! - [`core`], the logic of a live board: pure Rust, tested natively;
//! - [`api`], the server functions; [`locale`] and [`words`], numbers, dates and texts.

// A page's view is one type, nested as deeply as its markup.
#![recursion_limit = "512"]
#![expect(
    missing_docs,
    reason = "components and server functions become public structs by macros that write no docs"
)]

pub mod api;
pub mod browser;
pub mod components;
pub mod core;
#[cfg(feature = "ssr")]
pub mod document;
pub mod error;
pub mod features;
pub mod islands;
pub mod locale;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod words;

#[cfg(feature = "ssr")]
pub use self::document::{App, shell};
