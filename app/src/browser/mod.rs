//! The edge of the browser: sockets, storage, the clock and the service worker, each behind
//! plain functions.

#[cfg(feature = "hydrate")]
pub mod connection;
pub mod countdown;
#[cfg(feature = "hydrate")]
pub mod crash_recovery;
#[cfg(feature = "hydrate")]
pub mod hydration_queue;
#[cfg(feature = "hydrate")]
pub mod outbox_worker;
#[cfg(feature = "hydrate")]
pub mod page_cache;
#[cfg(feature = "hydrate")]
pub mod service_worker;
#[cfg(feature = "hydrate")]
pub mod share;
