//! The service worker (`public/sw.js`), which serves visited pages while there is no network.

use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use crate::browser::navigator::service_workers;

/// Registers the service worker.
pub fn register() {
    let Some(workers) = service_workers() else {
        return;
    };
    let registered = workers.register("/sw.js");
    spawn_local(async move {
        // Without the service worker, the pages need a network.
        if JsFuture::from(registered).await.is_err() {
            leptos::logging::warn!("the service worker could not be registered");
        }
    });
}

/// Whether the service worker served the page, so that it may be a cached copy.
#[must_use]
pub fn is_in_control() -> bool {
    service_workers().is_some_and(|workers| workers.controller().is_some())
}
