//! Parts of `navigator` that exist only on secure pages (HTTPS or localhost), the kind of pointer, and
//! sharing a link.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Clipboard, ServiceWorkerContainer, ShareData};

#[wasm_bindgen]
extern "C" {
    /// `navigator` with optional members, as on a page that is not secure. `web_sys` assumes a
    /// secure page.
    #[wasm_bindgen(extends = web_sys::Navigator)]
    type SecureNavigator;

    #[wasm_bindgen(method, getter)]
    fn clipboard(this: &SecureNavigator) -> Option<Clipboard>;

    #[wasm_bindgen(method, getter)]
    fn locks(this: &SecureNavigator) -> Option<LockManager>;

    #[wasm_bindgen(method, getter, js_name = serviceWorker)]
    fn service_worker(this: &SecureNavigator) -> Option<ServiceWorkerContainer>;

    #[wasm_bindgen(method, getter)]
    fn share(this: &SecureNavigator) -> Option<js_sys::Function>;

    /// The Web Locks API, which is unstable in `web_sys`.
    pub type LockManager;

    /// Calls `held` with the lock `name` held. The lock is released, and the returned promise
    /// settles, when the promise of `held` does.
    #[wasm_bindgen(method)]
    pub fn request(this: &LockManager, name: &str, held: &js_sys::Function) -> js_sys::Promise;
}

fn navigator() -> SecureNavigator {
    window().navigator().unchecked_into()
}

/// The Web Locks of the origin; none on pages that are not secure.
#[must_use]
pub fn lock_manager() -> Option<LockManager> {
    navigator().locks()
}

/// The service workers of the origin; none on pages that are not secure.
#[must_use]
pub fn service_workers() -> Option<ServiceWorkerContainer> {
    navigator().service_worker()
}

/// Whether the device's main pointer is a finger.
#[must_use]
pub fn has_touch() -> bool {
    let query = window().match_media("(pointer: coarse)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Whether the device has a share sheet.
#[must_use]
pub fn can_share() -> bool {
    navigator().share().is_some()
}

/// Opens the device's share sheet for a link.
pub fn share_link(title: &str, url: &str) {
    let data = ShareData::new();
    data.set_title(title);
    data.set_url(url);
    let shared = window().navigator().share_with_data(&data);
    leptos::task::spawn_local(async move {
        // An error means that the reader closed the sheet.
        let _ = JsFuture::from(shared).await;
    });
}

/// Whether text can be copied.
#[must_use]
pub fn can_copy() -> bool {
    navigator().clipboard().is_some()
}

/// Copies text to the clipboard. Returns whether this succeeded.
pub async fn copy_text(text: &str) -> bool {
    let Some(clipboard) = navigator().clipboard() else {
        return false;
    };
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}
