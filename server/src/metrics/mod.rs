//! The vitals of this node: sampled once a second from its own metrics, kept for fifteen minutes,
//! and sent to admins by Server-Sent Events (`/api/v1/vitals/events`). [`requests`] counts the
//! metrics of requests, and [`recorder`] describes all metrics.

pub(crate) mod recorder;
pub(crate) mod requests;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream::{self, StreamExt};
use leaderport::admin::vitals::{HISTORY_SECONDS, Thresholds, Vitals};
use leaderport::service::{Clock, Leaderboards, Supervisor};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior};

use crate::auth::bearer::Known;
use crate::http::problem::Problem;
use crate::openapi::refusals::{Connection, Private, Refusals};
use crate::startup::clock::SystemClock;
use crate::startup::shutdown::has_stopped;

/// Maximum number of streams; each browser tab has one.
const STREAMS: usize = 64;

/// Duration of a stream. The browser then opens another one, whose credentials are checked again.
const LASTS: Duration = Duration::from_mins(1);

/// The samples of this node.
pub(crate) struct Sampler {
    history: Mutex<VecDeque<Vitals>>,
    newest: watch::Sender<Option<Arc<Vitals>>>,
    stopped: watch::Receiver<bool>,
    streams: Arc<Semaphore>,
    thresholds: Thresholds,
}

/// The first event of a stream.
#[derive(Serialize)]
struct Begun {
    thresholds: Thresholds,
    history: Vec<Vitals>,
}

impl Sampler {
    /// Starts to sample, until `stopped`.
    pub(crate) fn start(
        metrics: PrometheusHandle,
        thresholds: Thresholds,
        tasks: &Supervisor,
        stopped: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let sampler = Arc::new(Self {
            history: Mutex::default(),
            newest: watch::Sender::new(None),
            stopped: stopped.clone(),
            streams: Arc::new(Semaphore::new(STREAMS)),
            thresholds,
        });
        let sampling = sampler.clone();
        let sample = move || sampling.clone().run(metrics.clone(), stopped.clone());
        tasks.spawn("vitals", sample);
        sampler
    }

    async fn run(self: Arc<Self>, metrics: PrometheusHandle, mut stopped: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        let mut before = (Reading::of(&metrics.render()), Instant::now());
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = has_stopped(&mut stopped) => return,
            }
            // Without an upkeep, observations accumulate until `/metrics` is requested, which may
            // never happen.
            metrics.run_upkeep();
            let now = (Reading::of(&metrics.render()), Instant::now());
            let seconds = (now.1 - before.1).as_secs_f64();
            self.keep(now.0.since(&before.0, seconds));
            before = now;
        }
    }

    fn keep(&self, vitals: Vitals) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        if history.len() == HISTORY_SECONDS {
            history.pop_front();
        }
        history.push_back(vitals.clone());
        self.newest.send_replace(Some(Arc::new(vitals)));
    }

    /// Receives each new sample.
    pub(crate) fn newest(&self) -> watch::Receiver<Option<Arc<Vitals>>> {
        self.newest.subscribe()
    }

    /// Thresholds of warnings.
    pub(crate) fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// The samples of the last seconds, newest last.
    pub(crate) fn last(&self, seconds: usize) -> Vec<Vitals> {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let skipped = history.len().saturating_sub(seconds);
        history.iter().skip(skipped).cloned().collect()
    }

    /// The kept samples, and a receiver of later ones.
    fn follow(&self) -> (Begun, watch::Receiver<Option<Arc<Vitals>>>) {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Begun {
            thresholds: self.thresholds,
            history: history.iter().cloned().collect(),
        };
        let mut newest = self.newest.subscribe();
        newest.mark_unchanged();
        (begun, newest)
    }
}

/// The vitals of this node, as Server-Sent Events, for a minute.
///
/// The first event is `begun` with the kept samples. A `second` follows each second.
#[utoipa::path(
    get,
    path = "/vitals/events",
    operation_id = "stream_vitals",
    tag = "engine",
    responses(
        (status = 200, description = "The stream.", content((String = "text/event-stream"))),
        Refusals<(Private, Connection)>,
    ),
    security(("api_token" = []), ("api_key" = ["read"]), ("session" = ["admin"])),
)]
pub(crate) async fn events(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    State(sampler): State<Arc<Sampler>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    leaderboards.may_read_engine(&caller)?;
    let room = sampler.streams.clone().try_acquire_owned();
    let room = room.map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_connections",
            "too many pages follow this node; close one, or try again later",
        )
    })?;
    let (begun, newest) = sampler.follow();
    let begun = stream::iter([event("begun", &begun)]);
    let seconds = seconds(newest, sampler.stopped.clone(), room);
    let events = begun.chain(seconds).map(Ok);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

