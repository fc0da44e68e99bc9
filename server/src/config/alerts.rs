//! Thresholds of warnings.

use leaderport::admin::vitals::Thresholds;

/// Thresholds of warnings on the admin page, for values that stay above them for some seconds.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Alerts {
    /// Warn if the 99th percentile of acknowledgement times is above this, in milliseconds.
    #[arg(long, env = "LEADERPORT_ALERT_ACK", default_value_t = 250.0, value_parser = threshold, allow_hyphen_values = true)]
    pub alert_ack: f64,

    /// Warn if more than this many answers a second have a status of 500 or above.
    #[arg(long, env = "LEADERPORT_ALERT_ERRORS", default_value_t = 0.5, value_parser = threshold, allow_hyphen_values = true)]
    pub alert_errors: f64,

    /// Warn if slow clients miss more than this many frames a second.
    #[arg(long, env = "LEADERPORT_ALERT_SKIPPED", default_value_t = 20.0, value_parser = threshold, allow_hyphen_values = true)]
    pub alert_skipped: f64,
}

impl Alerts {
    /// Thresholds for the admin page.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        Thresholds {
            ack_p99: self.alert_ack,
            errors: self.alert_errors,
            skipped_frames: self.alert_skipped,
        }
    }
}

fn threshold(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "must be a number that is not negative".to_owned())
}
