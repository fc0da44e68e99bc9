//! The boards of the home page, their first three as they are now.

use leptos::prelude::*;

use super::given;
use crate::api::board::{BoardCard, Leader};
use crate::components::{flag, text};
use crate::locale::numbers;
use crate::words;

/// The boards, live. Begins with each as it was.
#[island(lazy)]
pub fn BoardsIsland() -> impl IntoView {
    let cards = given::<Vec<BoardCard>>();
    #[cfg(feature = "hydrate")]
    crate::features::home_sync::connect_home(&cards);
    let cards = cards.into_iter().map(|card| view! { <Card card /> });
    view! { <ul class="cards">{cards.collect_view()}</ul> }
}

/// A board, with its first three as they are now.
#[component]
fn Card(card: BoardCard) -> impl IntoView {
    let top = RwSignal::new((card.total, card.leaders.clone()));
    #[cfg(feature = "hydrate")]
    crate::features::home_sync::follow_card(&card, top);
    let BoardCard { board, .. } = card;
    let (format, unit) = (board.format, board.unit.clone());
    let leader = move |(rank, name, score): Leader| {
        view! {
            <li>
                <span class="rank" data-rank=rank.get()>{numbers::rank(rank)}</span>
                <span class="name">{name.to_string()}</span>
                <span class="score">{numbers::score(format, score)}</span>
            </li>
        }
    };
    let players = text(move || words::players_of_board(top.with(|(total, _)| *total)));
    view! {
        <li id=format!("board-{}", board.slug)>
            <a href=format!("/boards/{}", board.slug) class="card">
                <h2>{board.title}</h2>
                <p class="description">{board.description}</p>
                <ol class="leaders">
                    {move || top.with(|(_, leaders)| leaders.clone()).into_iter().map(leader).collect_view()}
                </ol>
                <p class="quiet" hidden=flag(move || top.with(|(_, leaders)| !leaders.is_empty()))>{words::nobody_is_ranked_yet()}</p>
                <p class="meta">
                    <span>{players}</span>
                    {(!unit.is_empty()).then(|| view! { <span>{unit}</span> })}
                </p>
            </a>
        </li>
    }
}
