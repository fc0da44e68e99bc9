//! The first three, above the list, as they are now.

use leaderport::{PageNumber, Row, ScoreFormat};
use leptos::prelude::*;

use crate::components::avatar::initial;
use crate::components::markup::{Html, html};
use crate::components::{flag, hue, text};
use crate::features::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// How many stand on it.
const STEPS: usize = 3;

/// The first three. Nothing while fewer are ranked.
#[component]
pub fn Podium(state: BoardState) -> impl IntoView {
    let format = state.board().format;
    // The same for as long as the first three are.
    let steps = Memo::new(move |_| {
        let live = state.replica.with(|replica| {
            let (page, _) = replica.page(PageNumber::FIRST)?;
            Some(steps(&page.rows, format))
        });
        let first = || state.first.with_value(|f| steps(&f.leaders, format));
        live.unwrap_or_else(first)
    });
    view! {
        <ol class="podium" aria-label=words::the_first_three() hidden=flag(move || steps.with(String::is_empty)) inner_html=text(move || steps.get())></ol>
    }
}

fn steps(rows: &[Row], format: ScoreFormat) -> String {
    let Some(first) = rows.get(..STEPS) else {
        return String::new();
    };
    first
        .iter()
        .map(|row| step(row, format))
        .collect::<Html>()
        .into_text()
}

fn step(row: &Row, format: ScoreFormat) -> Html {
    let (name, rank) = (row.name.as_str(), row.rank.to_string());
    html!(
        "<li data-rank='{}'><span class='avatar' aria-hidden='true' style='--hue:{}'>{}</span><span class='name'>{}</span><span class='score'>{}</span><span class='step'><span class='sr-only'>{} </span>{}</span></li>",
        rank,
        hue(row.player.as_str()).to_string(),
        initial(name),
        name,
        numbers::score(format, row.score),
        words::rank(),
        rank,
    )
}
