//! What is worth a warning.

use leaderport::vitals::Thresholds;

/// What is worth a warning on the admin page, when it goes on for some seconds.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Alerts {
    /// Warn when the slowest hundredth of acknowledgements takes longer, in milliseconds.
    #[arg(long, env = "LEADERPORT_ALERT_ACK", default_value_t = 250.0, value_parser = threshold)]
    pub alert_ack: f64,

    /// Warn of more answers a second with a status of 500 or above.
    #[arg(long, env = "LEADERPORT_ALERT_ERRORS", default_value_t = 0.5, value_parser = threshold)]
    pub alert_errors: f64,

    /// Warn of more frames a second that slow clients miss.
    #[arg(long, env = "LEADERPORT_ALERT_SKIPPED", default_value_t = 20.0, value_parser = threshold)]
    pub alert_skipped: f64,
}

impl Alerts {
    /// As the page takes them.
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
