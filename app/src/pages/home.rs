//! `/`: every board, with its leaders.

use crate::components::page_title::PageTitle;
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::{self, BoardCard};
use crate::components::refused::Refused;
use crate::error::PageError;

/// The list of boards.
pub struct HomePage {
    cards: Resource<Result<Vec<BoardCard>, PageError>>,
}

#[lazy_route]
impl LazyRoute for HomePage {
    fn data() -> Self {
        Self {
            cards: Resource::new(|| (), |()| api::load_boards()),
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
                            Ok(cards) => Either::Left(Either::Right(view! { <Cards cards /> })),
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
    let card = |BoardCard {
                    board,
                    total,
                    leaders,
                }: BoardCard| {
        let format = board.format;
        let unit = board.unit.clone();
        let leaders: Vec<_> = leaders
            .into_iter()
            .map(|(rank, name, score)| {
                view! {
                    <li>
                        <span class="rank" data-rank=rank.get()>{rank.get()}</span>
                        <span class="name">{name.to_string()}</span>
                        <span class="score">{format.show(score)}</span>
                    </li>
                }
            })
            .collect();
        let is_empty = leaders.is_empty();
        view! {
            <li>
                <A href=format!("/boards/{}", board.slug) attr:class="card">
                    <h2>{board.title}</h2>
                    <p class="description">{board.description}</p>
                    <ol class="leaders">{leaders}</ol>
                    {is_empty.then(|| view! { <p class="quiet">"Nobody is ranked yet."</p> })}
                    <p class="meta">
                        <span>{format!("{} {}", leaderport::ScoreFormat::Integer.show(leaderport::Score::try_from(total.cast_signed()).unwrap_or_default()), if total == 1 { "player" } else { "players" })}</span>
                        {(!unit.is_empty()).then(|| view! { <span>{unit}</span> })}
                    </p>
                </A>
            </li>
        }
    };
    view! { <ul class="cards">{cards.into_iter().map(card).collect_view()}</ul> }
}
