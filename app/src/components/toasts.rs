//! Notifications, in one place: said politely to those who listen, gone by themselves
//! unless somebody is at them, each with at most one thing to do about it.

use std::sync::Arc;
use std::time::Duration;

use crate::words;
use leptos::prelude::*;

/// The most that are shown at once: the oldest goes.
const MOST: usize = 3;

/// How long one is shown.
const SHOWN: Duration = Duration::from_secs(8);

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something happened.
    Plain,
    /// Something went well.
    Good,
    /// Something did not.
    Bad,
}

/// A notification.
#[derive(Clone)]
struct Toast {
    number: u64,
    /// Another of the same topic takes its place.
    topic: String,
    tone: Tone,
    words: String,
    action: Option<Action>,
}

/// What can be done about it: the words of a button, and what it does. It outlives
/// whatever part of the page said so.
pub type Action = (&'static str, Arc<dyn Fn() + Send + Sync>);

/// The page's notifications. Copied freely; there is one.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    last: StoredValue<u64>,
    /// Somebody is at them: none goes.
    is_held: RwSignal<bool>,
}

impl Toasts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shown: RwSignal::new(Vec::new()),
            last: StoredValue::new(0),
            is_held: RwSignal::new(false),
        }
    }

    /// Shows one, in the place of another of its topic.
    pub fn say(self, topic: impl Into<String>, tone: Tone, words: String, action: Option<Action>) {
        let number = self.last.try_update_value(|last| {
            *last += 1;
            *last
        });
        let Some(number) = number else { return };
        let toast = Toast {
            number,
            topic: topic.into(),
            tone,
            words,
            action,
        };
        self.shown.try_update(|shown| put(shown, toast));
        self.end_later(number);
        #[cfg(feature = "hydrate")]
        if !IS_SHOWN.replace(true) {
            crate::islands::lazy::later(crate::islands::lazy::Task::Notify(self));
        }
    }

    fn end_later(self, number: u64) {
        set_timeout(
            move || match self.is_held.try_get_untracked() {
                Some(true) => self.end_later(number),
                Some(false) => self.end(number),
                None => {}
            },
            SHOWN,
        );
    }

    fn end(self, number: u64) {
        // Not every browser says that what had the focus is gone.
        self.is_held.try_set(false);
        let is_shown = |shown: &Vec<Toast>| shown.iter().any(|toast| toast.number == number);
        if self.shown.try_with_untracked(is_shown) == Some(true) {
            self.shown
                .try_update(|shown| shown.retain(|toast| toast.number != number));
        }
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

fn put(shown: &mut Vec<Toast>, toast: Toast) {
    shown.retain(|other| other.topic != toast.topic);
    shown.push(toast);
    let over = shown.len().saturating_sub(MOST);
    shown.drain(..over);
}

/// Where notifications are shown: there from the beginning, so that they are heard.
#[component]
pub fn ToastArea() -> impl IntoView {
    view! { <div class="toasts" role="status"></div> }
}

#[cfg(feature = "hydrate")]
thread_local! {
    /// There was one.
    static IS_SHOWN: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Shows what there is and what comes; loaded with the first.
#[cfg(feature = "hydrate")]
pub(crate) fn show(toasts: Toasts) {
    use wasm_bindgen::JsCast;
    let area = document().query_selector(".toasts").ok().flatten();
    if let Some(area) = area.and_then(|area| area.dyn_into().ok()) {
        leptos::mount::mount_to(area, move || view! { <ToastList toasts /> }).forget();
    }
}

/// Those that are shown.
#[component]
pub fn ToastList(toasts: Toasts) -> impl IntoView {
    let hold = move |is_held: bool| toasts.is_held.set(is_held);
    let one = move |toast: Toast| {
        let number = toast.number;
        let tone = match toast.tone {
            Tone::Plain => "plain",
            Tone::Good => "good",
            Tone::Bad => "bad",
        };
        let action = toast.action.map(|(words, act)| {
            let act = move |_| {
                toasts.end(number);
                act();
            };
            view! { <button type="button" class="small" on:click=act>{words}</button> }
        });
        view! {
            <div
                class="toast"
                data-tone=tone
                on:pointerenter=move |_| hold(true)
                on:pointerleave=move |_| hold(false)
                on:focusin=move |_| hold(true)
                on:focusout=move |_| hold(false)
            >
                <p>{toast.words}</p>
                {action}
                <button type="button" class="close" aria-label=words::dismiss() on:click=move |_| toasts.end(number)>"×"</button>
            </div>
        }
    };
    view! { <For each=move || toasts.shown.get() key=|toast| toast.number children=one /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toast(number: u64, topic: &str) -> Toast {
        Toast {
            number,
            topic: topic.to_owned(),
            tone: Tone::Plain,
            words: String::new(),
            action: None,
        }
    }

    #[test]
    fn few_are_shown_and_one_of_a_topic() {
        let mut shown = Vec::new();
        for (number, topic) in [(1, "a"), (2, "b"), (3, "a"), (4, "c"), (5, "d")] {
            put(&mut shown, toast(number, topic));
        }
        let numbers: Vec<_> = shown.iter().map(|toast| toast.number).collect();
        assert_eq!(numbers, [3, 4, 5]);
    }
}
