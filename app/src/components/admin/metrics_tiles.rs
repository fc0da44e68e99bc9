//! The headline figures of the metrics, with their thresholds.

use std::collections::VecDeque;

use leaderport::admin::vitals::{Alert, Metric, Thresholds, Vitals as Second};
use leptos::prelude::*;

use crate::locale::numbers;
use crate::words::{self, Words};

/// The number of seconds that a figure summarises.
const RECENT_SECONDS: usize = 10;

/// A figure.
#[derive(Clone, Copy)]
struct Headline {
    label: Words,
    unit: Words,
    /// The metric, if it has a threshold.
    metric: Option<Metric>,
    /// Its value in a second.
    value: fn(&Second) -> Option<f64>,
}

const HEADLINES: [Headline; 4] = [
    Headline {
        label: words::submissions,
        unit: words::per_second,
        metric: None,
        value: |second| Some(second.submissions),
    },
    Headline {
        label: words::slowest_acknowledgements,
        unit: words::milliseconds,
        metric: Some(Metric::Acknowledgement),
        value: |second| second.ack_p99,
    },
    Headline {
        label: words::errors,
        unit: words::per_second,
        metric: Some(Metric::Errors),
        value: |second| Some(second.errors),
    },
    Headline {
        label: words::frames_skipped,
        unit: words::per_second,
        metric: Some(Metric::SkippedFrames),
        value: |second| Some(second.skipped_frames),
    },
];

/// The figures: the largest values of the last seconds.
#[component]
pub fn HeadlineTiles(
    /// The received metrics, oldest first.
    seconds: RwSignal<VecDeque<Second>>,
    /// The thresholds; none before the first event.
    thresholds: RwSignal<Option<Thresholds>>,
    /// The current alerts; none before the first event.
    alerts: Memo<Option<Vec<Alert>>>,
) -> impl IntoView {
    let tile = move |headline: Headline| {
        let Headline {
            label,
            unit,
            metric,
            value,
        } = headline;
        let text = move || {
            let largest = seconds.with(|seconds| {
                let recent = seconds.iter().rev().take(RECENT_SECONDS);
                recent.filter_map(value).reduce(f64::max)
            });
            let text = largest.map_or_else(|| "–".to_owned(), numbers::measured);
            words::value_with_unit(text, unit())
        };
        let threshold = move || {
            let threshold = threshold(thresholds.get()?, metric?);
            Some(words::threshold_is(numbers::measured(threshold), unit()))
        };
        let is_beyond = move || {
            alerts.with(|alerts| {
                let mut alerts = alerts.iter().flatten();
                alerts.any(|alert| Some(alert.metric) == metric)
            })
        };
        view! {
            <li class="tile" class:bad=is_beyond>
                <span>{label()}</span>
                <strong>{text}</strong>
                <span>{threshold}</span>
            </li>
        }
    };
    view! {
        <ul class="tiles">{HEADLINES.into_iter().map(tile).collect_view()}</ul>
        <p class="quiet">{words::largest_of_recent(RECENT_SECONDS as u64)}</p>
    }
}

fn threshold(thresholds: Thresholds, metric: Metric) -> f64 {
    match metric {
        Metric::Acknowledgement => thresholds.ack_p99,
        Metric::Errors => thresholds.errors,
        Metric::SkippedFrames => thresholds.skipped_frames,
    }
}
