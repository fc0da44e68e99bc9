//! A player's ranks over time as a plot: one point for each change of their score, and one for today.

use leaderport::{Milestone, Rank, Score, ScoreFormat, Timestamp};
use leptos::prelude::*;

use crate::core::decimal::tenths;
use crate::locale::numbers;
use crate::words::{self, dates};

/// The size of the plot in its own units; the page stretches the plot.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 64.0;
const MARGIN: f64 = 5.0;

/// The plot of milestones, which are given oldest first. Empty for a rank that has never changed.
#[component]
pub fn HistoryPlot(
    /// The milestones.
    #[prop(into)]
    milestones: Signal<Vec<Milestone>>,
    /// The player's rank today, at which the plot ends.
    #[prop(into)]
    current: Signal<Option<Rank>>,
    /// The server's clock when the page was rendered.
    now: Timestamp,
    /// The format of the board's scores.
    format: ScoreFormat,
) -> impl IntoView {
    move || {
        let moments = moments(&milestones.read(), current.get(), now);
        has_changed(&moments).then(|| view! { <Plot moments format /> })
    }
}

#[component]
fn Plot(moments: Vec<Moment>, format: ScoreFormat) -> impl IntoView {
    let points = points(&moments);
    let coordinates = |(x, y): &(f64, f64)| format!("{},{}", tenths(*x), tenths(*y));
    let line = points.iter().map(coordinates).collect::<Vec<_>>().join(" ");
    let peak = peak(&moments);
    let mark = |((x, y), moment): (&(f64, f64), &Moment)| {
        let rank = numbers::count(moment.rank);
        let title = match moment.score {
            Some(score) => words::score_at_rank(numbers::score(format, score), rank),
            None => words::rank_today(rank),
        };
        // A line without length is a dot that keeps its shape when the plot is stretched.
        let dot = format!("M{} {}h0", tenths(*x), tenths(*y));
        let (is_peak, is_today) = (moment.rank == peak, moment.score.is_none());
        view! {
            <path d=dot class="point" class:peak=is_peak class:today=is_today>
                <title>{title}</title>
            </path>
        }
    };
    let marks = points.iter().zip(&moments).map(mark).collect_view();
    let summary = summary(&moments, peak);
    let size = format!("0 0 {} {}", tenths(WIDTH), tenths(HEIGHT));
    let began = moments.first().map(|moment| dates::day(moment.at));
    view! {
        <figure class="history">
            <svg viewBox=size preserveAspectRatio="none" role="img" aria-label=summary.clone()>
                <polyline points=line></polyline>
                {marks}
            </svg>
            <p class="edges"><span>{began}</span><span>{words::today()}</span></p>
            <figcaption class="quiet">{summary}</figcaption>
        </figure>
    }
}

/// A point of the plot.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Moment {
    at: Timestamp,
    rank: u64,
    /// None for today.
    score: Option<Score>,
}

/// The milestones with a known rank by their time, and then today's rank.
fn moments(all: &[Milestone], current: Option<Rank>, now: Timestamp) -> Vec<Moment> {
    let known = |milestone: &Milestone| {
        Some(Moment {
            at: milestone.at,
            rank: milestone.rank?.get(),
            score: Some(milestone.score),
        })
    };
    let mut moments: Vec<Moment> = all.iter().filter_map(known).collect();
    // A game server may submit an earlier score later.
    moments.sort_by_key(|moment| moment.at);
    if let (Some(rank), Some(last)) = (current, moments.last().copied()) {
        moments.push(Moment {
            // A milestone may be newer than the page.
            at: now.max(last.at),
            rank: rank.get(),
            score: None,
        });
    }
    moments
}

/// Whether there is more to see than a first score whose rank is the same today.
fn has_changed(moments: &[Moment]) -> bool {
    match moments {
        [] | [_] => false,
        [first, last] => first.rank != last.rank || last.score.is_some(),
        _ => true,
    }
}

