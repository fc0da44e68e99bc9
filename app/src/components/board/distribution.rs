//! How everybody's scores are distributed, as a plot, with the reader's own among them.

use leaderport::Order;
use leaderport::sketch::Bin;
use leptos::prelude::*;

use crate::components::{on_server, tenths, text};
use crate::features::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// Bars of the plot.
const BARS: u16 = 28;

/// Pixels of the plot's own system; it is stretched to where it stands.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 72.0;

/// The plot. Nothing where there is too little to show.
#[component]
pub fn Distribution(state: BoardState) -> impl IntoView {
    let place = NodeRef::<leptos::html::Div>::new();
    let plot = on_server(|| plot(state).map(RenderHtml::to_html).unwrap_or_default());
    // Where there is nothing to see; the server decides it.
    let is_empty = plot.is_empty();
    let format = state.first.with_value(|f| f.board.format);
    let score = move || state.me.with(|me| Some(me.as_ref()?.standing?.score));
    let yours = text(move || {
        let yours = score().map(|score| words::yours_is(numbers::score(format, score)));
        yours.unwrap_or_default()
    });
    #[cfg(feature = "hydrate")]
    {
        use crate::islands::lazy::{Task, later};

        let score = Memo::new(move |_| score());
        // The server has marked the first.
        Effect::new(move |before: Option<Option<leaderport::Score>>| {
            let score = score.get();
            let is_another = before.is_some_and(|before| before != score);
            if let Some(place) = place.get_untracked().filter(|_| is_another) {
                later(Task::Mark(state, place, score));
            }
            score
        });
    }
    view! {
        <section class="panel distribution" aria-labelledby="distribution" hidden=is_empty>
            <h2 id="distribution">{words::all_scores()}</h2>
            <div node_ref=place inner_html=plot></div>
            <p class="quiet">{yours}</p>
        </section>
    }
}

/// The bars of the season.
fn bins(state: BoardState) -> Vec<Bin> {
    state
        .first
        .with_value(|f| f.sketch.bins(f.board.order, BARS))
}

/// The bars, where they begin and end, and where the middle is.
fn plot(state: BoardState) -> Option<impl IntoView + use<>> {
    let bins = bins(state);
    if bins.is_empty() {
        return None;
    }
    let mine = state.me.with(|me| Some(me.as_ref()?.standing?.score));
    let mine = mine.and_then(|score| Bin::holding(&bins, score));
    let (format, middle) = state
        .first
        .with_value(|f| (f.board.format, f.sketch.middle()));
    let words = middle.map(|middle| words::half_have_or_better(numbers::score(format, middle)));
    let size = format!("0 0 {} {}", tenths(WIDTH), tenths(HEIGHT));
    Some(view! {
        <svg viewBox=size preserveAspectRatio="none" role="img" aria-label=words.clone()>{bars(&bins, mine)}</svg>
        <p class="edges" aria-hidden="true">{edges(state, &bins)}</p>
        <p class="quiet">{words}</p>
    })
}

/// The bars, one of them marked.
fn bars(bins: &[Bin], mine: Option<usize>) -> impl IntoView + use<> {
    let highest = bins.iter().map(|bin| bin.share).fold(0.0, f64::max);
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
                class=(mine == Some(n)).then_some(MINE)
            />
        }
    };
    bins.iter().enumerate().map(bar).collect_view()
}

/// From which score the plot goes to which.
fn edges(state: BoardState, bins: &[Bin]) -> impl IntoView + use<> {
    let board = state.board();
    let show = |score| numbers::score(board.format, score);
    let ends = bins.first().zip(bins.last());
    // The last bar of the worse scores has all of them, however far they reach.
    let (from, to) = match (ends, board.order) {
        (None, _) => Default::default(),
        (Some((first, last)), Order::Descending) => (words::up_to(show(first.to)), show(last.to)),
        (Some((first, last)), Order::Ascending) => {
            (show(first.from), words::from_on(show(last.from)))
        }
    };
    view! { <span>{from}</span><span>{to}</span> }
}

/// What the reader's bar is called in the styles.
const MINE: &str = "mine";

/// Marks the reader's bar, and no other.
#[cfg(feature = "hydrate")]
pub(crate) fn mark(
    state: BoardState,
    place: &web_sys::HtmlDivElement,
    score: Option<leaderport::Score>,
) {
    let bins = bins(state);
    let mine = score.and_then(|score| Bin::holding(&bins, score));
    let bars = place.first_element_child().map(|plot| plot.children());
    for n in 0..bins.len() {
        let bar = u32::try_from(n).ok();
        if let Some(bar) = bar.and_then(|n| bars.as_ref()?.item(n)) {
            // The name is that of an attribute.
            let _ = bar.set_attribute("class", if mine == Some(n) { MINE } else { "" });
        }
    }
}
