//! LeaderPort's server: HTTP, WebSocket and pages over the one service.
//!
//! [`run`] takes a listener, a configuration and a shutdown signal, so that the
//! binary and tests start the same server.

mod address;
pub mod auth;
pub mod broker;
pub mod cli;
pub mod clock;
pub mod config;
mod cookies;
mod engines;
mod headers;
mod health;
pub mod ledger;
pub mod limiter;
pub mod oidc;
mod origin;
mod picture;
mod problem;
mod realtime;
mod rest;
mod router;
mod run;
mod sample;
mod site;
mod state;
mod vitals;

pub use self::run::run;
