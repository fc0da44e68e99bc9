//! A player's ranks as a plot: one point for each change of their score.

use leaderport::{Milestone, ScoreFormat};
use leptos::prelude::*;

use crate::core::decimal::tenths;
use crate::locale::numbers;
use crate::words;

/// The size of the plot in its own units; the page stretches the plot.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 64.0;
const MARGIN: f64 = 5.0;

/// The plot of milestones, which are given oldest first. Empty if fewer than two have a rank.
#[component]
pub fn HistoryPlot(
    /// The milestones.
    #[prop(into)]
    milestones: Signal<Vec<Milestone>>,
    /// The format of the board's scores.
    format: ScoreFormat,
) -> impl IntoView {
    move || {
        let ranked = ranked(&milestones.read());
        (ranked.len() > 1).then(|| view! { <Plot ranked format /> })
    }
}

#[component]
fn Plot(ranked: Vec<Ranked>, format: ScoreFormat) -> impl IntoView {
    let points = points(&ranked);
    let coordinates = |(x, y): &(f64, f64)| format!("{},{}", tenths(*x), tenths(*y));
    let line = points.iter().map(coordinates).collect::<Vec<_>>().join(" ");
    let mark = |((x, y), moment): (&(f64, f64), &Ranked)| {
        let score = numbers::score(format, moment.score);
        let title = words::score_at_rank(score, numbers::count(moment.rank));
        view! { <circle cx=tenths(*x) cy=tenths(*y) r="2.6"><title>{title}</title></circle> }
    };
    let marks = points.iter().zip(&ranked).map(mark).collect_view();
    let summary = summary(&ranked);
    let size = format!("0 0 {} {}", tenths(WIDTH), tenths(HEIGHT));
    view! {
        <figure class="history">
            <svg viewBox=size role="img" aria-label=summary.clone()>
                <polyline points=line></polyline>
                {marks}
            </svg>
            <figcaption class="quiet">{summary}</figcaption>
        </figure>
    }
}

/// A milestone with a known rank.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    score: leaderport::Score,
    rank: u64,
}

fn ranked(all: &[Milestone]) -> Vec<Ranked> {
    let known = |m: &Milestone| {
        let rank = m.rank?.get();
        let score = m.score;
        Some(Ranked { score, rank })
    };
    all.iter().filter_map(known).collect()
}

/// The points of the plot: evenly from left to right, rank 1 at the top. The vertical axis is
/// logarithmic, so from rank 1,000 to 100 is as far as from 10 to 1.
fn points(ranked: &[Ranked]) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "ranks are fewer than 2^32")]
    let height = |one: &Ranked| (one.rank.max(1) as f64).ln();
    let deepest = ranked.iter().map(height).fold(0.0, f64::max).max(1.0);
    let last = ranked.len().saturating_sub(1).max(1);
    let point = |(n, one): (usize, &Ranked)| {
        #[expect(clippy::cast_precision_loss, reason = "a hundred")]
        let x = MARGIN + n as f64 / last as f64 * (WIDTH - 2.0 * MARGIN);
        let y = MARGIN + height(one) / deepest * (HEIGHT - 2.0 * MARGIN);
        (x, y)
    };
    ranked.iter().enumerate().map(point).collect()
}

fn summary(ranked: &[Ranked]) -> String {
    let best = ranked.iter().map(|one| one.rank).min().unwrap_or(1);
    let (first, last) = (ranked.first(), ranked.last());
    let of = |one: Option<&Ranked>| numbers::count(one.map_or(1, |one| one.rank));
    words::rank_history(of(first), of(last), numbers::count(best))
}

#[cfg(test)]
mod tests {
    use leaderport::{Rank, Score, Timestamp};

    use super::*;

    fn moment(rank: Option<u64>) -> Milestone {
        Milestone {
            at: Timestamp::MIN,
            score: Score::new(5).unwrap(),
            rank: rank.map(|rank| Rank::after(rank - 1)),
        }
    }

    #[test]
    fn the_vertical_axis_is_logarithmic() {
        let ranked = ranked(&[Some(100), None, Some(10), Some(1)].map(moment));
        let points = points(&ranked);
        let (top, middle, bottom) = (MARGIN, HEIGHT / 2.0, HEIGHT - MARGIN);
        let expected = [
            (MARGIN, bottom),
            (WIDTH / 2.0, middle),
            (WIDTH - MARGIN, top),
        ];
        for ((x, y), (wanted_x, wanted_y)) in points.into_iter().zip(expected) {
            assert!((x - wanted_x).abs() < 0.1 && (y - wanted_y).abs() < 0.1);
        }
        assert_eq!(summary(&ranked), "From rank 100 to rank 1. Best rank: 1.");
    }

    #[test]
    fn rank_one_stays_at_the_top() {
        let points = points(&ranked(&[moment(Some(1)), moment(Some(1))]));
        assert!(points.iter().all(|(_, y)| (y - MARGIN).abs() < 1e-9));
    }
}
