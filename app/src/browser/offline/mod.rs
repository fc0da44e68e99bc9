//! Use without a network: the cache of pages, the worker of the outbox, and the service worker.

pub mod outbox_worker;
pub mod page_cache;
pub mod service_worker;
