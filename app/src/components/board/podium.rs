//! The first three, above the list, as links to their pages.

use leaderport::{Row, ScoreFormat};
use leptos::prelude::*;

use crate::components::avatar::Avatar;
use crate::core::avatar::hue;
use crate::core::url::url_escape;
use crate::features::board_state::BoardState;
use crate::locale::initial::initial;
use crate::locale::numbers;
use crate::words;

/// The number of steps.
const STEPS: usize = 3;

/// The first three; hidden while fewer players are ranked.
#[component]
pub fn Podium(state: BoardState) -> impl IntoView {
    let format = state.board().format;
    let first_three = Memo::new(move |_| {
        let leaders = state.leaders();
        if leaders.len() < STEPS {
            Vec::new()
        } else {
            leaders
        }
    });
    view! {
        <ol class="podium" aria-label=words::top_three() hidden=move || first_three.read().is_empty()>
            {move || first_three.get().into_iter().map(|row| view! { <Step row format /> }).collect_view()}
        </ol>
    }
}

#[component]
fn Step(row: Row, format: ScoreFormat) -> impl IntoView {
    let name = row.name.to_string();
    // A hint for the pointer, because a long name is clipped.
    let hint = name.clone();
    let (rank, medal) = (row.rank.to_string(), row.rank.to_string());
    let href = format!("/players/{}", url_escape(row.player.as_str()));
    view! {
        <li data-rank=medal>
            <span class="step"><span class="sr-only">{words::rank()}" "</span>{rank}</span>
            <Avatar hue=hue(row.player.as_str()) initial=initial(&name) />
            <a class="name" title=hint href=href><bdi>{name}</bdi></a>
            <span class="score">{numbers::score(format, row.score)}</span>
        </li>
    }
}
