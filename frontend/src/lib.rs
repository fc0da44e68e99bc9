//! The entry of the WebAssembly module: hydrates the islands of a page.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the module is loaded, before it hydrates the islands.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        app::browser::crash_recovery::reload_after_crash();
    }));
    // First: it sets up the executor of tasks.
    leptos::mount::hydrate_islands();
    app::browser::offline::service_worker::register();
    app::browser::time_zone::remember();
    app::islands::background_sync::send_in_background();
    app::islands::palette::open_on_request();
}
