//! The time until a season ends or begins.

use std::time::Duration;

use leaderport::Timestamp;
use leptos::prelude::*;

use crate::browser::clock::Stopwatch;
use crate::words;
use crate::words::dates::instant;

/// Counts down in the browser. Without JavaScript, shows the time left when the page was rendered.
#[component]
pub fn Countdown(
    /// The end.
    until: Timestamp,
    /// The server's clock when the page was rendered.
    now: Timestamp,
    /// The sentence with the time left.
    text: fn(String) -> String,
    /// Runs once at the end.
    #[prop(optional)]
    at_end: Option<Callback<()>>,
) -> impl IntoView {
    let whole = until.millis_i64() - now.millis_i64();
    let left = RwSignal::new(whole);
    Effect::new(move |_| {
        // Only the time since hydration is measured, so a wrong clock does not matter.
        let stopwatch = StoredValue::new(Stopwatch::start());
        let is_over = StoredValue::new(false);
        let tick = move || {
            let elapsed = stopwatch.try_update_value(Stopwatch::read);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "milliseconds of an open page"
            )]
            let elapsed = elapsed.unwrap_or_default() as i64;
            left.set(whole - elapsed);
            if let Some(at_end) = at_end.filter(|_| elapsed >= whole && !is_over.get_value()) {
                is_over.set_value(true);
                at_end.run(());
            }
        };
        if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    view! {
        <time class="countdown" title=instant(until) datetime=until.to_string()>
            {move || text(time_left(left.get()))}
        </time>
    }
}

/// The two largest units: `2 d 4 h`, `4 h 12 min`, `12 min 05 s`, `5 s`.
fn time_left(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (1.., ..) => words::days_and_hours(days, hours),
        (0, 1.., _) => words::hours_and_minutes(hours, minutes),
        (0, 0, 1..) => words::minutes_and_seconds(minutes, seconds % 60),
        _ => words::seconds(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::time_left;

    #[test]
    fn the_time_left_has_the_two_largest_units() {
        assert_eq!(time_left(-5), "0 s");
        assert_eq!(time_left(59_999), "59 s");
        assert_eq!(time_left(65_000), "1 min 05 s");
        assert_eq!(time_left(3_600_000 * 5), "5 h 00 min");
        assert_eq!(time_left(86_400_000 * 2 + 3_600_000), "2 d 1 h");
    }
}
