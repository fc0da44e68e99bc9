//! The wasm entry: hydrate, and what to do when that fails.

use app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        app::client::recover::load_anew();
    }));
    app::client::visited::register();
    // Not `hydrate_body`: the code of a page may have to be loaded first.
    leptos::mount::hydrate_lazy(App);
}
