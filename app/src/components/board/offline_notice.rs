//! Says, while nothing arrives, how old what is shown is, and what works all the same.

use std::time::Duration;

use leptos::prelude::*;

use crate::components::{flag, text};
use crate::features::board_state::BoardState;
use crate::words;

/// What is not older is not worth a word, in milliseconds: most outages are shorter.
const WORTH_MILLIS: i64 = 4_000;

/// How often the age is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// A quiet banner while changes do not arrive.
#[component]
pub fn Unconnected(state: BoardState) -> impl IntoView {
    // Milliseconds; none while changes arrive.
    let age = RwSignal::new(None::<i64>);
    // When changes last arrived, by the browser's clock.
    let lost_at = StoredValue::new(now(state));
    let look = move || {
        let is_live = state.status.get_untracked().is_connected();
        if is_live {
            lost_at.set_value(now(state));
        }
        let is_worth = now(state) - lost_at.get_value() >= WORTH_MILLIS;
        let old = now(state) - state.as_of.get_untracked().millis_i64();
        let old = Some(old.max(0)).filter(|_| !is_live && is_worth);
        if age.get_untracked() != old {
            age.set(old);
        }
    };
    Effect::new(move || {
        state.status.track();
        look();
    });
    Effect::new(move |_| {
        if let Ok(timer) = set_interval_with_handle(look, EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
    let words = text(move || {
        let age = age.get();
        age.map(|age| words::not_connected(ago(age)))
            .unwrap_or_default()
    });
    view! {
        <p class="degraded unconnected" role="status" hidden=flag(move || age.with(Option::is_none))>{words}</p>
    }
}

/// Milliseconds by the browser's clock; on the server that of the page.
#[cfg_attr(
    feature = "hydrate",
    expect(unused_variables, reason = "the browser has a clock of its own")
)]
fn now(state: BoardState) -> i64 {
    #[cfg(feature = "hydrate")]
    return crate::features::board_sync::now().millis_i64();
    #[cfg(not(feature = "hydrate"))]
    return state.as_of.get_untracked().millis_i64();
}

/// A time that has passed, in words.
fn ago(millis: i64) -> String {
    let seconds = millis.max(0).unsigned_abs() / 1_000;
    match seconds {
        ..60 => words::less_than_a_minute().to_owned(),
        60..3_600 => words::minutes(seconds / 60),
        3_600..86_400 => words::hours(seconds / 3_600),
        _ => words::days(seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn ages_are_said_in_the_largest_unit() {
        for (seconds, words) in [
            (3, "less than a minute"),
            (60, "1 minute"),
            (3_599, "59 minutes"),
            (7_200, "2 hours"),
            (90_000, "1 day"),
        ] {
            assert_eq!(ago(seconds * 1_000), words);
        }
    }
}
