//! The submissions on a player's sheet.

use std::collections::BTreeSet;

use leaderport::{ScoreFormat, SubmissionRecord, SubmissionState};
use leptos::prelude::*;

use crate::api::admin_page::moderation::load_sheet;
use crate::components::admin::players::explanation::Explain;
use crate::components::admin::players::sheet_state::SheetState;
use crate::components::admin::players::shown_name;
use crate::components::admin::{Confirm, instant};
use crate::locale::numbers;
use crate::words;

/// The table of the submissions, with rulings on the chosen ones.
#[component]
pub fn Submissions(
    /// The sheet.
    sheet_state: SheetState,
) -> impl IntoView {
    let is_none_chosen = move || sheet_state.chosen.with(BTreeSet::is_empty);
    let count = move || sheet_state.chosen.with(BTreeSet::len);
    let is_empty = move || sheet_state.submissions.with(Vec::is_empty);
    let is_all_chosen = move || !is_empty() && count() == sheet_state.submissions.with(Vec::len);
    let all = move |event| {
        let ids = sheet_state
            .submissions
            .with_untracked(|s| s.iter().map(|(s, _)| s.id).collect());
        let is_on = event_target_checked(&event);
        sheet_state
            .chosen
            .set(if is_on { ids } else { BTreeSet::new() });
    };
    let older = move |_| {
        let player = sheet_state.player.get_value();
        let last = sheet_state
            .submissions
            .with_untracked(|s| s.last().map(|(s, _)| s.seq));
        leptos::task::spawn_local(async move {
            let sheet = load_sheet(player, last).await;
            // These signals are disposed once the moderator opens another player.
            let _ = match sheet {
                Ok(sheet) => sheet_state
                    .submissions
                    .try_update(|all| all.extend(sheet.submissions)),
                Err(error) => sheet_state.refusal.try_set(Some(error)).map(drop),
            };
        });
    };
    let is_full = move || {
        sheet_state
            .submissions
            .with(|s| !s.is_empty() && s.len() % 50 == 0)
    };
    let revoke = Callback::new(move |()| sheet_state.rule_chosen(SubmissionState::Revoked));
    let question = Signal::derive(move || {
        let player = sheet_state.record.with(shown_name);
        words::revoke_selected_question(count() as u64, player)
    });
    view! {
        <h3>{words::submissions()}</h3>
        <div class="tools" role="group" aria-label=words::actions_for_submissions()>
            // Not in the head of the table, which a phone does not show.
            <label class="choice" hidden=is_empty>
                <input type="checkbox" prop:checked=is_all_chosen on:change=all />
                {words::select_all()}
            </label>
            <span class="quiet">{move || words::selected(count() as u64)}</span>
            <button type="button" class="small" disabled=is_none_chosen on:click=move |_| sheet_state.rule_chosen(SubmissionState::Quarantined)>{words::quarantine()}</button>
            <button type="button" class="small" disabled=is_none_chosen on:click=move |_| sheet_state.rule_chosen(SubmissionState::Counted)>{words::restore()}</button>
            <Show when=move || !is_none_chosen()>
                <Confirm label=words::revoke() question yes=revoke is_dangerous=true />
            </Show>
        </div>
        <table class="table two-lines">
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">{words::board()}</th><th scope="col">{words::value()}</th><th scope="col">{words::when()}</th>
                    <th scope="col">{words::state()}</th><th scope="col"><span class="sr-only">{words::explain()}</span></th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || sheet_state.submissions.get()
                    key=|(s, _)| (s.id, s.state.as_str())
                    children=move |(record, format)| view! { <SubmissionRow record format sheet_state /> }
                />
            </tbody>
        </table>
        <Show when=is_empty>
            <p class="quiet">{words::no_submissions()}</p>
        </Show>
        <Show when=is_full>
            <p><button type="button" class="small" on:click=older>{words::show_older()}</button></p>
        </Show>
    }
}

#[component]
fn SubmissionRow(
    record: SubmissionRecord,
    format: ScoreFormat,
    sheet_state: SheetState,
) -> impl IntoView {
    let SubmissionRecord {
        id,
        board,
        player,
        value,
        at,
        seasons,
        state,
        ..
    } = record;
    let choose = move |event| {
        let is_on = event_target_checked(&event);
        sheet_state.chosen.update(|chosen| {
            chosen.remove(&id);
            if is_on {
                chosen.insert(id);
            }
        });
    };
    let by = (player != sheet_state.player.get_value()).then(|| words::as_player(player));
    let value = numbers::score(format, value);
    let label = words::select_submission(&value, &board);
    let season = seasons.first().copied();
    let slug = board.clone();
    view! {
        <tr class:uncounted=state != SubmissionState::Counted data-state=state.as_str()>
            <td><input type="checkbox" aria-label=label prop:checked=move || sheet_state.chosen.with(|c| c.contains(&id)) on:change=choose /></td>
            <th scope="row"><a href=format!("/boards/{board}")>{board.to_string()}</a>{by.map(|by| view! { <code>{by}</code> })}</th>
            <td data-label=words::value()>{value}</td>
            <td data-label=words::when()>{instant(at)}</td>
            <td data-label=words::state()><span class="mark">{words::submission_state(state)}</span></td>
            <td>{season.map(|season| view! { <Explain board=slug season format player=sheet_state.player id state /> })}</td>
        </tr>
    }
}
