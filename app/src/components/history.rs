//! A player's ranks as a plot: each time their score changed, where it put them.

use leaderport::{Milestone, ScoreFormat};

use super::markup::{Html, html};
use super::tenths;
use crate::locale::numbers;
use crate::words;

/// Pixels of the plot's own system; it is stretched to where it stands.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 64.0;
const MARGIN: f64 = 5.0;

/// The plot, and what it says in words, as HTML: of moments, the oldest first, of a board that shows
/// scores so. Nothing while there are fewer than two.
pub(crate) fn plot(all: &[Milestone], format: ScoreFormat) -> String {
    let ranked = ranked(all);
    if ranked.len() < 2 {
        return String::new();
    }
    let points = points(&ranked);
    let at = |(x, y): &(f64, f64)| format!("{},{}", tenths(*x), tenths(*y));
    let line = points.iter().map(at).collect::<Vec<_>>().join(" ");
    let mark = |((x, y), moment): (&(f64, f64), &Ranked)| {
        let title = words::score_at_rank(
            numbers::score(format, moment.score),
            numbers::count(moment.rank),
        );
        html!(
            "<circle cx='{}' cy='{}' r='2.6'><title>{}</title></circle>",
            tenths(*x),
            tenths(*y),
            title,
        )
    };
    let marks: Html = points.iter().zip(&ranked).map(mark).collect();
    let words = words(&ranked);
    html!(
        "<figure class='history'><svg viewBox='0 0 {} {}' role='img' aria-label='{}'><polyline points='{}'></polyline>{}</svg><figcaption class='quiet'>{}</figcaption></figure>",
        tenths(WIDTH),
        tenths(HEIGHT),
        words,
        line,
        marks,
        words,
    )
    .into_text()
}

/// A moment whose rank is known.
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

/// Where the moments are drawn: evenly from left to right, rank 1 on top. Between ranks
/// it is their ratio that counts, for from 1,000 to 100 is as far as from 10 to 1.
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

fn words(ranked: &[Ranked]) -> String {
    let best = ranked.iter().map(|one| one.rank).min().unwrap_or(1);
    let (first, last) = (ranked.first(), ranked.last());
    let of = |one: Option<&Ranked>| numbers::count(one.map_or(1, |one| one.rank));
    words::from_rank_to_rank(of(first), of(last), numbers::count(best))
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
    fn ranks_fall_from_the_top_by_their_ratio() {
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
        assert_eq!(words(&ranked), "From rank 100 to 1; the best was 1.");
    }

    #[test]
    fn whoever_was_always_first_stays_on_top() {
        let points = points(&ranked(&[moment(Some(1)), moment(Some(1))]));
        assert!(points.iter().all(|(_, y)| (y - MARGIN).abs() < 1e-9));
    }
}
