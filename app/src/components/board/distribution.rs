//! The distribution of all scores as a plot, with the reader's own score marked.

use leaderport::Order;
use leaderport::ranking::sketch::Bin;
use leptos::prelude::*;

use crate::core::board::BoardSummary;
use crate::core::decimal::tenths;
use crate::features::board::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// The number of bars.
const BARS: u16 = 28;

/// The size of the plot in its own units; the page stretches the plot.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 72.0;

/// The least height of a bar with any score.
const MIN_HEIGHT: f64 = 1.5;

/// The share of all players in one bar above which the scale is logarithmic. On a linear scale, the
/// other bars would be too low to see.
const MOST: f64 = 0.5;

/// The plot; hidden if the board has too few scores.
#[component]
pub fn Distribution(state: BoardState) -> impl IntoView {
    let board = state.board();
    let format = board.format;
    let sketch = &state.view().sketch;
    let (bins, median) = (sketch.bins(board.order, BARS), sketch.middle());
    let total = sketch.total();
    let is_logarithmic = highest_share(&bins) > MOST;
    let median =
        median.map(|median| words::median_score(words::full_score(format, &board.unit, median)));
    let is_empty = bins.is_empty();
    let (from, to) = edges(&board, &bins);
    let size = format!("0 0 {} {}", tenths(WIDTH), tenths(HEIGHT));
    let score = Memo::new(move |_| state.my_standing().map(|place| place.score));
    let mine = move || {
        score
            .get()
            .map(|score| words::your_score_is_highlighted(numbers::score(format, score)))
    };
    view! {
        <section class="panel distribution" aria-labelledby="distribution" hidden=is_empty>
            <h2 id="distribution">{words::score_distribution()}</h2>
            <svg viewBox=size preserveAspectRatio="none" role="img" aria-label=median.clone()>
                <Bars state bins total />
            </svg>
            <p class="edges" aria-hidden="true"><span>{from}</span><span>{to}</span></p>
            <p class="quiet" hidden=!is_logarithmic>{words::logarithmic_scale()}</p>
            <p class="quiet">{median}</p>
            <p class="quiet">{mine}</p>
        </section>
    }
}

#[component]
fn Bars(
    state: BoardState,
    bins: Vec<Bin>,
    /// The number of players.
    total: u64,
) -> impl IntoView {
    let highest = highest_share(&bins);
    let bars = bins.clone();
    let mine = Memo::new(move |_| Bin::holding(&bins, state.my_standing()?.score));
    let width = WIDTH / f64::from(BARS);
    let bar = |(n, bin): (usize, &Bin)| {
        #[expect(clippy::cast_precision_loss, reason = "a few dozen bars")]
        let x = n as f64 * width;
        let least = if bin.share > 0.0 { MIN_HEIGHT } else { 0.0 };
        let height = (relative_height(bin.share, highest, total) * HEIGHT).max(least);
        view! {
            <rect
                x=tenths(x)
                y=tenths(HEIGHT - height)
                width=tenths(width - 1.5)
                height=tenths(height)
                rx="1.5"
                class:mine=move || mine.get() == Some(n)
            />
        }
    };
    bars.iter().enumerate().map(bar).collect_view()
}

fn highest_share(bins: &[Bin]) -> f64 {
    bins.iter().map(|bin| bin.share).fold(0.0, f64::max)
}

/// The height of a bar as a share of the highest one, 0 to 1. On a logarithmic scale, ten times as
/// many players are a constant step.
fn relative_height(share: f64, highest: f64, total: u64) -> f64 {
    if highest <= MOST {
        return share / highest;
    }
    #[expect(clippy::cast_precision_loss, reason = "players are fewer than 2^32")]
    let size = |share: f64| (share * total as f64).ln_1p();
    size(share) / size(highest)
}

/// The labels of both ends of the plot. The bar of the worst scores is open-ended.
fn edges(board: &BoardSummary, bins: &[Bin]) -> (String, String) {
    let show = |score| numbers::score(board.format, score);
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else {
        return (String::new(), String::new());
    };
    match board.order {
        Order::Descending => (words::up_to(show(first.to)), show(last.to)),
        Order::Ascending => (show(first.from), words::from_on(show(last.from))),
    }
}

#[cfg(test)]
mod tests {
    use super::relative_height;

    #[test]
    fn low_bars_stay_visible_beside_one_that_holds_most_players() {
        let is_close = |height: f64, wanted: f64| (height - wanted).abs() < 0.005;
        assert!(is_close(relative_height(0.1, 0.4, 1_000), 0.25), "linear");
        assert!(is_close(relative_height(0.9, 0.9, 1_000), 1.0));
        // Nine of a thousand players beside 900.
        assert!(is_close(relative_height(0.009, 0.9, 1_000), 0.338));
        assert!(is_close(relative_height(0.0, 0.9, 1_000), 0.0));
    }
}
