//! The recorder of this process's metrics, the buckets of its histograms, and a description of each
//! metric.
//!
//! Histograms have fixed buckets, so that the sums over nodes and over time are right.

use std::sync::OnceLock;

use leaderport::service::Clock;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::startup::clock::SystemClock;

/// Upper bounds of durations, in seconds.
const SECONDS: [f64; 22] = [
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4,
    0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 30.0,
];

/// Upper bounds of the durations of requests, in seconds. They are fewer, because each route has
/// its own buckets.
const REQUEST_SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Upper bounds of the number of submissions in a commit.
const SUBMISSIONS: [f64; 12] = [
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0,
];

/// The recorder of this process. The first call installs it; call it before the first metric is
/// recorded.
pub(crate) fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    // A second server in one process (in tests) uses the first one's recorder.
    let handle = HANDLE.get_or_init(|| {
        let of = |name: &str| Matcher::Full(name.to_owned());
        let builder = PrometheusBuilder::new()
            .set_buckets(&SECONDS)
            .and_then(|builder| {
                let requests = of("leaderport_request_seconds");
                builder.set_buckets_for_metric(requests, &REQUEST_SECONDS)
            })
            .and_then(|builder| {
                let commits = of("leaderport_commit_submissions");
                builder.set_buckets_for_metric(commits, &SUBMISSIONS)
            });
        let recorder = builder.expect("there are buckets").build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed; this one stays empty");
        }
        describe_metrics();
        describe_push();
        describe_pages();
        describe_gauges();
        metrics::gauge!("leaderport_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        let started = SystemClock.now().millis_i64() / 1000;
        let started = u32::try_from(started).unwrap_or_default();
        metrics::gauge!("leaderport_start_time_seconds").set(started);
        handle
    });
    handle.clone()
}

/// Describes what this process and its engines are.
fn describe_gauges() {
    metrics::describe_gauge!("leaderport_build_info", "Version of the binary; always 1");
    metrics::describe_gauge!(
        "leaderport_start_time_seconds",
        "Start of the process, in seconds since 1970"
    );
    metrics::describe_gauge!(
        "leaderport_ledger_up",
        "Whether the ledger answers this node"
    );
    metrics::describe_gauge!(
        "leaderport_broker_up",
        "Whether the broker answers this node"
    );
    metrics::describe_gauge!(
        "leaderport_outbox_batches",
        "Recorded batches that are not confirmed as applied"
    );
    metrics::describe_gauge!(
        "leaderport_outbox_oldest_seconds",
        "Age of the oldest batch in the outbox; 0 without any"
    );
    metrics::describe_gauge!(
        "leaderport_dead_letters",
        "Batches of the outbox that could not be applied and wait for a retry"
    );
}

fn describe_push() {
    metrics::describe_gauge!(
        "leaderport_push_watched",
        "Players whose rank is watched for notifications, counted for each board"
    );
    metrics::describe_counter!("leaderport_push_messages_total", "Notifications by outcome");
}

fn describe_pages() {
    metrics::describe_counter!(
        "leaderport_html_reads_total",
        "Pages for readers without a session, by their result in this node's cache"
    );
}

fn describe_metrics() {
    metrics::describe_histogram!(
        "leaderport_commit_submissions",
        "Submissions that shared a commit"
    );
    metrics::describe_histogram!(
        "leaderport_ack_seconds",
        "Time from a call's submissions to their acknowledgement"
    );
    metrics::describe_counter!("leaderport_submissions_total", "Submissions acknowledged");
    metrics::describe_counter!(
        "leaderport_task_restarts_total",
        "Lasting tasks that panicked and started again"
    );
    metrics::describe_counter!(
        "leaderport_ledger_races_total",
        "Transactions that another node's write rolled back, and that ran again"
    );
    metrics::describe_counter!(
        "leaderport_degraded_reads_total",
        "Reads from the ledger because the broker was down"
    );
    metrics::describe_counter!("leaderport_publications_total", "Publications received");
    metrics::describe_counter!(
        "leaderport_near_reads_total",
        "Page reads, by their result in this node's cache"
    );
    metrics::describe_counter!(
        "leaderport_near_stale_answers_total",
        "Stale pages served from the cache because the broker was slow"
    );
    metrics::describe_counter!("leaderport_requests_total", "Requests by route and status");
    metrics::describe_histogram!("leaderport_request_seconds", "Time to answer a request");
    metrics::describe_gauge!(
        "leaderport_blocked",
        "Connections whose client currently takes no data"
    );
    metrics::describe_gauge!("leaderport_sockets", "Open WebSocket connections");
    metrics::describe_gauge!("leaderport_streams", "Open streams of Server-Sent Events");
    metrics::describe_gauge!("leaderport_subscriptions", "Subscriptions of connections");
    metrics::describe_histogram!(
        "leaderport_delivery_seconds",
        "Time from receiving a publication to handing its change to a socket"
    );
    metrics::describe_counter!(
        "leaderport_touches_total",
        "Publications, counted for each watched page that they touch"
    );
    metrics::describe_counter!(
        "leaderport_bytes_total",
        "Bytes of frames handed to connections"
    );
    metrics::describe_counter!(
        "leaderport_recoveries_total",
        "Subscriptions with a position: continued (recovered) or not (whole); and repeated after a lost change (partial), which must be zero"
    );
    metrics::describe_counter!(
        "leaderport_closes_total",
        "Connections closed by this node, by reason"
    );
    metrics::describe_gauge!(
        "leaderport_watched_pages",
        "Pages with at least one subscriber"
    );
    metrics::describe_counter!(
        "leaderport_page_reads_total",
        "Watched pages read because they changed"
    );
    metrics::describe_counter!(
        "leaderport_deltas_total",
        "Changes of watched pages, each encoded once per format for all subscribers"
    );
    metrics::describe_counter!("leaderport_frames_total", "Frames handed to connections");
    metrics::describe_counter!(
        "leaderport_frames_skipped_total",
        "Frames skipped for slow connections because a newer one replaced them"
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Adds the names in the calls `metrics::{macro}!("name"` of all sources in a folder.
    fn collect(folder: &Path, recorded: &mut BTreeSet<String>, described: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, recorded, described);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap_or_default();
            for call in source.split("metrics::").skip(1) {
                let Some((name, arguments)) = call.split_once("!(") else {
                    continue;
                };
                let kind = name.strip_prefix("describe_");
                if !["counter", "gauge", "histogram"].contains(&kind.unwrap_or(name)) {
                    continue;
                }
                let text = arguments.trim_start().trim_start_matches('"');
                let metric = text.split('"').next().unwrap_or_default().to_owned();
                if kind.is_some() {
                    described.insert(metric);
                } else {
                    recorded.insert(metric);
                }
            }
        }
    }

    #[test]
    fn every_metric_is_described() {
        let server = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut recorded, mut described) = (BTreeSet::new(), BTreeSet::new());
        for folder in [server.join("src"), server.join("../src")] {
            collect(&folder, &mut recorded, &mut described);
        }
        assert!(recorded.contains("leaderport_submissions_total"));
        assert_eq!(recorded, described);
    }
}
