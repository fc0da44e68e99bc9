//! `/`: every board, with its leaders.

use crate::components::page_title::PageTitle;
use leaderport::{Score, ScoreFormat};
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::board::{BoardCard, Leader, load_boards};
use crate::client::kept::{fresh_or_kept, keep};
use crate::components::refused::Refused;
use crate::error::PageError;

/// What the list is kept by.
const KEY: &str = "boards";

/// The list of boards.
pub struct HomePage {
    cards: Resource<Result<Vec<BoardCard>, PageError>>,
}

#[lazy_route]
impl LazyRoute for HomePage {
    fn data() -> Self {
        Self {
            cards: Resource::new(
                || (),
                |()| fresh_or_kept(KEY.to_owned(), load_boards()),
            ),
        }
    }

    fn view(this: Self) -> AnyView {
        let HomePage { cards } = this;
        view! {
            <PageTitle text="" />
            <div class="home">
                <h1>"Boards"</h1>
                <Suspense fallback=|| view! { <p class="quiet">"Loading…"</p> }>
                    {move || Suspend::new(async move {
                        match cards.await {
                            Ok(cards) if cards.is_empty() => Either::Left(Either::Left(view! { <NoBoards /> })),
                            Ok(cards) => {
                                keep(KEY.to_owned(), &cards);
                                Either::Left(Either::Right(view! { <Cards cards /> }))
                            }
                            Err(error) => Either::Right(view! { <Refused error /> }),
                        }
                    })}
                </Suspense>
            </div>
        }
        .into_any()
    }
}

#[component]
fn NoBoards() -> impl IntoView {
    view! {
        <section class="notice">
            <h2>"No boards yet"</h2>
            <p>"Define the first one over the API:"</p>
            <pre>"curl -X PUT \"$URL/api/v1/boards/arena\" -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"title\":\"Arena\",\"policy\":\"best\",\"order\":\"descending\",\"tie\":\"shared\",\"periods\":[\"all_time\",\"weekly\"]}'"</pre>
        </section>
    }
}

#[component]
fn Cards(cards: Vec<BoardCard>) -> impl IntoView {
    let cards = cards.into_iter().map(|card| view! { <Card card /> });
    view! { <ul class="cards">{cards.collect_view()}</ul> }
}

/// A board, with its first three as they are now.
#[component]
fn Card(card: BoardCard) -> impl IntoView {
    let top = RwSignal::new((card.total, card.leaders.clone()));
    #[cfg(feature = "hydrate")]
    crate::client::follow::follow_card(&card, top);
    let BoardCard { board, .. } = card;
    let (format, unit) = (board.format, board.unit.clone());
    let leader = move |(rank, name, score): Leader| {
        view! {
            <li>
                <span class="rank" data-rank=rank.get()>{rank.get()}</span>
                <span class="name">{name.to_string()}</span>
                <span class="score">{format.show(score)}</span>
            </li>
        }
    };
    let players = move || {
        let total = top.with(|(total, _)| *total);
        let count = Score::try_from(total.cast_signed()).unwrap_or_default();
        let noun = if total == 1 { "player" } else { "players" };
        format!("{} {noun}", ScoreFormat::Integer.show(count))
    };
    view! {
        <li>
            <A href=format!("/boards/{}", board.slug) attr:class="card">
                <h2>{board.title}</h2>
                <p class="description">{board.description}</p>
                <ol class="leaders">
                    <For each=move || top.with(|(_, leaders)| leaders.clone()) key=Clone::clone children=leader />
                </ol>
                <p class="quiet" hidden=move || top.with(|(_, leaders)| !leaders.is_empty())>"Nobody is ranked yet."</p>
                <p class="meta">
                    <span>{players}</span>
                    {(!unit.is_empty()).then(|| view! { <span>{unit}</span> })}
                </p>
            </A>
        </li>
    }
}
