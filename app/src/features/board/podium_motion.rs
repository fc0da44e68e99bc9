//! The members of the podium, who glide to their new steps.

use leptos::html;
use leptos::prelude::*;

use crate::browser::dom::reveal::prefers_reduced_motion;
use crate::browser::dom::row_animator::{fade_in, slide_columns};

/// Animates a member of the podium: glides to another step, and fades in if `is_new`. `step` is
/// counted from 0.
pub fn animate_step(step: Memo<usize>, element: NodeRef<html::Li>, is_new: bool) {
    Effect::new(move |before: Option<usize>| {
        let now = step.get();
        let element = element.get_untracked();
        if let Some(element) = element.filter(|_| !prefers_reduced_motion()) {
            match before {
                Some(before) if before != now => slide_columns(&element, before, now),
                None if is_new => fade_in(&element),
                _ => {}
            }
        }
        now
    });
}
