//! Content of elements whose code loads later, because most visits do not need it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::browser::part::PartFuture;

/// Mounts the content of an element once, as soon as it is needed. `mount` is a function of the later
/// part. If its code does not arrive, the next change of `is_needed` or its sources tries again.
pub fn mount_later<M>(is_needed: Signal<bool>, mount: impl Fn() -> M + 'static)
where
    M: Future<Output = Result<PartFuture<()>, SplitLoaderError>> + 'static,
{
    let is_begun = StoredValue::new(false);
    Effect::new(move || {
        if !is_needed.get() || is_begun.get_value() {
            return;
        }
        is_begun.set_value(true);
        let mounted = mount();
        spawn_local(async move {
            match mounted.await {
                Ok(mounted) => mounted.await,
                Err(_) => is_begun.set_value(false),
            }
        });
    });
}
