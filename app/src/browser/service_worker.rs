//! The service worker (`public/sw.js`), registered: it keeps the pages that were seen for
//! when there is no network.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ServiceWorkerContainer;

/// Registers the worker.
pub fn register() {
    if let Some(workers) = workers() {
        // Without it there are no pages without a network.
        let _ = workers.register("/sw.js");
    }
}

/// Whether the page comes from the worker, and so may be a copy of what was.
pub fn is_in_control() -> bool {
    workers().is_some_and(|workers| workers.controller().is_some())
}

/// Browsers have none on pages that did not come securely.
fn workers() -> Option<ServiceWorkerContainer> {
    let navigator: JsValue = window().navigator().into();
    let workers = js_sys::Reflect::get(&navigator, &"serviceWorker".into());
    workers.ok()?.dyn_into().ok()
}
