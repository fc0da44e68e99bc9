//! The first three, above the list, as they are now.

use leaderport::{PageNumber, Row};
use leptos::prelude::*;

use super::avatar::avatar;
use super::board_state::BoardState;
use super::hue;
use crate::locale::numbers;
use crate::words;

/// How many stand on it.
const STEPS: usize = 3;

/// The first three. Nothing while fewer are ranked.
#[component]
pub fn Podium(state: BoardState) -> impl IntoView {
    let format = state.board().format;
    let first = state.first.with_value(|f| f.leaders.clone());
    let leaders = Memo::new(move |_| {
        let live = state.replica.with(|replica| {
            let (page, _) = replica.page(PageNumber::FIRST)?;
            Some(page.rows.iter().take(STEPS).cloned().collect::<Vec<_>>())
        });
        live.unwrap_or_else(|| first.clone())
    });
    let step = move |row: Row| {
        let name = row.name.to_string();
        view! {
            <li data-rank=row.rank.get()>
                {avatar(hue(row.player.as_str()), &name)}
                <span class="name">{name}</span>
                <span class="score">{numbers::score(format, row.score)}</span>
                <span class="step"><span class="sr-only">{words::rank()}" "</span>{row.rank.get()}</span>
            </li>
        }
    };
    view! {
        <ol class="podium" aria-label=words::the_first_three() hidden=super::flag(move || leaders.with(|l| l.len() < STEPS))>
            {move || leaders.get().into_iter().map(step).collect_view()}
        </ol>
    }
}
