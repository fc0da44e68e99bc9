//! `/account`: sign-up of the current guest, sign-in and sign-out, and the reader's submissions.

use futures::future::join;
use leaderport::{ScoreFormat, SubmissionRecord, SubmissionState};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::reader::account::{load_own_submissions, load_reader, load_review, provider};
use crate::components::account::Provider;
use crate::components::page::page_title::PageTitle;
use crate::islands::account::AccountIsland;
use crate::locale::numbers;
use crate::words;
use crate::words::dates::instant;

/// The account page, for unknown readers, guests and signed-in players.
#[component]
pub fn AccountPage() -> impl IntoView {
    let has = |name| use_query_map().with_untracked(|query| query.get(name).is_some());
    let is_changed = has("changed");
    let provider = Provider {
        name: provider(),
        is_refused: has("provider"),
    };
    view! {
        <PageTitle text=words::account() />
        <div class="account">
            <Suspense>
                {move || {
                    let provider = provider.clone();
                    Suspend::new(async move {
                        let reader = load_reader().await;
                        let is_known = reader.is_some();
                        view! {
                            <AccountIsland reader provider is_changed />
                            {is_known.then(|| view! { <OwnScores /> })}
                            <p><a class="button quiet-button" href="/settings">{words::settings()}</a></p>
                        }
                    })
                }}
            </Suspense>
        </div>
    }
}

#[component]
fn OwnScores() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="your-scores">
            <h2 id="your-scores">{words::your_scores()}</h2>
            <Suspense>
                {move || Suspend::new(async move {
                    let (review, submissions) = join(load_review(), load_own_submissions()).await;
                    let review = review.map(|review| view! { <p class="review">{review}</p> });
                    let scores = match submissions {
                        Ok(submissions) => view! { <Scores submissions /> }.into_any(),
                        Err(error) => view! { <p class="quiet">{error.message}</p> }.into_any(),
                    };
                    view! { {review} {scores} }
                })}
            </Suspense>
        </section>
    }
}

/// The reader's submissions, newest first, with the state of each.
#[component]
fn Scores(submissions: Vec<(SubmissionRecord, ScoreFormat)>) -> impl IntoView {
    if submissions.is_empty() {
        return view! { <p class="quiet">{words::no_scores_of_yours()}</p> }.into_any();
    }
    let row = |(s, format): (SubmissionRecord, ScoreFormat)| {
        let state = match s.state {
            SubmissionState::Counted => words::counts(),
            SubmissionState::Quarantined => words::held_for_review(),
            SubmissionState::Revoked => words::does_not_count(),
        };
        view! {
            <tr class:uncounted=s.state != SubmissionState::Counted>
                <th scope="row"><a href=format!("/boards/{}", s.board)>{s.board.to_string()}</a></th>
                <td data-label=words::value()>{numbers::score(format, s.value)}</td>
                <td data-label=words::when()>{instant(s.at)}</td>
                <td data-label=words::state()>{state}</td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead><tr><th scope="col">{words::board()}</th><th scope="col">{words::value()}</th><th scope="col">{words::when()}</th><th scope="col">{words::state()}</th></tr></thead>
            <tbody>{submissions.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}
