//! Vitals: activity of a node per second, and thresholds of warnings.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Number of seconds kept and shown.
pub const HISTORY_SECONDS: usize = 15 * 60;

/// Activity of a node in one second. Rates are per second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vitals {
    /// End of the second.
    pub at: Timestamp,
    /// Submissions recorded.
    pub submissions: f64,
    /// Median time to an acknowledgement, in milliseconds; absent without acknowledgements.
    pub ack_p50: Option<f64>,
    /// 99th percentile of the time to an acknowledgement, in milliseconds.
    pub ack_p99: Option<f64>,
    /// Publications received.
    pub publications: f64,
    /// Open connections with subscriptions: WebSockets and event streams.
    pub sockets: f64,
    /// Subscriptions of these connections.
    pub subscriptions: f64,
    /// Pages with at least one subscriber.
    pub watched_pages: f64,
    /// Share of page reads answered from this node's cache, 0 to 100; absent without reads
    /// or without a cache.
    pub cache_hits: Option<f64>,
    /// Changes of watched pages; each is encoded once for all subscribers.
    pub deltas: f64,
    /// Publications per change of a watched page; absent without changes.
    pub conflation: Option<f64>,
    /// Bytes of frames handed to connections.
    pub bytes: f64,
    /// Median time from receiving a publication to handing its change to a socket, in
    /// milliseconds; absent without deliveries.
    pub delivery_p50: Option<f64>,
    /// 99th percentile of the same time, in milliseconds.
    pub delivery_p99: Option<f64>,
    /// Subscriptions recovered from the client's position.
    pub recovered: f64,
    /// Subscriptions that received the full state instead.
    pub whole: f64,
    /// Subscriptions repeated by a client that lost a change. Must be zero.
    pub partial: f64,
    /// Connections closed because the client was too slow.
    pub slow_closes: f64,
    /// Frames skipped for slow clients because a newer one replaced them.
    pub skipped_frames: f64,
    /// Responses with status 500 or higher.
    pub errors: f64,
}

/// Thresholds of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// 99th percentile of the time to an acknowledgement, in milliseconds.
    pub ack_p99: f64,
    /// Responses with status 500 or higher, per second.
    pub errors: f64,
    /// Frames skipped for slow clients, per second.
    pub skipped_frames: f64,
}

/// A metric with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// 99th percentile of the time to an acknowledgement, in milliseconds.
    Acknowledgement,
    /// Responses with status 500 or higher, per second.
    Errors,
    /// Frames skipped for slow clients, per second.
    SkippedFrames,
}

/// A warning that a metric is beyond its threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alert {
    /// The metric.
    pub metric: Metric,
    /// Its largest value in the recent seconds.
    pub worst: f64,
    /// Its threshold.
    pub threshold: f64,
}

/// Number of recent seconds that are examined. A warning needs at least [`AT_LEAST`] seconds
/// beyond the threshold. They must be more than half of the seconds that have a value.
const LOOKED_AT: usize = 10;
const AT_LEAST: usize = 3;

impl Thresholds {
    /// An alert for each metric that is currently beyond its threshold.
    #[must_use]
    pub fn alerts(&self, history: &[Vitals]) -> Vec<Alert> {
        let recent = &history[history.len().saturating_sub(LOOKED_AT)..];
        let beyond = |metric: Metric, threshold: f64, value: fn(&Vitals) -> Option<f64>| {
            let values: Vec<f64> = recent.iter().filter_map(value).collect();
            let over = values.iter().filter(|value| **value > threshold).count();
            (over >= AT_LEAST && over * 2 > values.len()).then(|| Alert {
                metric,
                worst: values.iter().copied().fold(0.0, f64::max),
                threshold,
            })
        };
        let alerts = [
            beyond(Metric::Acknowledgement, self.ack_p99, |v| v.ack_p99),
            beyond(Metric::Errors, self.errors, |v| Some(v.errors)),
            beyond(Metric::SkippedFrames, self.skipped_frames, |v| {
                Some(v.skipped_frames)
            }),
        ];
        alerts.into_iter().flatten().collect()
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
    fn alert_needs_several_seconds_beyond_the_threshold() {
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
        let expected = Alert {
            metric: Metric::Acknowledgement,
            worst: 250.0,
            threshold: 100.0,
        };
        assert_eq!(thresholds.alerts(&slow), [expected]);
        let failing = vec![second(None, 3.0); 6];
        assert_eq!(thresholds.alerts(&failing).len(), 1);
        // The warning ends after ten normal seconds.
        let over = [failing, vec![second(Some(1.0), 0.0); 10]].concat();
        assert!(thresholds.alerts(&over).is_empty());
    }
}
