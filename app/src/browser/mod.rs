//! The interface to the browser: sockets, storage, the clock and the service worker, each behind
//! plain functions.
//!
//! The code also compiles natively, so that components need no conditional compilation. On the
//! server it is never called.

pub mod appearance;
pub mod clock;
pub mod connection;
pub mod crash_recovery;
pub mod emblem_upload;
pub mod focus;
pub mod focus_guard;
pub mod list_viewport;
pub mod navigator;
pub mod outbox_worker;
pub mod page_cache;
pub mod palette;
pub mod part;
pub mod push;
pub mod reader;
pub mod reveal;
pub mod row_animator;
pub mod scroll_position;
pub mod service_worker;
pub mod storage;
pub mod time_zone;
pub mod typed_value;
