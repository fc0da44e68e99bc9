//! LeaderPort's server: HTTP, WebSocket and pages on top of the one service.
//!
//! [`run`] takes a listener, a configuration and a shutdown signal, so that the
//! binary and tests start the same server.

mod auth;
pub mod broker;
pub mod cli;
pub mod config;
mod http;
pub mod ledger;
mod metrics;
mod openapi;
mod push;
pub mod rate_limit;
mod realtime;
mod rest;
mod router;
mod run;
pub mod startup;
mod state;

pub use self::run::{Listeners, run};
