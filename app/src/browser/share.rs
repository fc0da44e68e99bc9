//! Shares a link: by the device's own way, else by the clipboard.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::components::toasts::{Toasts, Tone};
use crate::words;

/// Shares a link in the place of going there. Where neither way is, it is gone to.
pub fn share(toasts: Toasts, title: &str, href: String, event: &leptos::ev::MouseEvent) {
    let navigator: JsValue = window().navigator().into();
    let shared = native(&navigator, title, &href).or_else(|| copied(&navigator, &href));
    let Some((promise, is_copy)) = shared else {
        return;
    };
    event.prevent_default();
    spawn_local(async move {
        let is_done = JsFuture::from(promise).await.is_ok();
        // Whoever shares by the device sees it, and may think better of it.
        if is_copy && is_done {
            let words = words::the_link_is_copied().to_owned();
            toasts.say("share", Tone::Good, words, None);
        } else if is_copy {
            toasts.say("share", Tone::Plain, href, None);
        }
    });
}

fn method(object: &JsValue, name: &str) -> Option<js_sys::Function> {
    let method = js_sys::Reflect::get(object, &name.into()).ok()?;
    method.dyn_into().ok()
}

/// By the device, where that is a phone or a tablet: there it is what people expect.
fn native(navigator: &JsValue, title: &str, href: &str) -> Option<(js_sys::Promise, bool)> {
    let is_touched = window().match_media("(pointer: coarse)").ok().flatten();
    let share = method(navigator, "share").filter(|_| is_touched.is_some_and(|m| m.matches()))?;
    let what = js_sys::Object::new();
    js_sys::Reflect::set(&what, &"title".into(), &title.into()).ok()?;
    js_sys::Reflect::set(&what, &"url".into(), &href.into()).ok()?;
    let promise = share.call1(navigator, &what).ok()?;
    Some((promise.dyn_into().ok()?, false))
}

fn copied(navigator: &JsValue, href: &str) -> Option<(js_sys::Promise, bool)> {
    let clipboard = js_sys::Reflect::get(navigator, &"clipboard".into()).ok()?;
    let copied = method(&clipboard, "writeText")?.call1(&clipboard, &href.into());
    Some((copied.ok()?.dyn_into().ok()?, true))
}
