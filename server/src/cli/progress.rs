//! Progress of a subcommand on the terminal.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// Interval of progress lines if stderr is not a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Progress on stderr: a bar on a terminal, otherwise a line every few seconds. Cleared when
/// dropped.
pub(super) struct Progress {
    bar: ProgressBar,
    began: Instant,
    printed_at: Instant,
}

impl Progress {
    /// A bar for this many bytes; a spinner if the number is unknown.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        let template = match bytes {
            Some(_) => "{wide_bar} {bytes}/{total_bytes}, {msg}, {eta} left",
            None => "{spinner} {msg}",
        };
        Self::with_template(bytes, template)
    }

    /// A bar for this many boards.
    pub(super) fn of_boards(count: u64) -> Self {
        Self::with_template(Some(count), "{wide_bar} {pos}/{len} boards, {msg}")
    }

    fn with_template(length: Option<u64>, template: &str) -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template(template).expect("the template is well formed");
        let bar = ProgressBar::with_draw_target(length, target).with_style(style);
        let began = Instant::now();
        Self {
            bar,
            began,
            printed_at: began,
        }
    }

    /// Time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Shows the position and a message.
    pub(super) fn update(&mut self, position: u64, message: &str) {
        self.bar.set_message(message.to_owned());
        self.bar.set_position(position);
        if self.bar.is_hidden() && self.printed_at.elapsed() >= LINE_INTERVAL {
            self.printed_at = Instant::now();
            self.say(message);
        }
    }

    /// Prints a permanent line.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| {
            // A closed stderr is not an error.
            let _ = writeln!(io::stderr().lock(), "{line}");
        });
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Events a second, rounded down.
pub(super) fn per_second(count: u64, elapsed: Duration) -> u64 {
    let rate = u128::from(count) * 1000 / elapsed.as_millis().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_over_zero_time_is_finite() {
        assert_eq!(per_second(500, Duration::from_millis(250)), 2_000);
        assert_eq!(per_second(3, Duration::ZERO), 3_000);
    }
}
