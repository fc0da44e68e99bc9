//! Content of elements whose code loads later, because most visits do not need it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::browser::clock::after;
use crate::browser::part::{PartFuture, RETRY_MILLIS};

/// Mounts the content of an element once, when it is first needed. `mount` is a function of the later
/// part. If its code does not arrive, it is tried again after some seconds, if still needed.
pub fn mount_later<M>(is_needed: Signal<bool>, mount: impl Fn() -> M + 'static)
where
    M: Future<Output = Result<PartFuture<()>, SplitLoaderError>> + 'static,
{
    let is_begun = RwSignal::new(false);
    Effect::new(move || {
        if is_begun.get() || !is_needed.get() {
            return;
        }
        is_begun.set(true);
        let mounted = mount();
        spawn_local(async move {
            match mounted.await {
                Ok(mounted) => mounted.await,
                Err(_) => after(RETRY_MILLIS, move || is_begun.set(false)),
            }
        });
    });
}
