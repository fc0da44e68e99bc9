//! Notifications on screen, announced politely to screen readers. Their code loads with the first one.

use leptos::ev::FocusEvent;
use leptos::html;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::part::{PartFuture, boxed};
use crate::components::mount_later::mount_later;
use crate::features::toasts::{Toast, Toasts};
use crate::words;

/// The area of notifications. It is rendered empty, so that screen readers observe it.
#[component]
pub fn ToastArea(
    /// The page's notifications.
    toasts: Toasts,
) -> impl IntoView {
    let area = NodeRef::<html::Div>::new();
    let is_needed = Signal::derive(move || !toasts.shown.read().is_empty());
    mount_later(is_needed, move || mount_cards(toasts, area));
    view! { <div class="toasts" role="status" node_ref=area></div> }
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn mount_cards(
    toasts: Toasts,
    area: NodeRef<html::Div>,
) -> Result<PartFuture<()>, SplitLoaderError> {
    boxed(async move {
        let Some(area) = area.get_untracked() else {
            return;
        };
        let cards = move || {
            view! {
                <For each=move || toasts.shown.get() key=|toast| toast.number let:toast>
                    <ToastCard toasts toast />
                </For>
            }
        };
        mount_to(area.into(), cards).forget();
    })
}

#[component]
fn ToastCard(toasts: Toasts, toast: Toast) -> impl IntoView {
    let number = toast.number;
    let action = toast.action.map(|(label, run)| {
        let on_click = move |_| {
            toasts.dismiss(number);
            run();
        };
        view! { <button type="button" class="small" on:click=on_click>{label}</button> }
    });
    view! {
        <div
            class="toast"
            data-tone=toast.tone.name()
            data-topic=toast.topic
            on:pointerenter=move |_| toasts.hold(true)
            on:pointerleave=move |_| toasts.hold(false)
            on:focusin=move |event| toasts.got_focus(focused_before(&event))
            on:focusout=move |_| toasts.hold(false)
        >
            <p>{toast.text}</p>
            {action}
            <button type="button" class="close" aria-label=words::dismiss() on:click=move |_| toasts.dismiss(number)>"×"</button>
        </div>
    }
}

/// The element that had the focus before a notification got it, unless it is in a notification.
fn focused_before(event: &FocusEvent) -> Option<HtmlElement> {
    let before: HtmlElement = event.related_target()?.dyn_into().ok()?;
    let is_toast = before.closest(".toast").ok().flatten();
    is_toast.is_none().then_some(before)
}
