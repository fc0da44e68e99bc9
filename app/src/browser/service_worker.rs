//! The service worker (`public/sw.js`), which serves visited pages while there is no network.

use super::navigator::service_workers;

/// Registers the service worker.
pub fn register() {
    if let Some(workers) = service_workers() {
        // Without it the pages need a network.
        let _ = workers.register("/sw.js");
    }
}

/// Whether the service worker served the page, so that it may be a cached copy.
#[must_use]
pub fn is_in_control() -> bool {
    service_workers().is_some_and(|workers| workers.controller().is_some())
}