fn seconds(
    newest: watch::Receiver<Option<Arc<Vitals>>>,
    stopped: watch::Receiver<bool>,
    room: OwnedSemaphorePermit,
) -> impl Stream<Item = Event> {
    let end = Instant::now() + LASTS;
    stream::unfold(
        (newest, stopped, room),
        move |(mut newest, mut stopped, room)| async move {
            tokio::select! {
                () = has_stopped(&mut stopped) => None,
                () = tokio::time::sleep_until(end) => None,
                changed = newest.changed() => {
                    changed.ok()?;
                    let vitals = newest.borrow_and_update().clone()?;
                    Some((event("second", &*vitals), (newest, stopped, room)))
                }
            }
        },
    )
}

fn event(name: &str, data: &impl Serialize) -> Event {
    let event = Event::default().event(name);
    let json = serde_json::to_string(data).unwrap_or_default();
    event.data(json)
}

/// Cumulative counts by the upper bound of their bucket. The key is the bound's bits, which sort
/// like the bounds, because these are positive.
type Buckets = BTreeMap<u64, f64>;

/// The metrics used for vitals, at one instant.
#[derive(Default)]
struct Reading {
    submissions: f64,
    ack: Buckets,
    publications: f64,
    sockets: f64,
    subscriptions: f64,
    watched_pages: f64,
    deltas: f64,
    touches: f64,
    bytes: f64,
    delivery: Buckets,
    recoveries: HashMap<String, f64>,
    slow_closes: f64,
    near: HashMap<bool, f64>,
    skipped_frames: f64,
    errors: f64,
}

impl Reading {
    /// Parses Prometheus' text format.
    fn of(text: &str) -> Self {
        let mut reading = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let Ok(value) = value.parse::<f64>() else {
                continue;
            };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            match name {
                "leaderport_submissions_total" => reading.submissions += value,
                "leaderport_ack_seconds_bucket" => count(&mut reading.ack, labels, value),
                "leaderport_delivery_seconds_bucket" => {
                    count(&mut reading.delivery, labels, value);
                }
                "leaderport_subscriptions" => reading.subscriptions += value,
                "leaderport_deltas_total" => reading.deltas += value,
                "leaderport_touches_total" => reading.touches += value,
                "leaderport_bytes_total" => reading.bytes += value,
                "leaderport_recoveries_total" => {
                    let found = label(labels, "found").unwrap_or_default().to_owned();
                    *reading.recoveries.entry(found).or_default() += value;
                }
                "leaderport_closes_total" if label(labels, "why") == Some("slow") => {
                    reading.slow_closes += value;
                }
                "leaderport_publications_total" => reading.publications += value,
                "leaderport_sockets" | "leaderport_streams" => reading.sockets += value,
                "leaderport_watched_pages" => reading.watched_pages += value,
                "leaderport_near_reads_total" => {
                    let is_hit = label(labels, "found") == Some("hit");
                    *reading.near.entry(is_hit).or_default() += value;
                }
                "leaderport_frames_skipped_total" => reading.skipped_frames += value,
                "leaderport_requests_total"
                    if label(labels, "status").is_some_and(|s| s.starts_with('5')) =>
                {
                    reading.errors += value;
                }
                _ => {}
            }
        }
        reading
    }

    /// The activity since an earlier reading, which was `seconds` ago.
    fn since(&self, before: &Self, seconds: f64) -> Vitals {
        let rate = |of: fn(&Self) -> f64| (of(self) - of(before)).max(0.0) / seconds;
        let near = |is_hit: bool| {
            let of = |reading: &Self| reading.near.get(&is_hit).copied().unwrap_or(0.0);
            (of(self) - of(before)).max(0.0)
        };
        let (hits, others) = (near(true), near(false));
        let millis = |seconds: f64| seconds * 1000.0;
        let ack = |q| quantile(&before.ack, &self.ack, q).map(millis);
        let delivery = |q| quantile(&before.delivery, &self.delivery, q).map(millis);
        let found = |found: &str| {
            let of = |reading: &Self| reading.recoveries.get(found).copied().unwrap_or(0.0);
            (of(self) - of(before)).max(0.0) / seconds
        };
        let (deltas, touches) = (rate(|r| r.deltas), rate(|r| r.touches));
        Vitals {
            at: SystemClock.now(),
            submissions: rate(|r| r.submissions),
            ack_p50: ack(0.5),
            ack_p99: ack(0.99),
            publications: rate(|r| r.publications),
            sockets: self.sockets,
            subscriptions: self.subscriptions,
            deltas,
            conflation: (deltas > 0.0).then(|| touches / deltas),
            bytes: rate(|r| r.bytes),
            delivery_p50: delivery(0.5),
            delivery_p99: delivery(0.99),
            recovered: found("recovered"),
            whole: found("whole"),
            partial: found("partial"),
            slow_closes: rate(|r| r.slow_closes),
            watched_pages: self.watched_pages,
            cache_hits: (hits + others > 0.0).then(|| 100.0 * hits / (hits + others)),
            skipped_frames: rate(|r| r.skipped_frames),
            errors: rate(|r| r.errors),
        }
    }
}