/// The points of the plot: by time from left to right, rank 1 at the top. The vertical axis is
/// logarithmic, so from rank 1,000 to 100 is as far as from 10 to 1.
fn points(moments: &[Moment]) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "ranks are fewer than 2^32")]
    let height = |one: &Moment| (one.rank.max(1) as f64).ln();
    let deepest = moments.iter().map(height).fold(0.0, f64::max).max(1.0);
    let millis = |one: Option<&Moment>| one.map_or(0, |one| one.at.millis_i64());
    let began = millis(moments.first());
    #[expect(clippy::cast_precision_loss, reason = "milliseconds are below 2^53")]
    let span = |millis: i64| (millis - began) as f64;
    let whole = span(millis(moments.last())).max(1.0);
    let point = |one: &Moment| {
        let x = MARGIN + span(one.at.millis_i64()) / whole * (WIDTH - 2.0 * MARGIN);
        let y = MARGIN + height(one) / deepest * (HEIGHT - 2.0 * MARGIN);
        (x, y)
    };
    moments.iter().map(point).collect()
}

fn peak(moments: &[Moment]) -> u64 {
    moments.iter().map(|one| one.rank).min().unwrap_or(1)
}

fn summary(moments: &[Moment], peak: u64) -> String {
    let of = |one: Option<&Moment>| numbers::count(one.map_or(1, |one| one.rank));
    words::rank_history(
        of(moments.first()),
        of(moments.last()),
        numbers::count(peak),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::MIN.plus_millis(days * 86_400_000)
    }

    fn milestone(days: i64, rank: Option<u64>) -> Milestone {
        Milestone {
            at: at(days),
            score: Score::new(5).unwrap(),
            rank: rank.map(|rank| Rank::after(rank - 1)),
        }
    }

    fn rank(rank: u64) -> Rank {
        Rank::after(rank - 1)
    }

    #[test]
    fn time_is_the_horizontal_axis_and_the_vertical_one_is_logarithmic() {
        let all = [(0, Some(100)), (1, None), (2, Some(10))];
        let all = all.map(|(days, rank)| milestone(days, rank));
        let moments = moments(&all, Some(rank(1)), at(8));
        let (top, middle, bottom) = (MARGIN, HEIGHT / 2.0, HEIGHT - MARGIN);
        let quarter = MARGIN + (WIDTH - 2.0 * MARGIN) / 4.0;
        let expected = [(MARGIN, bottom), (quarter, middle), (WIDTH - MARGIN, top)];
        for ((x, y), (wanted_x, wanted_y)) in points(&moments).into_iter().zip(expected) {
            assert!((x - wanted_x).abs() < 0.1 && (y - wanted_y).abs() < 0.1);
        }
        assert_eq!(
            summary(&moments, peak(&moments)),
            "From rank 100 to rank 1 today. Peak rank: 1."
        );
    }

    #[test]
    fn the_plot_ends_at_the_rank_of_today() {
        let all = [milestone(0, Some(1)), milestone(1, Some(3))];
        let moments = moments(&all, Some(rank(2)), at(9));
        assert_eq!(
            summary(&moments, peak(&moments)),
            "From rank 1 to rank 2 today. Peak rank: 1."
        );
        assert_eq!(moments.last().map(|last| last.at), Some(at(9)));
    }

    #[test]
    fn a_milestone_that_is_newer_than_the_page_ends_the_axis() {
        let moments = moments(&[milestone(4, Some(3))], Some(rank(3)), at(1));
        assert_eq!(moments.last().map(|last| last.at), Some(at(4)));
        assert!(points(&moments).iter().all(|(x, _)| x.is_finite()));
    }

    #[test]
    fn a_first_score_has_a_plot_once_its_rank_has_changed() {
        let shown = |all: &[Milestone], today| has_changed(&moments(all, today, at(9)));
        let first = milestone(0, Some(3));
        assert!(!shown(&[], Some(rank(3))));
        assert!(!shown(&[first], Some(rank(3))));
        assert!(shown(&[first], Some(rank(4))));
        assert!(shown(&[first, milestone(1, Some(3))], None));
    }

    #[test]
    fn a_score_that_was_submitted_late_is_at_its_time() {
        let all = [milestone(5, Some(2)), milestone(1, Some(4))];
        let ranks: Vec<u64> = moments(&all, Some(rank(3)), at(9))
            .iter()
            .map(|one| one.rank)
            .collect();
        assert_eq!(ranks, [4, 2, 3]);
    }

    #[test]
    fn rank_one_stays_at_the_top() {
        let all = [milestone(0, Some(1)), milestone(1, Some(1))];
        let points = points(&moments(&all, Some(rank(1)), at(2)));
        assert!(points.iter().all(|(_, y)| (y - MARGIN).abs() < 1e-9));
    }
}
