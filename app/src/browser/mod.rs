//! The interface to the browser: sockets, storage, the clock and the service worker, each behind
//! plain functions.
//!
//! The code also compiles natively, so that components need no conditional compilation. On the
//! server it is never called.

pub mod clock;
pub mod connection;
pub mod crash_recovery;
pub mod dom;
pub mod emblem_upload;
pub mod navigator;
pub mod offline;
pub mod palette;
pub mod part;
pub mod push;
pub mod storage;
pub mod time_zone;
