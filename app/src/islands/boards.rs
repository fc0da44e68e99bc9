//! The boards of the home page, live.

use leaderport::Timestamp;
use leptos::prelude::*;

use super::initial_state;
use crate::api::home::BoardCard;
use crate::browser::connection::Connection;
use crate::components::home::Card;
use crate::components::page::copy_notice::CopyNotice;
use crate::features::sync::home_sync::{reload_at_season_end, sync_staleness};
use crate::features::sync::home_viewers::sync_viewers;

/// The boards, and the time at which the server rendered the page.
pub type HomeState = (Vec<BoardCard>, Timestamp);

/// The boards of the home page. The page of a board does not load this code.
#[island(lazy)]
pub fn BoardsIsland() -> impl IntoView {
    let (cards, now) = initial_state::<HomeState>();
    let connection = Connection::new();
    let staleness = sync_staleness(connection);
    reload_at_season_end(connection, &cards);
    let viewers = sync_viewers(&cards);
    let cards = cards
        .into_iter()
        .map(|card| view! { <Card card now connection viewers /> });
    view! {
        <CopyNotice at=now staleness />
        <ul class="cards">{cards.collect_view()}</ul>
    }
}