/// Adds to the bucket in the labels of a series.
fn count(buckets: &mut Buckets, labels: &str, value: f64) {
    let bound = label(labels, "le").and_then(|le| le.parse::<f64>().ok());
    if let Some(bound) = bound {
        *buckets.entry(bound.to_bits()).or_default() += value;
    }
}

/// The value of a label, in the text after a series' brace.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = labels.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// A quantile of the observations between two readings. Observations are assumed to be evenly
/// spread over their bucket.
fn quantile(before: &Buckets, after: &Buckets, q: f64) -> Option<f64> {
    let grown = after.iter().map(|(bound, count)| {
        let count = count - before.get(bound).copied().unwrap_or(0.0);
        (f64::from_bits(*bound), count)
    });
    let grown: Vec<(f64, f64)> = grown.collect();
    let (_, all) = *grown.last().filter(|(_, all)| *all > 0.0)?;
    let rank = q * all;
    let mut below = (0.0, 0.0);
    for (bound, count) in grown {
        if count >= rank {
            if bound.is_infinite() {
                return Some(below.0);
            }
            let share = (rank - below.1) / (count - below.1).max(f64::EPSILON);
            return Some(below.0 + (bound - below.0) * share);
        }
        below = (bound, count);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"# TYPE leaderport_requests_total counter
leaderport_requests_total{route="/api/v1/boards/{slug}",status="200"} 10
leaderport_requests_total{route="/",status="503"} 1
leaderport_submissions_total 100
leaderport_ack_seconds_bucket{le="0.001"} 10
leaderport_ack_seconds_bucket{le="0.01"} 20
leaderport_ack_seconds_bucket{le="+Inf"} 20
leaderport_sockets 7
"#;

    const AFTER: &str = r#"leaderport_requests_total{route="/api/v1/boards/{slug}",status="200"} 30
leaderport_requests_total{route="/",status="503"} 4
leaderport_requests_total{route="/{x}",status="500"} 1
leaderport_submissions_total 300
leaderport_ack_seconds_bucket{le="0.001"} 10
leaderport_ack_seconds_bucket{le="0.01"} 120
leaderport_ack_seconds_bucket{le="+Inf"} 120
leaderport_near_reads_total{found="hit"} 3
leaderport_near_reads_total{found="miss"} 1
leaderport_sockets 5
leaderport_streams 2
leaderport_deltas_total 10
leaderport_touches_total 70
leaderport_recoveries_total{found="recovered"} 4
leaderport_recoveries_total{found="whole"} 2
leaderport_closes_total{why="slow"} 2
leaderport_closes_total{why="silent"} 9
not a line
"#;

    #[test]
    fn vitals_measure_growth_between_two_readings() {
        let vitals = Reading::of(AFTER).since(&Reading::of(BEFORE), 2.0);
        assert!((vitals.submissions - 100.0).abs() < 1e-9);
        assert!((vitals.errors - 2.0).abs() < 1e-9);
        assert!((vitals.sockets - 7.0).abs() < 1e-9);
        assert_eq!(vitals.conflation, Some(7.0));
        let values = [
            vitals.recovered,
            vitals.whole,
            vitals.partial,
            vitals.slow_closes,
        ];
        let expected = [2.0, 1.0, 0.0, 1.0];
        assert!(
            values
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-9)
        );
        assert_eq!(vitals.cache_hits, Some(75.0));
        // A hundred observations between 1 and 10 ms.
        assert!((vitals.ack_p50.unwrap_or_default() - 5.5).abs() < 0.01);
        assert!((vitals.ack_p99.unwrap_or_default() - 9.91).abs() < 0.01);
    }

    #[test]
    fn vitals_without_observations_have_no_quantiles() {
        let vitals = Reading::of(BEFORE).since(&Reading::of(BEFORE), 1.0);
        assert_eq!((vitals.ack_p50, vitals.ack_p99), (None, None));
        assert_eq!(vitals.cache_hits, None);
        assert!(vitals.submissions.abs() < 1e-9);
    }
}
