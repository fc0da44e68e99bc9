//! How everybody's scores are distributed, as a plot, with the reader's own among them.

use leaderport::Order;
use leaderport::sketch::Bin;
use leptos::prelude::*;

use super::board_state::BoardState;
use super::{flag, tenths, text};
use crate::words;

/// Bars of the plot.
const BARS: u16 = 28;

/// Pixels of the plot's own system; it is stretched to where it stands.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 72.0;

/// The plot. Nothing where there is too little to show.
#[component]
pub fn Distribution(state: BoardState) -> impl IntoView {
    let board = state.board();
    let (format, order) = (board.format, board.order);
    let bins = state
        .first
        .with_value(|f| f.sketch.bins(f.board.order, BARS));
    let (first, last) = (*bins.first()?, *bins.last()?);
    let highest = bins.iter().map(|bin| bin.share).fold(0.0, f64::max);
    let mine = {
        let bins = bins.clone();
        Memo::new(move |_| {
            let score = state.me.with(|me| Some(me.as_ref()?.standing?.score))?;
            Bin::holding(&bins, score)
        })
    };
    let bar = |(n, bin): (usize, &Bin)| {
        #[expect(clippy::cast_precision_loss, reason = "some bars")]
        let x = n as f64 * WIDTH / f64::from(BARS);
        // What is there is seen, however little.
        let least = if bin.share > 0.0 { 1.5 } else { 0.0 };
        let height = (bin.share / highest * HEIGHT).max(least);
        view! {
            <rect
                x=tenths(x)
                y=tenths(HEIGHT - height)
                width=tenths(WIDTH / f64::from(BARS) - 1.5)
                height=tenths(height)
                rx="1.5"
                class:mine=flag(move || mine.get() == Some(n))
            />
        }
    };
    let bars = bins.iter().enumerate().map(bar).collect_view();
    let middle = state.first.with_value(|f| f.sketch.middle());
    let words = middle.map(|middle| words::half_have_or_better(format.show(middle)));
    // The last bar of the worse scores has all of them, however far they reach.
    let (from, to) = match order {
        Order::Descending => (words::up_to(format.show(first.to)), format.show(last.to)),
        Order::Ascending => (
            format.show(first.from),
            words::from_on(format.show(last.from)),
        ),
    };
    let yours = text(move || {
        let score = state.me.with(|me| Some(me.as_ref()?.standing?.score));
        let yours = score.map(|score| format!(" {}", words::yours_is(format.show(score))));
        yours.unwrap_or_default()
    });
    let label = words.clone().unwrap_or_default();
    let plot = view! {
        <section class="panel distribution" aria-labelledby="distribution">
            <h2 id="distribution">{words::all_scores()}</h2>
            <svg viewBox=format!("0 0 {} {}", tenths(WIDTH), tenths(HEIGHT)) preserveAspectRatio="none" role="img" aria-label=label>{bars}</svg>
            <p class="edges" aria-hidden="true"><span>{from}</span><span>{to}</span></p>
            <p class="quiet">{words} {yours}</p>
        </section>
    };
    Some(plot)
}
