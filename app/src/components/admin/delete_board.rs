//! The deletion of an archived board, after a confirmation that names what it removes.

use leptos::prelude::*;

use crate::api::admin::{DeleteBoard, load_board_size};
use crate::components::admin::{Confirm, WhyNot};
use crate::components::refused::Refused;
use crate::words;

/// The section that deletes a board.
#[component]
pub fn DeleteSection(
    /// The board's slug.
    slug: leaderport::Slug,
    /// The version that the reader has seen.
    version: u64,
) -> impl IntoView {
    let delete = ServerAction::<DeleteBoard>::new();
    let wanted = slug.clone();
    let size = Resource::new(|| (), move |()| load_board_size(wanted.clone()));
    let is_deleted = move || matches!(delete.value().get(), Some(Ok(())));
    let shown = slug.clone();
    view! {
        <section class="merge" aria-labelledby="delete-board">
            <h3 id="delete-board">{words::delete_board()}</h3>
            <WhyNot value=delete.value() />
            <p class="status" role="status" data-status="done">
                {move || is_deleted().then(|| words::board_is_deleted(shown.to_string()))}
            </p>
            <div hidden=is_deleted>
                <p>{words::deletion_explained()}</p>
                <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                    {move || {
                        let slug = slug.clone();
                        Suspend::new(async move {
                            match size.await {
                                Ok(size) => {
                                    let submissions = words::count_of_submissions(size.submissions);
                                    let players = words::count_of_players(size.players);
                                    let question = words::delete_board_question(slug.to_string(), submissions, players);
                                    let yes = Callback::new(move |()| {
                                        delete.dispatch(DeleteBoard { board: slug.clone(), version });
                                    });
                                    view! { <Confirm label=words::delete_board() question yes /> }.into_any()
                                }
                                Err(error) => view! { <Refused error /> }.into_any(),
                            }
                        })
                    }}
                </Transition>
            </div>
        </section>
    }
}
