//! Views without their type, where the type of a whole page would be too deep.

use leptos::prelude::*;

/// A part of a page whose type is erased on the server. A debug build needs more stack for the type of a
/// whole page than a thread has, and a release build much time. In the browser an erased type would
/// add the code of asynchronous hydration, which is a third of the module.
pub fn erased<V: IntoView + IntoAny>(view: V) -> impl IntoView {
    #[cfg(feature = "ssr")]
    return view.into_any();
    #[cfg(not(feature = "ssr"))]
    return view;
}
