//! Live metrics of the node that answers: charts of the last fifteen minutes, and warnings when a
//! value exceeds its threshold.

use std::collections::VecDeque;

use leaderport::admin::vitals::{Alert, Metric, Thresholds, Vitals as Second};
use leptos::html;
use leptos::prelude::*;
use leptos_chartistry::{
    AspectRatio, Chart, Interpolation, IntoInner, Line, Series, TickLabels, YGridLine,
};

use crate::components::admin::metrics_tiles::HeadlineTiles;
use crate::locale::numbers;
use crate::words;
use crate::words::Words;

/// The received metrics.
#[derive(Clone, Copy)]
struct VitalsState {
    seconds: RwSignal<VecDeque<Second>>,
    thresholds: RwSignal<Option<Thresholds>>,
    is_live: RwSignal<bool>,
}

/// A line of a chart: its label, and its value in a second.
type ChartLine = (Words, fn(&Second) -> Option<f64>);

/// The number of charts that are shown at first. The others are folded.
const SHOWN_CHARTS: usize = 4;

/// The charts, each with title, unit and lines; the shown ones first.
const CHARTS: [(Words, Words, &[ChartLine]); 14] = [
    (
        words::submissions,
        words::per_second,
        &[(words::of_submissions, |s| Some(s.submissions))],
    ),
    (
        words::acknowledgement_time,
        words::milliseconds,
        &[
            (words::median, |s| s.ack_p50),
            (words::percentile_99, |s| s.ack_p99),
        ],
    ),
    (
        words::errors,
        words::per_second,
        &[(words::of_errors, |s| Some(s.errors))],
    ),
    (
        words::frames_skipped,
        words::per_second,
        &[(words::of_skipped, |s| Some(s.skipped_frames))],
    ),
    (
        words::publications,
        words::per_second,
        &[(words::of_publications, |s| Some(s.publications))],
    ),
    (
        words::connections_and_channels,
        words::open,
        &[
            (words::of_connections, |s| Some(s.sockets)),
            (words::of_channels, |s| Some(s.subscriptions)),
        ],
    ),
    (
        words::delivery_time,
        words::milliseconds,
        &[
            (words::median, |s| s.delivery_p50),
            (words::percentile_99, |s| s.delivery_p99),
        ],
    ),
    (
        words::changes_sent,
        words::per_second,
        &[(words::of_changes, |s| Some(s.deltas))],
    ),
    (
        words::publications_per_change,
        words::each,
        &[(words::of_publications, |s| s.conflation)],
    ),
    (
        words::data_sent,
        words::kilobytes_per_second,
        &[(words::of_bytes, |s| Some(s.bytes / 1000.0))],
    ),
    (
        words::resubscriptions,
        words::per_second,
        &[
            (words::of_recovered, |s| Some(s.recovered)),
            (words::of_full_states, |s| Some(s.whole)),
        ],
    ),
    (
        words::watched_pages,
        words::pages_in_unit,
        &[(words::of_pages, |s| Some(s.watched_pages))],
    ),
    (
        words::cache_hits,
        words::percent_sign,
        &[(words::of_hits, |s| s.cache_hits)],
    ),
    (
        words::losses,
        words::per_second,
        &[
            (words::of_lost, |s| Some(s.partial)),
            (words::of_disconnected, |s| Some(s.slow_closes)),
        ],
    ),
];

