//! `/`: all boards with their leaders.

use std::sync::Arc;

use leaderport::service::Leaderboards;
use leptos::either::EitherOf3;
use leptos::prelude::*;

use crate::api::home::load_boards;
use crate::components::mark::Mark;
use crate::components::page::page_title::PageTitle;
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
            <header>
                <h1>{words::boards()}</h1>
                <p class="quiet">{words::about_boards()}</p>
            </header>
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
            <Mark size=64 moving=true />
            <h2>{words::no_boards_yet()}</h2>
            <p>{words::first_steps()}</p>
            <ol class="steps">
                <li>
                    <p>{words::name_the_server()}</p>
                    <pre>"export URL=http://127.0.0.1:3000 TOKEN=\"$(cat data/api-token)\""</pre>
                </li>
                <li>
                    <p>{words::create_a_board()}</p>
                    <pre>"curl -X PUT \"$URL/api/v1/boards/arena\" -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"title\":\"Arena\",\"policy\":\"best\",\"order\":\"descending\",\"tie\":\"shared\",\"periods\":[\"all_time\",\"weekly\"],\"submitters\":\"both\"}'"</pre>
                </li>
                <li>
                    <p>{words::submit_a_first_score()}</p>
                    <pre>"curl \"$URL/api/v1/boards/arena/submissions\" -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"player\":\"ada\",\"name\":\"Ada\",\"value\":231}'"</pre>
                </li>
                <li>
                    <p>{words::create_the_first_admin()}</p>
                    <pre>"leaderport admin create --handle admin --api-token \"$TOKEN\""</pre>
                </li>
            </ol>
            <p><a class="button" href="/docs/getting-started">{words::read_the_guide()}</a></p>
        </section>
    }
}
