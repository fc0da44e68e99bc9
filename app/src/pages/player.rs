//! `/players/{id}`: a player, and where they stand on each board.

use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::player::{PlayerView, Ranked, load_player};
use crate::client::kept::{fresh_or_kept, keep};
use crate::components::avatar::Avatar;
use crate::components::history::History;
use crate::components::page_title::PageTitle;
use crate::components::refused::Refused;
use crate::components::{hue, url_escape};
use crate::error::PageError;

/// A player's page.
pub struct PlayerPage {
    view: Resource<Result<PlayerView, PageError>>,
}

#[lazy_route]
impl LazyRoute for PlayerPage {
    fn data() -> Self {
        let params = use_params_map();
        let id = move || params.with(|p| p.get("id")).unwrap_or_default();
        Self {
            view: Resource::new(id, |id| fresh_or_kept(key_of(&id), load_player(id))),
        }
    }

    fn view(this: Self) -> AnyView {
        let PlayerPage { view } = this;
        view! {
            <Transition fallback=|| view! { <p class="quiet">"Loading the player…"</p> }>
                {move || Suspend::new(async move {
                    match view.await {
                        Ok(player) => {
                            keep(key_of(player.player.as_str()), &player);
                            Either::Left(view! { <Profile player /> })
                        }
                        Err(error) => Either::Right(view! { <Refused error /> }),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// What a player's page is kept by.
fn key_of(id: &str) -> String {
    format!("player {id}")
}

#[component]
fn Profile(player: PlayerView) -> impl IntoView {
    let PlayerView {
        player,
        name,
        ranked,
    } = player;
    let name = name.to_string();
    let count = match ranked.len() {
        0 => "Ranked on no board now".to_owned(),
        1 => "Ranked on one board".to_owned(),
        count => format!("Ranked on {count} boards"),
    };
    let id = url_escape(player.as_str());
    let card = move |ranked: Ranked| {
        let href = format!("/boards/{}?player={id}", ranked.slug);
        let top = ranked.place.top_percent();
        let unit = ranked.unit.clone();
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
                <A href attr:class="card">
                    <h2>{ranked.title}</h2>
                    <dl>
                        <div><dt>"Rank"</dt><dd class="big">"#" {ranked.place.rank.get()}</dd></div>
                        <div><dt>"Score"</dt><dd>{ranked.format.show(ranked.place.score)} " " {unit}</dd></div>
                        <div><dt>"Top"</dt><dd>{format!("{top:.1} %")}</dd></div>
                        <div><dt>"Best"</dt><dd>{best.map(|best| ranked.format.show(best))}</dd></div>
                    </dl>
                    <History milestones=ranked.history format=ranked.format />
                </A>
            </li>
        }
    };
    view! {
        <PageTitle text=name.clone() />
        <div class="player">
            <header>
                <Avatar hue=hue(player.as_str()) name=name.clone() />
                <div>
                    <h1>{name}</h1>
                    <p class="quiet">{count}</p>
                </div>
            </header>
            <ul class="cards">{ranked.into_iter().map(card).collect_view()}</ul>
        </div>
    }
}
