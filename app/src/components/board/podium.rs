//! The first three, above the list, as links to their pages. They glide when they change places.

use leaderport::Row;
use leptos::{html, prelude::*};

use crate::components::board::gap::{behind_leader, signed_gap};
use crate::components::player::avatar::Avatar;
use crate::core::avatar::hue;
use crate::core::url::url_escape;
use crate::features::board::board_state::BoardState;
use crate::features::board::podium_motion::animate_step;
use crate::locale::initial::initial;
use crate::locale::numbers;
use crate::words;

/// The number of steps.
const STEPS: usize = 3;

/// The first three; hidden while fewer players are ranked.
#[component]
pub fn Podium(state: BoardState) -> impl IntoView {
    let first_three = Memo::new(move |_| {
        let leaders = state.leaders();
        if leaders.len() < STEPS {
            Vec::new()
        } else {
            leaders
        }
    });
    // The members of the rendered page do not fade in.
    let is_shown = StoredValue::new(false);
    Effect::new(move || is_shown.set_value(true));
    view! {
        <ol class="podium" aria-label=words::top_three() hidden=move || first_three.read().is_empty()>
            <For each=move || first_three.get() key=|row| row.player.clone() let:row>
                <Step state row first_three is_new=is_shown.get_value() />
            </For>
        </ol>
    }
}

/// A member of the podium.
#[component]
fn Step(
    state: BoardState,
    /// The member's row at first.
    row: Row,
    /// The current rows.
    first_three: Memo<Vec<Row>>,
    /// Whether the member joined after the page was rendered.
    is_new: bool,
) -> impl IntoView {
    let format = state.board().format;
    let player = row.player.clone();
    let hue = hue(player.as_str());
    let href = format!("/players/{}", url_escape(player.as_str()));
    let member = Memo::new(move |last: Option<&(usize, Row)>| {
        let rows = first_three.read();
        let step = rows.iter().position(|row| row.player == player);
        let current = step.map(|step| (step, rows[step].clone()));
        // A member who leaves is shown until the element is dropped.
        current.unwrap_or_else(|| last.cloned().unwrap_or_else(|| (0, row.clone())))
    });
    let element = NodeRef::<html::Li>::new();
    animate_step(Memo::new(move |_| member.read().0), element, is_new);
    let rank = move || member.read().1.rank.to_string();
    let name = Memo::new(move |_| member.read().1.name.to_string());
    let score = Memo::new(move |_| member.read().1.score);
    view! {
        <li node_ref=element data-rank=rank>
            <span class="step"><span class="sr-only">{words::rank()}" "</span>{rank}</span>
            {move || view! { <Avatar hue initial=initial(&name.read()) /> }}
            // A tooltip, because a long name is clipped.
            <a class="name" title=move || name.get() href=href><bdi>{move || name.get()}</bdi></a>
            <span
                class="score"
                data-gap=move || signed_gap(state, score.get())
                title=move || behind_leader(state, score.get())
            >
                {move || numbers::score(format, score.get())}
            </span>
        </li>
    }
}
