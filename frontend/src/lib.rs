//! The wasm entry: hydrate, nothing else.

use app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // Not `hydrate_body`: the code of a page may have to be loaded first.
    leptos::mount::hydrate_lazy(App);
}
