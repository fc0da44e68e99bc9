//! The deletion of an archived board, after a confirmation that names what it removes.

use futures::FutureExt;
use leptos::prelude::*;

use crate::api::admin_page::admin::{DeleteBoard, load_board_size};
use crate::components::admin::AskFirst;
use crate::error::PageError;
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
    let size_error = RwSignal::new(None::<PageError>);
    let refusal = move || {
        let of_deletion = || delete.value().get().and_then(Result::err);
        let error = size_error.get().or_else(of_deletion);
        error.map(|error| error.message)
    };
    let is_deleted = move || matches!(delete.value().get(), Some(Ok(())));
    let shown = slug.clone();
    let counted = slug.clone();
    let load = Callback::new(move |()| {
        size_error.set(None);
        let slug = counted.clone();
        async move {
            let size = load_board_size(slug.clone()).await;
            size.map(|size| {
                let submissions = words::count_of_submissions(size.submissions);
                let players = words::count_of_players(size.players);
                words::delete_board_question(slug.to_string(), submissions, players)
            })
        }
        .boxed_local()
    });
    let yes = Callback::new(move |()| {
        delete.dispatch(DeleteBoard {
            board: slug.clone(),
            version,
        });
    });
    let refuse = Callback::new(move |error| size_error.set(Some(error)));
    view! {
        <section class="merge" aria-labelledby="delete-board">
            <h3 id="delete-board">{words::delete_board()}</h3>
            <p class="status" role="status" data-status="refused">{refusal}</p>
            <p class="status" role="status" data-status="done">
                {move || is_deleted().then(|| words::board_is_deleted(shown.to_string()))}
            </p>
            <div hidden=is_deleted>
                <p>{words::deletion_explained()}</p>
                <AskFirst label=words::delete_board() load yes refuse is_dangerous=true />
            </div>
        </section>
    }
}
