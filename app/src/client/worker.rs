//! The service worker (`public/sw.js`), registered: it keeps the pages that were seen for
//! when there is no network.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

/// Registers the worker. Browsers have none on pages that did not come securely.
pub fn register() {
    let navigator: JsValue = window().navigator().into();
    let workers = js_sys::Reflect::get(&navigator, &"serviceWorker".into());
    let workers = workers.ok().and_then(|workers| workers.dyn_into().ok());
    if let Some(workers) = workers {
        let workers: web_sys::ServiceWorkerContainer = workers;
        // Without it there are no pages without a network.
        let _ = workers.register("/sw.js");
    }
}
