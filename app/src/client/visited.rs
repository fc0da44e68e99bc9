//! The service worker (`public/sw.js`): registered, and told where the reader is, so that
//! pages that were never loaded as such are there without a network, too.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::{JsCast, JsValue};

/// How long a page is looked at before it is worth keeping, in milliseconds.
const LOOKED_AT_MILLIS: u32 = 2_000;

/// Registers the worker. Browsers have none on pages that did not come securely.
pub fn register() {
    if let Some(workers) = workers() {
        // Without it there are no pages without a network.
        let _ = workers.register("/sw.js");
    }
}

fn workers() -> Option<web_sys::ServiceWorkerContainer> {
    let navigator: JsValue = window().navigator().into();
    let workers = js_sys::Reflect::get(&navigator, &"serviceWorker".into()).ok()?;
    workers.dyn_into().ok()
}

/// Tells the worker of pages that the reader goes to without loading them. Within a router.
pub fn tell_where() {
    let path = use_location().pathname;
    let looked_at = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |is_again: Option<()>| {
        path.track();
        // The first one was loaded.
        if is_again.is_some() {
            looked_at.set_value(Some(Timeout::new(LOOKED_AT_MILLIS, tell)));
        }
    });
}

fn tell() {
    let href = window().location().href().ok();
    let worker = workers().and_then(|workers| workers.controller());
    if let (Some(href), Some(worker)) = (href, worker) {
        let message = js_sys::Object::new();
        if js_sys::Reflect::set(&message, &"visited".into(), &href.into()).is_ok() {
            // A worker that is just ending keeps nothing.
            let _ = worker.post_message(&message);
        }
    }
}
