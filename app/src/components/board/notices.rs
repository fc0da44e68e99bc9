//! Notices above a board: that it is offline, that its rows come from the ledger, that its settings
//! have changed, and that a new season has begun.
//!
//! Each notice is in a live region of its own. The regions are in the document from the beginning,
//! because screen readers announce only changes of regions that they know.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser::clock::{monotonic_millis, now, reload_page};
use crate::features::board::board_state::BoardState;
use crate::words;

/// The minimum length of an outage that the page reports, in milliseconds. Most are shorter.
const OUTAGE_MILLIS: f64 = 4_000.0;

/// The time between two updates of the displayed age.
const UPDATE: Duration = Duration::from_secs(2);

/// Shows the age of the data while no changes arrive.
#[component]
pub fn OfflineNotice(state: BoardState) -> impl IntoView {
    let age = state.outage;
    let update_age = move |connected_at: StoredValue<f64>| {
        let is_connected = state.status.get_untracked().is_connected();
        if is_connected {
            connected_at.set_value(monotonic_millis());
        }
        let is_long = monotonic_millis() - connected_at.get_value() >= OUTAGE_MILLIS;
        // The data may be of an earlier visit, so its age is the difference of two instants.
        let current = now().millis_i64() - state.current_at.get_untracked().millis_i64();
        let current = (!is_connected && is_long).then_some(current.max(0));
        if age.get_untracked() != current {
            age.set(current);
        }
    };
    Effect::new(move |_| {
        let connected_at = StoredValue::new(monotonic_millis());
        Effect::new(move || {
            state.status.track();
            update_age(connected_at);
        });
        if let Ok(timer) = set_interval_with_handle(move || update_age(connected_at), UPDATE) {
            on_cleanup(move || timer.clear());
        }
    });
    let text = move || age.get().map(|age| words::not_connected(ago(age)));
    let notice = move || text().map(|text| view! { <p class="degraded unconnected">{text}</p> });
    view! { <div role="status">{notice}</div> }
}

/// Says that the rows come from the ledger, because the broker is down.
#[component]
pub fn DegradedNotice(state: BoardState) -> impl IntoView {
    let is_degraded = Memo::new(move |_| state.is_degraded());
    let notice = move || {
        let is_degraded = is_degraded.get();
        is_degraded.then(|| view! { <p class="degraded">{words::live_ranking_paused()}</p> })
    };
    view! { <div role="status">{notice}</div> }
}

/// Says that the board's settings have changed, and offers to reload the page.
#[component]
pub fn OutdatedNotice(state: BoardState) -> impl IntoView {
    view! {
        <ReloadNotice is_shown=state.is_outdated text=words::settings_changed() label=words::reload() />
    }
}

/// Says that a new season has begun, and offers to show it.
#[component]
pub fn SeasonOverNotice(state: BoardState) -> impl IntoView {
    view! {
        <ReloadNotice is_shown=state.is_season_over text=words::new_season_has_begun() label=words::show_new_season() />
    }
}

/// A notice with a button that reloads the page.
#[component]
fn ReloadNotice(
    is_shown: RwSignal<bool>,
    text: &'static str,
    /// The label of the button.
    label: &'static str,
) -> impl IntoView {
    let notice = move || {
        is_shown.get().then(|| {
            view! {
                <p class="degraded">
                    {text}
                    " "
                    <button type="button" class="link" on:click=move |_| reload_page()>{label}</button>
                </p>
            }
        })
    };
    view! { <div role="status">{notice}</div> }
}

/// A duration in milliseconds, in words.
fn ago(millis: i64) -> String {
    let seconds = millis.max(0).unsigned_abs() / 1_000;
    match seconds {
        ..60 => words::less_than_a_minute_ago().to_owned(),
        60..3_600 => words::age_in_minutes(seconds / 60),
        3_600..86_400 => words::age_in_hours(seconds / 3_600),
        _ => words::age_in_days(seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn ages_use_the_largest_unit() {
        for (seconds, words) in [
            (3, "less than a minute ago"),
            (60, "1 minute ago"),
            (3_599, "59 minutes ago"),
            (7_200, "2 hours ago"),
            (90_000, "1 day ago"),
        ] {
            assert_eq!(ago(seconds * 1_000), words);
        }
    }
}
