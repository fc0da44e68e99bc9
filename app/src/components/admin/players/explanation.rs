//! The explanation of a submission: the standing that it contributed to, or the ruling on it.

use leaderport::{
    AuditEntry, Explanation, Order, PlayerId, ScoreFormat, ScorePolicy, Season, Slug, SubmissionId,
    SubmissionState, TieRule,
};
use leptos::prelude::*;

use crate::api::admin_page::moderation::{explain, explain_ruling};
use crate::components::admin::instant;
use crate::locale::numbers;
use crate::words;

/// Explains the standing that a submission contributed to, or why it does not count.
#[component]
pub fn Explain(
    /// The submission's board.
    board: Slug,
    /// The first of its seasons.
    season: Season,
    /// The board's score format.
    format: ScoreFormat,
    /// The player of the sheet.
    player: StoredValue<PlayerId>,
    /// The submission.
    id: SubmissionId,
    /// Its state.
    state: SubmissionState,
) -> impl IntoView {
    let answer = RwSignal::new(None::<String>);
    let ask = move |_| {
        let (board, player) = (board.clone(), player.get_value());
        leptos::task::spawn_local(async move {
            let explained = if state == SubmissionState::Counted {
                let explained = explain(board, season, player).await;
                explained.map(|explained| explanation(&explained, season, format, id))
            } else {
                let ruling = explain_ruling(id, state).await;
                ruling.map(|ruling| ruling_text(ruling.as_ref(), state))
            };
            let _ = answer.try_set(Some(explained.unwrap_or_else(|error| error.message)));
        });
    };
    view! {
        <button type="button" class="small" on:click=ask>{words::explain()}</button>
        <span class="explained" role="status">{move || answer.get()}</span>
    }
}

/// The sentences about a submission that does not count.
fn ruling_text(ruling: Option<&AuditEntry>, state: SubmissionState) -> String {
    let Some(ruling) = ruling else {
        return words::ruling_is_unknown().to_owned();
    };
    let actor = ruling.handle.as_ref().unwrap_or(&ruling.actor);
    let at = instant(ruling.at);
    let text = if state == SubmissionState::Quarantined {
        words::quarantined_by(actor, at)
    } else {
        words::revoked_by(actor, at)
    };
    if ruling.reason.is_empty() {
        return text;
    }
    format!("{text} {}", words::ruling_reason(&ruling.reason))
}

/// The sentences of an explanation, for the row of the submission `id`.
fn explanation(
    explained: &Explanation,
    season: Season,
    format: ScoreFormat,
    id: SubmissionId,
) -> String {
    let (standing, deciding) = (&explained.standing, &explained.deciding);
    let score = numbers::score(format, standing.score);
    let at = instant(standing.achieved_at);
    let reached = if deciding.id == id {
        words::explained_by_this_submission(score, season, at)
    } else {
        let value = numbers::score(format, deciding.value);
        words::explained_by_submission(score, season, at, value, instant(deciding.at))
    };
    let policy = match (explained.policy, explained.order) {
        (ScorePolicy::Best, Order::Descending) => words::highest_counts(),
        (ScorePolicy::Best, Order::Ascending) => words::lowest_counts(),
        (ScorePolicy::Latest, _) => words::latest_counts(),
        (ScorePolicy::Sum, _) => words::scores_are_added(),
    };
    let ties = match explained.tie {
        TieRule::Earliest => words::equal_scores_by_time(),
        TieRule::Shared => words::equal_scores_share_a_rank(),
        TieRule::Dense => words::equal_scores_without_gaps(),
    };
    let sentences = [
        reached,
        words::submissions_counted(explained.counted),
        words::submissions_uncounted(explained.uncounted),
        policy.to_owned(),
        ties.to_owned(),
    ];
    sentences.join(" ")
}
