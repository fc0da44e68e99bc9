//! `/players/{id}`: a player and their place on each board.

use std::sync::Arc;

use leaderport::service::Leaderboards;
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::player::{PlayerView, Ranked, load_player};
use crate::components::emblem::BoardEmblem;
use crate::components::page::copy_notice::CopyNotice;
use crate::components::page::page_title::PageTitle;
use crate::components::player::ahead::share_ahead;
use crate::components::player::avatar::Avatar;
use crate::components::player::history::HistoryPlot;
use crate::core::avatar::hue;
use crate::core::url::url_escape;
use crate::locale::initial::initial;
use crate::locale::numbers;
use crate::pages::RefusedPage;
use crate::words;

/// A player's page.
#[component]
pub fn PlayerPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|p| p.get("id"));
    let id = id.unwrap_or_default();
    view! {
        <Suspense>
            {move || {
                let id = id.clone();
                Suspend::new(async move {
                    match load_player(id).await {
                        Ok(player) => Either::Left(view! { <Profile player /> }),
                        Err(error) => Either::Right(view! { <RefusedPage error /> }),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Profile(player: PlayerView) -> impl IntoView {
    let PlayerView {
        player,
        name,
        ranked,
        review,
    } = player;
    let name = name.to_string();
    let now = expect_context::<Arc<Leaderboards>>().now();
    let count = match ranked.len() {
        0 => words::ranked_on_no_board().to_owned(),
        count => words::ranked_on_boards(count as u64),
    };
    let id = url_escape(player.as_str());
    let card = move |ranked: Ranked| {
        let href = format!("/boards/{}?player={id}", ranked.slug);
        let share = share_ahead(&ranked.place);
        let share =
            share.map(|share| view! { <div><dt>{words::ahead_of()}</dt><dd>{share}</dd></div> });
        let unit = ranked.unit.clone();
        let rank = ranked.place.rank;
        let ranks = ranked.history.iter().filter_map(|moment| moment.rank);
        let peak = ranks.chain([rank]).min().unwrap_or(rank);
        let scores = ranked.history.iter().map(|moment| moment.score);
        let best = scores.reduce(|best, score| {
            if ranked.order.is_better(score, best) {
                score
            } else {
                best
            }
        });
        view! {
            <li>
                <a href=href class="card" data-accent=ranked.accent.name()>
                    <h2><BoardEmblem slug=ranked.slug emblem=ranked.emblem /><bdi>{ranked.title}</bdi></h2>
                    <dl>
                        <div><dt>{words::rank()}</dt><dd class="big">"#" {numbers::rank(rank)}</dd></div>
                        <div><dt>{words::peak_rank()}</dt><dd>"#" {numbers::rank(peak)}</dd></div>
                        <div><dt>{words::score()}</dt><dd>{numbers::score(ranked.format, ranked.place.score)} " " <bdi>{unit}</bdi></dd></div>
                        {share}
                        <div><dt>{words::best()}</dt><dd>{best.map(|best| numbers::score(ranked.format, best))}</dd></div>
                    </dl>
                    <HistoryPlot milestones=ranked.history current=Some(rank) now format=ranked.format />
                </a>
            </li>
        }
    };
    view! {
        <PageTitle text=name.clone() />
        <div class="player">
            <header>
                <Avatar hue=hue(player.as_str()) initial=initial(&name) />
                <div>
                    <h1><bdi>{name}</bdi></h1>
                    <p class="quiet">{count}</p>
                </div>
            </header>
            {review.map(|review| view! { <p class="review">{review}</p> })}
            <CopyNotice at=now />
            <ul class="profiles">{ranked.into_iter().map(card).collect_view()}</ul>
        </div>
    }
}
