//! The command palette of all pages with code. Only the keys and the button are part of the first load;
//! the palette itself is loaded when it is first opened.

use std::cell::Cell;

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::palette::listen;
use crate::components::palette::{PaletteDialog, pages_for};
use crate::features::palette::Palette;

thread_local! {
    /// The palette, once it has been opened.
    static PALETTE: Cell<Option<Palette>> = const { Cell::new(None) };
}

/// Opens the palette by its keys and its button from now on.
pub fn open_on_request() {
    listen(|| spawn_local(open_palette()));
}

#[lazy]
fn open_palette() {
    if PALETTE.get().is_none() {
        mount_to_body(|| {
            let palette = Palette::new(pages_for);
            PALETTE.set(Some(palette));
            view! { <PaletteDialog palette /> }
        });
    }
    if let Some(palette) = PALETTE.get() {
        palette.toggle();
    }
}