/// The charts and the warnings.
#[component]
pub fn Vitals() -> impl IntoView {
    let vitals = VitalsState {
        seconds: RwSignal::new(VecDeque::new()),
        thresholds: RwSignal::new(None),
        is_live: RwSignal::new(false),
    };
    Effect::new(move |_| stream::receive_metrics(vitals));
    let alerts = Memo::new(move |_| {
        let thresholds = vitals.thresholds.get()?;
        let alerts = vitals.seconds.with(|seconds| {
            let recent: Vec<Second> = seconds.iter().rev().take(10).rev().cloned().collect();
            thresholds.alerts(&recent)
        });
        Some(alerts)
    });
    let alert = |alert: Alert| view! { <li>{alert_text(alert)}</li> };
    let current_alerts = move || alerts.get().unwrap_or_default();
    let state = move || {
        if vitals.is_live.get() {
            words::live_from_this_node()
        } else {
            words::connecting_to_node()
        }
    };
    let figure = move |(title, unit, lines): (Words, Words, &'static [ChartLine])| {
        view! { <Figure title unit lines vitals /> }
    };
    let more = NodeRef::<html::Details>::new();
    let is_open = RwSignal::new(false);
    // The reader may have opened it before hydration.
    Effect::new(move || is_open.set(more.get().is_some_and(|more| more.open())));
    let toggle = move |_| is_open.set(more.get_untracked().is_some_and(|more| more.open()));
    view! {
        <section class="panel" aria-labelledby="vitals">
            <h2 id="vitals">{words::live_metrics()}</h2>
            <noscript>{words::metrics_without_javascript()}</noscript>
            <p class="quiet" role="status">{state}</p>
            <div role="alert">
                <Show when=move || !current_alerts().is_empty()>
                    <ul class="alerts">{move || current_alerts().into_iter().map(alert).collect_view()}</ul>
                </Show>
            </div>
            <HeadlineTiles seconds=vitals.seconds thresholds=vitals.thresholds alerts />
            <div class="charts">{CHARTS.into_iter().take(SHOWN_CHARTS).map(figure).collect_view()}</div>
            <details node_ref=more on:toggle=toggle>
                <summary>{words::more_metrics()}</summary>
                <Show when=move || is_open.get()>
                    <div class="charts">{CHARTS.into_iter().skip(SHOWN_CHARTS).map(figure).collect_view()}</div>
                </Show>
            </details>
        </section>
    }
}

fn alert_text(alert: Alert) -> String {
    let Alert {
        metric,
        worst,
        threshold,
    } = alert;
    match metric {
        Metric::Acknowledgement => words::slow_acknowledgements(worst, threshold),
        Metric::Errors => words::many_errors(worst, threshold),
        Metric::SkippedFrames => words::many_skipped_frames(worst, threshold),
    }
}

/// A point of a chart: the time in seconds, negative before now, and a value for each line.
type Point = (f64, [f64; 2]);

#[component]
fn Figure(
    title: Words,
    unit: Words,
    lines: &'static [ChartLine],
    vitals: VitalsState,
) -> impl IntoView {
    let points = Memo::new(move |_| {
        vitals.seconds.with(|seconds| {
            let count = seconds.len();
            let values = |line: Option<&ChartLine>| {
                with_gaps(
                    seconds
                        .iter()
                        .map(|second| line.and_then(|(_, of)| of(second))),
                )
            };
            let (first, other) = (values(lines.first()), values(lines.get(1)));
            let point = |(n, (first, other)): (usize, (f64, f64))| {
                #[expect(clippy::cast_precision_loss, reason = "at most fifteen minutes")]
                let before = n as f64 + 1.0 - count as f64;
                (before, [first, other])
            };
            let points = first.into_iter().zip(other).enumerate().map(point);
            points.collect::<Vec<Point>>()
        })
    });
    let now = move || {
        let newest = vitals.seconds.with(|seconds| seconds.back().cloned());
        let value = |(label, of): &ChartLine| {
            let value = newest.as_ref().and_then(of);
            let text = value.map_or("–".to_owned(), numbers::measured);
            if lines.len() == 1 {
                text
            } else {
                words::value_of_line(label(), text)
            }
        };
        let values: Vec<_> = lines.iter().map(value).collect();
        words::value_with_unit(values.join(", "), unit())
    };
    // The style sheet colours the lines.
    let line = |n: usize| {
        Line::new(move |(_, values): &Point| values[n])
            .with_name(lines.get(n).map_or("", |(label, _)| label()))
            .with_interpolation(Interpolation::Linear)
    };
    let mut series = Series::new(|(before, _): &Point| *before)
        .line(line(0))
        .with_min_x(-60.0)
        .with_y_range(0.0, 1.0);
    if lines.len() > 1 {
        series = series.line(line(1));
    }
    let ticks = |seconds: f64| match seconds {
        0.0 => words::now().to_owned(),
        seconds if seconds > -120.0 => words::seconds_ago(seconds),
        seconds => words::minutes_ago(seconds / 60.0),
    };
    // The caption has the names and values as text.
    let legend = (lines.len() > 1).then(|| {
        let key = |(label, _): &ChartLine| view! { <li>{label()}</li> };
        view! { <ul class="legend" aria-hidden="true">{lines.iter().map(key).collect_view()}</ul> }
    });
    view! {
        <figure class="chart">
            <figcaption><strong>{title()}</strong> <span>{now}</span></figcaption>
            {legend}
            <div aria-hidden="true">
                <Show when=move || points.with(|points| points.len() > 1) fallback=|| view! { <div class="chart-empty"></div> }>
                    <Chart
                        aspect_ratio=AspectRatio::from_env_width(150.0)
                        left=TickLabels::aligned_floats()
                        bottom=TickLabels::aligned_floats().with_format(move |at: &f64, _| ticks(*at))
                        inner=[YGridLine::default().into_inner()]
                        series=series.clone()
                        data=points
                    />
                </Show>
            </div>
        </figure>
    }
}

