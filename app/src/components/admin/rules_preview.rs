//! The preview of a board's new rules.

use leaderport::{Moved, Preview, ScoreFormat};
use leptos::{ev, html, prelude::*};

use crate::locale::numbers;
use crate::words::{self, dates};

/// A preview of the new rules on all running seasons, before they are applied. Its heading gets the
/// focus, and Escape closes it.
#[component]
pub fn RulesPreview(
    /// The effect of the rules.
    preview: Preview,
    /// The score format of the form.
    format: ScoreFormat,
    /// Called to apply the rules.
    apply: Callback<()>,
    /// Called to close the preview.
    leave: Callback<()>,
) -> impl IntoView {
    let reranked = preview.seasons.iter().map(|season| season.reranked).max();
    let apply_label = match reranked {
        Some(reranked) if reranked > 0 => words::rerank_players(reranked),
        _ => words::apply_rules().to_owned(),
    };
    let heading = NodeRef::<html::H3>::new();
    Effect::new(move || {
        if let Some(heading) = heading.get() {
            // A browser that refuses leaves the focus where it is.
            let _ = heading.focus();
        }
    });
    let press_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            leave.run(());
        }
    };
    let season = |effect| view! { <SeasonPreview effect format /> };
    view! {
        <section class="merge" aria-labelledby="preview" on:keydown=press_key>
            <h3 id="preview" tabindex="-1" node_ref=heading>{words::this_changes_ranks()}</h3>
            {preview.seasons.into_iter().map(season).collect_view()}
            <p>{words::change_is_immediate()}</p>
            <div class="tools">
                <button type="button" class="button" on:click=move |_| apply.run(())>{apply_label}</button>
                <button type="button" class="button quiet-button" on:click=move |_| leave.run(())>{words::cancel()}</button>
            </div>
        </section>
    }
}

/// The effect on one season, with its first players.
#[component]
fn SeasonPreview(effect: leaderport::Effect, format: ScoreFormat) -> impl IntoView {
    let leaderport::Effect {
        season,
        is_removed,
        players,
        reranked,
        rescored,
        first,
    } = effect;
    let none = || words::none().to_owned();
    let row = |moved: Moved| {
        let (rank, score) = moved.after;
        let was = moved.before.map(|(rank, _)| numbers::rank(rank));
        let had = moved.before.map(|(_, score)| numbers::score(format, score));
        view! {
            <tr>
                <th scope="row"><bdi>{moved.name.to_string()}</bdi></th>
                <td data-label=words::current_rank()>{was.unwrap_or_else(none)}</td>
                <td data-label=words::new_rank()>{numbers::rank(rank)}</td>
                <td data-label=words::current_score()>{had.unwrap_or_else(none)}</td>
                <td data-label=words::new_score()>{numbers::score(format, score)}</td>
            </tr>
        }
    };
    let is_ranked = !first.is_empty();
    view! {
        <p>
            {words::players_in_season(players, dates::season(season))}
            " "
            {words::players_reranked(reranked)}
            " "
            {words::players_rescored(rescored)}
            {is_removed.then(|| format!(" {}", words::period_is_removed()))}
        </p>
        <table class="table" hidden=!is_ranked>
            <thead>
                <tr><th scope="col">{words::player()}</th><th scope="col">{words::current_rank()}</th><th scope="col">{words::new_rank()}</th><th scope="col">{words::current_score()}</th><th scope="col">{words::new_score()}</th></tr>
            </thead>
            <tbody>{first.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}
