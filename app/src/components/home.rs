//! The boards of the home page, with their leaders.

use leaderport::Timestamp;
use leptos::either::EitherOf3;
use leptos::{html, prelude::*};

use crate::api::home::{BoardCard, Leader};
use crate::browser::connection::Connection;
use crate::components::board::season::season_result::phase_name;
use crate::components::countdown::Countdown;
use crate::components::emblem::BoardEmblem;
use crate::core::season_phase::SeasonPhase;
use crate::features::sync::home_sync::{CardState, reload_after_opening, sync_card};
use crate::features::sync::home_viewers::Viewers;
use crate::locale::numbers;
use crate::words;

/// A board: its title, its phase, its leaders and the reader's rank.
#[component]
pub fn Card(
    card: BoardCard,
    /// The server's clock when the page was rendered.
    now: Timestamp,
    connection: Connection,
    viewers: Viewers,
) -> impl IntoView {
    let state = CardState::new(&card);
    let CardState { top, my_rank } = state;
    let element = NodeRef::<html::Li>::new();
    sync_card(connection, &card, element, state);
    let BoardCard {
        board,
        phase,
        next_reset,
        ..
    } = card;
    let format = board.format;
    let slug = board.slug.clone();
    let count = Memo::new(move |_| viewers.read().get(&slug).copied().unwrap_or_default());
    let watching = move || {
        let count = count.get();
        (count > 0).then(|| view! { <span class="viewers">{words::watching(count)}</span> })
    };
    let leader = move |(rank, name, score): Leader| {
        let name = name.to_string();
        // A long name is clipped.
        let whole_name = name.clone();
        view! {
            <li>
                <span class="rank" data-rank=rank.get()>{numbers::rank(rank)}</span>
                <span class="name" title=whole_name><bdi>{name}</bdi></span>
                <span class="score">{numbers::score(format, score)}</span>
            </li>
        }
    };
    let leaders = move || top.get().1.into_iter().map(leader).collect_view();
    let is_ranked = move || !top.read().1.is_empty();
    let rank = move || {
        let rank = my_rank.get().map(numbers::rank);
        rank.map(|rank| view! { <strong class="my-rank">{words::your_rank(rank)}</strong> })
    };
    view! {
        <li node_ref=element>
            <a href=format!("/boards/{}", board.slug) class="card" data-accent=board.accent.name()>
                <h2><BoardEmblem slug=board.slug.clone() emblem=board.emblem /><bdi>{board.title}</bdi></h2>
                <p class="phase">
                    <PhaseChip phase connection />
                    <NextChange phase next_reset now />
                </p>
                <p class="description"><bdi>{board.description}</bdi></p>
                <ol class="leaders">{leaders}</ol>
                <p class="quiet" hidden=is_ranked>{words::no_scores_yet()}</p>
                <p class="meta">
                    {rank}
                    <span>{move || words::players_of_board(top.read().0)}</span>
                    {watching}
                    {(!board.unit.is_empty()).then(|| view! { <span><bdi>{board.unit.clone()}</bdi></span> })}
                </p>
            </a>
        </li>
    }
}

/// The phase of a board. An open board is live only while changes arrive.
#[component]
fn PhaseChip(phase: SeasonPhase, connection: Connection) -> impl IntoView {
    let text = move || match phase {
        SeasonPhase::Open if !connection.status.get().is_connected() => words::season_open(),
        phase => phase_name(phase),
    };
    view! { <span class="chip" data-phase=phase.kind()>{text}</span> }
}

/// The time until the season of a board ends, or until the board opens.
#[component]
fn NextChange(phase: SeasonPhase, next_reset: Option<Timestamp>, now: Timestamp) -> impl IntoView {
    match (phase, next_reset) {
        (SeasonPhase::Upcoming(until), _) => {
            let text = |time: String| words::opens_in(time);
            let at_end = Callback::new(|()| reload_after_opening());
            EitherOf3::A(view! { <Countdown until now text at_end /> })
        }
        (SeasonPhase::Open, Some(until)) => {
            let text = |time: String| words::resets_in(time);
            EitherOf3::B(view! { <Countdown until now text /> })
        }
        _ => EitherOf3::C(()),
    }
}
