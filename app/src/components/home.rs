//! The boards of the home page, with their leaders.

use leptos::{html, prelude::*};

use crate::api::board::{BoardCard, Leader};
use crate::browser::connection::Connection;
use crate::features::home_sync::sync_card;
use crate::locale::numbers;
use crate::words;

/// A board: its title and its leaders.
#[component]
pub fn Card(card: BoardCard, connection: Connection) -> impl IntoView {
    let top = RwSignal::new((card.total, card.leaders.clone()));
    let element = NodeRef::<html::Li>::new();
    sync_card(connection, &card, element, top);
    let board = card.board;
    let format = board.format;
    let leader = move |(rank, name, score): Leader| {
        view! {
            <li>
                <span class="rank" data-rank=rank.get()>{numbers::rank(rank)}</span>
                <span class="name"><bdi>{name.to_string()}</bdi></span>
                <span class="score">{numbers::score(format, score)}</span>
            </li>
        }
    };
    let leaders = move || top.get().1.into_iter().map(leader).collect_view();
    let is_ranked = move || !top.read().1.is_empty();
    view! {
        <li node_ref=element>
            <a href=format!("/boards/{}", board.slug) class="card">
                <h2><bdi>{board.title}</bdi></h2>
                <p class="description"><bdi>{board.description}</bdi></p>
                <ol class="leaders">{leaders}</ol>
                <p class="quiet" hidden=is_ranked>{words::no_scores_yet()}</p>
                <p class="meta">
                    <span>{move || words::players_of_board(top.read().0)}</span>
                    {(!board.unit.is_empty()).then(|| view! { <span><bdi>{board.unit.clone()}</bdi></span> })}
                </p>
            </a>
        </li>
    }
}
