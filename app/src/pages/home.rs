//! `/`: all boards with their leaders.

use std::sync::Arc;

use leaderport::service::Leaderboards;
use leptos::either::EitherOf3;
use leptos::prelude::*;

use crate::api::board::load_boards;
use crate::components::page_title::PageTitle;
use crate::islands::boards::BoardsIsland;
use crate::islands::with_initial_state;
use crate::pages::RefusedPage;
use crate::words;

/// The list of boards.
#[component]
pub fn HomePage() -> impl IntoView {
    let now = expect_context::<Arc<Leaderboards>>().now();
    view! {
        <PageTitle text="" />
        <div class="home">
            <h1>{words::boards()}</h1>
            <Suspense>
                {move || Suspend::new(async move {
                    match load_boards().await {
                        Ok(cards) if cards.is_empty() => EitherOf3::A(view! { <NoBoards /> }),
                        Ok(cards) => EitherOf3::B(with_initial_state((cards, now), || view! { <BoardsIsland /> })),
                        Err(error) => EitherOf3::C(view! { <RefusedPage error /> }),
                    }
                })}
            </Suspense>
        </div>
    }
}

#[component]
fn NoBoards() -> impl IntoView {
    view! {
        <section class="notice">
            <h2>{words::no_boards_yet()}</h2>
            <p>{words::create_first_board()}</p>
            <pre>"curl -X PUT \"$URL/api/v1/boards/arena\" -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"title\":\"Arena\",\"policy\":\"best\",\"order\":\"descending\",\"tie\":\"shared\",\"periods\":[\"all_time\",\"weekly\"]}'"</pre>
        </section>
    }
}
