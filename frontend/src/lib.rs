//! The wasm entry: what every page with an island does first, and what to do when that fails.

use wasm_bindgen::prelude::wasm_bindgen;

/// Less code than the default allocator.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Called by the page's script once the module is loaded, before its islands are.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        app::browser::crash_recovery::load_anew();
    }));
    app::browser::service_worker::register();
    leptos::mount::hydrate_islands();
    app::features::background_sync::start();
}
