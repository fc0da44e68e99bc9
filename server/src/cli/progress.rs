//! What the person at the terminal sees while a subcommand works.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// How often progress is told where there is no terminal to draw on.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Progress on stderr: drawn on a terminal, else a line every few seconds.
/// Cleared when dropped.
pub(super) struct Progress {
    bar: ProgressBar,
    began: Instant,
    told: Instant,
}

impl Progress {
    /// A bar of so many bytes, a spinner where they are not known.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        let template = match bytes {
            Some(_) => "{wide_bar} {bytes}/{total_bytes}, {msg}, {eta} left",
            None => "{spinner} {msg}",
        };
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template(template).expect("the template is well formed");
        let bar = ProgressBar::with_draw_target(bytes, target).with_style(style);
        let began = Instant::now();
        Self {
            bar,
            began,
            told: began,
        }
    }

    /// How long it has been.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Shows how far it is.
    pub(super) fn update(&mut self, position: u64, message: &str) {
        self.bar.set_message(message.to_owned());
        self.bar.set_position(position);
        if self.bar.is_hidden() && self.told.elapsed() >= LINE_INTERVAL {
            self.told = Instant::now();
            self.say(message);
        }
    }

    /// Writes a line that stays.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| {
            // Whoever closed our output does not want to know.
            let _ = writeln!(io::stderr().lock(), "{line}");
        });
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A rate in whole numbers.
pub(super) fn per_second(count: u64, elapsed: Duration) -> u64 {
    let rate = u128::from(count) * 1000 / elapsed.as_millis().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_no_time_at_all_is_finite() {
        assert_eq!(per_second(500, Duration::from_millis(250)), 2_000);
        assert_eq!(per_second(3, Duration::ZERO), 3_000);
    }
}