/// The values to draw: a missing value is a gap. Each value is drawn until the next second, so that
/// a lone one is visible.
fn with_gaps(values: impl Iterator<Item = Option<f64>>) -> Vec<f64> {
    let mut before = None;
    let drawn = values.map(|value| {
        let drawn = value.or(before).unwrap_or(f64::NAN);
        before = value;
        drawn
    });
    drawn.collect()
}

mod stream {
    use futures::StreamExt;
    use futures::future::abortable;
    use gloo_net::eventsource::futures::EventSource;
    use gloo_timers::future::TimeoutFuture;
    use leaderport::admin::vitals::{HISTORY_SECONDS, Thresholds, Vitals as Second};
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use serde::Deserialize;

    use super::VitalsState;
    use leaderport::live::wait_millis;

    #[derive(Deserialize)]
    struct InitialEvent {
        thresholds: Thresholds,
        history: Vec<Second>,
    }

    /// Receives metrics until the page is left.
    pub(crate) fn receive_metrics(vitals: VitalsState) {
        let (task, handle) = abortable(async move {
            let mut failures = 0;
            loop {
                if read_stream(vitals).await == Some(true) {
                    failures = 0;
                }
                vitals.is_live.set(false);
                TimeoutFuture::new(wait_millis(failures, js_sys::Math::random())).await;
                failures = failures.saturating_add(1);
            }
        });
        spawn_local(async move {
            // The task ends only when it is aborted.
            let _ = task.await;
        });
        on_cleanup(move || handle.abort());
    }

    /// Reads one stream to its end. Returns whether any event arrived; none on an error.
    async fn read_stream(vitals: VitalsState) -> Option<bool> {
        let mut source = EventSource::new("/api/v1/vitals/events").ok()?;
        let initial = source.subscribe("begun").ok()?;
        let seconds = source.subscribe("second").ok()?;
        let mut events = futures::stream::select(initial, seconds);
        let mut has_events = false;
        while let Some(Ok((name, message))) = events.next().await {
            let text = message.data().as_string()?;
            if name == "begun" {
                let InitialEvent {
                    thresholds,
                    history,
                } = serde_json::from_str(&text).ok()?;
                vitals.thresholds.set(Some(thresholds));
                vitals.seconds.set(history.into());
            } else {
                let second: Second = serde_json::from_str(&text).ok()?;
                vitals.seconds.update(|seconds| {
                    seconds.push_back(second);
                    while seconds.len() > HISTORY_SECONDS {
                        seconds.pop_front();
                    }
                });
            }
            has_events = true;
            vitals.is_live.set(true);
        }
        Some(has_events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_are_gaps() {
        let values = [None, Some(1.0), None, None, Some(2.0)];
        let drawn = with_gaps(values.into_iter()).into_iter();
        let drawn: Vec<Option<f64>> = drawn.map(|v| (!v.is_nan()).then_some(v)).collect();
        assert_eq!(drawn, [None, Some(1.0), Some(1.0), None, Some(2.0)]);
    }
}
