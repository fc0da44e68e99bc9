//! Notifications: at most a few at a time, each with at most one action.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::HtmlElement;

use crate::browser::dom::focus::{find, focus_first_of};

/// The maximum number of notifications at a time; a new one replaces the oldest.
const MAX_TOASTS: usize = 3;

/// The time for which a notification is shown.
const SHOWN: Duration = Duration::from_secs(8);

/// The mood of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neutral.
    Plain,
    /// A success.
    Good,
    /// A failure.
    Bad,
}

impl Tone {
    /// The name of the tone, for styles.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// The button of a notification: its label, and its effect.
pub type Action = (&'static str, Arc<dyn Fn() + Send + Sync>);

/// A notification.
#[derive(Clone)]
pub struct Toast {
    /// Its number, from 1.
    pub number: u64,
    /// The topic: a newer notification of the same topic replaces it.
    pub topic: String,
    /// Its mood.
    pub tone: Tone,
    /// Its text.
    pub text: String,
    /// Its button.
    pub action: Option<Action>,
}

/// The page's notifications. All copies share one state.
#[derive(Clone, Copy)]
pub struct Toasts {
    /// The notifications on screen, oldest first.
    pub shown: RwSignal<Vec<Toast>>,
    /// The number of the last one.
    last: StoredValue<u64>,
    /// Whether the reader points at a notification or has focused one. If so, no timer closes any.
    is_held: RwSignal<bool>,
    /// The element that had the focus before a notification got it.
    focused_before: StoredValue<Option<SendWrapper<HtmlElement>>>,
}

impl Default for Toasts {
    fn default() -> Self {
        Self {
            shown: RwSignal::new(Vec::new()),
            last: StoredValue::new(0),
            is_held: RwSignal::new(false),
            focused_before: StoredValue::new(None),
        }
    }
}

impl Toasts {
    /// Shows a notification in place of another one of the same topic.
    pub fn show(
        self,
        topic: impl Into<String>,
        tone: Tone,
        text: impl Into<String>,
        action: Option<Action>,
    ) {
        let number = self.last.get_value() + 1;
        self.last.set_value(number);
        let toast = Toast {
            number,
            topic: topic.into(),
            tone,
            text: text.into(),
            action,
        };
        put(&mut self.shown.write(), toast);
        self.close_later(number);
    }

    /// Keeps all notifications on screen while the reader points at one or has focused it.
    pub fn hold(self, is_held: bool) {
        self.is_held.set(is_held);
    }

    /// Holds the notifications, because one of them got the focus. `before` is the element that had
    /// the focus before, if it is outside the notifications.
    pub fn got_focus(self, before: Option<HtmlElement>) {
        self.hold(true);
        if let Some(before) = before {
            self.focused_before
                .set_value(Some(SendWrapper::new(before)));
        }
    }

    /// Closes a notification by its button. The focus moves to another notification, else to where
    /// it was before.
    pub fn dismiss(self, number: u64) {
        self.close(number);
        request_animation_frame(move || {
            let before = self.focused_before.try_get_value().flatten();
            let others = find(".close");
            focus_first_of(others.into_iter().chain(before.map(SendWrapper::take)));
        });
    }

    /// Closes a notification.
    pub fn close(self, number: u64) {
        // Not every browser reports that a removed element has lost the focus, so reset this here.
        self.is_held.set(false);
        let mut shown = self.shown.get_untracked().into_iter();
        if shown.any(|toast| toast.number == number) {
            self.shown.write().retain(|toast| toast.number != number);
        }
    }

    fn close_later(self, number: u64) {
        set_timeout(
            move || {
                if self.is_held.get_untracked() {
                    self.close_later(number);
                } else {
                    self.close(number);
                }
            },
            SHOWN,
        );
    }
}

fn put(shown: &mut Vec<Toast>, toast: Toast) {
    shown.retain(|other| other.topic != toast.topic);
    shown.push(toast);
    let over = shown.len().saturating_sub(MAX_TOASTS);
    shown.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toast(number: u64, topic: &str) -> Toast {
        Toast {
            number,
            topic: topic.to_owned(),
            tone: Tone::Plain,
            text: String::new(),
            action: None,
        }
    }

    #[test]
    fn few_are_shown_and_one_of_each_topic() {
        let mut shown = Vec::new();
        for (number, topic) in [(1, "a"), (2, "b"), (3, "a"), (4, "c"), (5, "d")] {
            put(&mut shown, toast(number, topic));
        }
        let numbers: Vec<_> = shown.iter().map(|toast| toast.number).collect();
        assert_eq!(numbers, [3, 4, 5]);
    }
}
