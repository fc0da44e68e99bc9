//! Vitals: what a node does, a second at a time, and when that is worth a warning.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How many seconds are kept and shown.
pub const KEPT: usize = 15 * 60;

/// What a node did in a second. Rates are a second's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vitals {
    /// The end of the second.
    pub at: Timestamp,
    /// Submissions recorded.
    pub submissions: f64,
    /// The median time to an acknowledgement, in milliseconds; none without one.
    pub ack_p50: Option<f64>,
    /// The same of the slowest hundredth.
    pub ack_p99: Option<f64>,
    /// Publications heard.
    pub publications: f64,
    /// Open connections that listen: WebSockets and event streams.
    pub sockets: f64,
    /// Channels that they hear of.
    pub subscriptions: f64,
    /// Pages that somebody watches.
    pub watched_pages: f64,
    /// The share of page reads that this node's copies answered, 0 to 100; none
    /// where nothing was read, or nothing is copied.
    pub cache_hits: Option<f64>,
    /// Changes of watched pages, each encoded once for all who watch.
    pub deltas: f64,
    /// Publications for each of them; none without one.
    pub conflation: Option<f64>,
    /// Bytes of frames handed to connections.
    pub bytes: f64,
    /// The median time from hearing of a publication to handing its change to a
    /// socket, in milliseconds; none without one.
    pub delivery_p50: Option<f64>,
    /// The same of the slowest hundredth.
    pub delivery_p99: Option<f64>,
    /// Subscriptions with a position that was brought forward.
    pub recovered: f64,
    /// Those that got the whole state instead.
    pub whole: f64,
    /// Those of which a part was lost: a client that was hearing a channel asks for
    /// all of it. There must be none.
    pub partial: f64,
    /// Connections ended because they took nothing.
    pub slow_closes: f64,
    /// Frames that slow clients did not get, because a newer one replaced them.
    pub skipped_frames: f64,
    /// Answers with a status of 500 or more.
    pub errors: f64,
}

/// What is worth a warning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// The slowest hundredth of acknowledgements, in milliseconds.
    pub ack_p99: f64,
    /// Answers with a status of 500 or more, a second.
    pub errors: f64,
    /// Frames that slow clients did not get, a second.
    pub skipped_frames: f64,
}

/// Seconds that are looked at; at least [`AT_LEAST`] and more than half of those that
/// say anything must be beyond a threshold.
const LOOKED_AT: usize = 10;
const AT_LEAST: usize = 3;

impl Thresholds {
    /// What is beyond its threshold now, in a sentence each.
    #[must_use]
    pub fn alerts(&self, history: &[Vitals]) -> Vec<String> {
        let recent = &history[history.len().saturating_sub(LOOKED_AT)..];
        let beyond = |threshold: f64, value: fn(&Vitals) -> Option<f64>| {
            let said: Vec<f64> = recent.iter().filter_map(value).collect();
            let over = said.iter().filter(|value| **value > threshold).count();
            (over >= AT_LEAST && over * 2 > said.len())
                .then(|| said.iter().copied().fold(0.0, f64::max))
        };
        let ack = beyond(self.ack_p99, |v| v.ack_p99).map(|worst| {
            format!(
                "Acknowledgements take up to {worst:.0} ms (threshold {:.0} ms).",
                self.ack_p99
            )
        });
        let errors = beyond(self.errors, |v| Some(v.errors)).map(|worst| {
            format!(
                "Up to {worst:.0} answers a second are errors (threshold {:.0}).",
                self.errors
            )
        });
        let skipped = beyond(self.skipped_frames, |v| Some(v.skipped_frames)).map(|worst| {
            format!(
                "Slow clients miss up to {worst:.0} frames a second (threshold {:.0}).",
                self.skipped_frames
            )
        });
        [ack, errors, skipped].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(ack_p99: Option<f64>, errors: f64) -> Vitals {
        Vitals {
            at: Timestamp::MIN,
            submissions: 0.0,
            ack_p50: None,
            ack_p99,
            publications: 0.0,
            sockets: 0.0,
            subscriptions: 0.0,
            deltas: 0.0,
            conflation: None,
            bytes: 0.0,
            delivery_p50: None,
            delivery_p99: None,
            recovered: 0.0,
            whole: 0.0,
            partial: 0.0,
            slow_closes: 0.0,
            watched_pages: 0.0,
            cache_hits: None,
            skipped_frames: 0.0,
            errors,
        }
    }

    #[test]
    fn an_alert_is_raised_by_what_goes_on_and_not_by_one_second() {
        let thresholds = Thresholds {
            ack_p99: 100.0,
            errors: 1.0,
            skipped_frames: 10.0,
        };
        let quiet = vec![second(None, 0.0); 20];
        assert!(thresholds.alerts(&quiet).is_empty());
        assert!(thresholds.alerts(&[]).is_empty());
        let mut one = quiet.clone();
        one.extend([second(Some(900.0), 9.0), second(Some(900.0), 0.0)]);
        assert!(thresholds.alerts(&one).is_empty());
        let slow = [250.0, 150.0, 150.0].map(|ack| second(Some(ack), 0.0));
        let slow = [quiet, slow.to_vec()].concat();
        let expected = "Acknowledgements take up to 250 ms (threshold 100 ms).";
        assert_eq!(thresholds.alerts(&slow), [expected]);
        let failing = vec![second(None, 3.0); 6];
        assert_eq!(thresholds.alerts(&failing).len(), 1);
        // It is over when the last seconds are well again.
        let over = [failing, vec![second(Some(1.0), 0.0); 10]].concat();
        assert!(thresholds.alerts(&over).is_empty());
    }
}
