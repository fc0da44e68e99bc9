//! The browser's clocks, and reloading the page.
//!
//! The device's clock gives instants. It may be set while a page is open, so durations are measured
//! by a clock that only moves forward.

use gloo_timers::callback::Timeout;
use leaderport::Timestamp;
use leptos::prelude::window;

/// The difference by which the device's clock must be ahead to show that the device slept, in
/// milliseconds.
const SLEPT_MILLIS: f64 = 2_000.0;

/// The instant by the device's clock. Measure durations by [`monotonic_millis`].
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millis_clamped(millis)
}

/// The milliseconds since the page was opened, by a clock that only moves forward. In some browsers
/// it stops while the device sleeps; see [`Stopwatch`].
#[must_use]
pub fn monotonic_millis() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Measures a long duration, including the time for which the device slept.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    /// The readings of both clocks at the last read: the monotonic one and the device's.
    last: (f64, f64),
    elapsed: f64,
}

impl Stopwatch {
    /// Begins to measure.
    #[must_use]
    pub fn start() -> Self {
        Self {
            last: Self::clocks(),
            elapsed: 0.0,
        }
    }

    /// The milliseconds since the start. Call it every few seconds.
    pub fn read(&mut self) -> f64 {
        let clocks = Self::clocks();
        let (monotonic, device) = (clocks.0 - self.last.0, clocks.1 - self.last.1);
        self.last = clocks;
        self.elapsed += passed(monotonic, device);
        self.elapsed
    }

    fn clocks() -> (f64, f64) {
        (monotonic_millis(), js_sys::Date::now())
    }
}

/// The time that has passed, in milliseconds, by the progress of both clocks. The device's clock
/// decides only if it is far ahead, because the device slept.
fn passed(monotonic: f64, device: f64) -> f64 {
    if device > monotonic + SLEPT_MILLIS {
        device
    } else {
        monotonic
    }
}

/// Reloads the page.
pub fn reload_page() {
    // A browser that refuses keeps showing the page.
    let _ = window().location().reload();
}

/// Runs `run` after some milliseconds, unless the page is closed before.
pub fn after(millis: u32, run: impl FnOnce() + 'static) {
    Timeout::new(millis, run).forget();
}

#[cfg(test)]
mod tests {
    use super::passed;

    #[test]
    fn a_device_that_slept_counts_the_sleep_and_a_clock_set_back_changes_nothing() {
        for (monotonic, device, expected) in [
            (1_000.0, 1_001.0, 1_000.0),
            (1_000.0, 3_601_000.0, 3_601_000.0),
            (1_000.0, -3_600_000.0, 1_000.0),
        ] {
            assert!((passed(monotonic, device) - expected).abs() < f64::EPSILON);
        }
    }
}
