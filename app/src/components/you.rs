//! The reader's own standing, and the way to it.

use leaderport::Score;
use leaderport::protocol::MyPlace;
use leptos::prelude::*;

use super::board_state::BoardState;
use super::history::History;
use super::{flag, tenths, text};
use crate::api::board::Me;
use crate::locale::numbers;
use crate::words;

/// Where the reader stands.
#[component]
pub fn You(state: BoardState) -> impl IntoView {
    let board = state.board();
    let (format, slug) = (board.format, board.slug.clone());
    let season = state.season();
    let find = move |event: leptos::ev::MouseEvent| {
        let place = state
            .overlay
            .with_untracked(|o| o.as_ref().map(crate::client::overlay::Overlay::place));
        let place = place.or_else(|| state.me.get_untracked()?.standing.map(|s| s.place));
        if let Some(place) = place {
            event.prevent_default();
            state.go_to.set(Some(place));
        }
    };
    let follow = move |_| state.is_following.update(|is| *is = !*is);
    // What of the reader's own rank is said to those who listen.
    let announced = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    crate::client::announce::announce(state, announced);
    let order = board.order;
    let next = move |standing: MyPlace| {
        state.replica.with(|replica| {
            let row = replica.next_better(standing.place, standing.score, order)?;
            let apart = row.score.get().abs_diff(standing.score.get());
            let apart = Score::new(i64::try_from(apart).ok()?).ok()?;
            let (apart, name, rank) = (numbers::score(format, apart), &row.name, row.rank);
            Some(words::distance_to_next(apart, name, rank))
        })
    };
    let history = RwSignal::new(state.first.with_value(|f| {
        let me = f.me.as_ref();
        me.map(|me| me.history.clone()).unwrap_or_default()
    }));
    #[cfg(feature = "hydrate")]
    crate::client::announce::note(state, history);
    let standing = move |me: Me| {
        let standing = me.standing.map(|s| {
            let find_me = format!("/boards/{slug}?season={season}&me=1");
            let top = s.top_percent();
            view! {
                <dl>
                    <div><dt>{words::rank()}</dt><dd class="big">"#" {s.rank.get()}</dd></div>
                    <div><dt>{words::score()}</dt><dd>{numbers::score(format, s.score)}</dd></div>
                    <div><dt>{words::top_percent()}</dt><dd>{words::percent(numbers::decimal(&tenths(top)))}</dd></div>
                </dl>
                <p class="next">{text(move || next(s).unwrap_or_default())}</p>
                <p class="tools">
                    <a class="button quiet-button" href=find_me on:click=find>{words::find_me()}</a>
                    <button type="button" class="button quiet-button" aria-pressed=text(move || state.is_following.get().to_string()) hidden=flag(move || !state.is_alive.get()) on:click=follow>{words::follow_me()}</button>
                </p>
            }
        });
        let is_unranked = standing.is_none();
        view! {
            <p class="you-name">{me.name.to_string()}</p>
            {standing}
            {is_unranked.then(|| view! { <p class="quiet">{words::not_ranked_yet()}</p> })}
        }
    };
    let stranger = || view! { <p class="quiet">{words::join_as_a_guest()}</p> };
    view! {
        <section class="panel you" aria-labelledby="you">
            <h2 id="you">{words::you()}</h2>
            <p class="sr-only" role="status">{text(move || announced.get())}</p>
            {move || match state.me.get() {
                Some(me) => leptos::either::Either::Left(standing(me)),
                None => leptos::either::Either::Right(stranger()),
            }}
            <History milestones=history format />
        </section>
    }
}
