//! The sheet of a player: moderation and submissions.

use std::collections::{BTreeMap, BTreeSet};

use leaderport::moderation::MAX_TARGETS;
use leaderport::{
    AuditEntry, Explanation, Order, PlayerId, PlayerName, PlayerRecord, Ruling, RulingDraft,
    ScoreFormat, ScorePolicy, Season, Slug, SubmissionId, SubmissionRecord, SubmissionState,
    TieRule,
};
use leptos::either::Either;
use leptos::prelude::*;

use crate::api::moderation::{Sheet, explain, explain_ruling, load_sheet, rule};
use crate::components::admin::players::undo::{Undo, UndoBar};
use crate::components::admin::players::{PlayerMarks, shown_name};
use crate::components::admin::{Confirm, instant};
use crate::components::refused::Refused;
use crate::error::PageError;
use crate::locale::numbers;
use crate::words;

/// The state of the sheet: the server's data, with pending rulings applied.
#[derive(Clone, Copy)]
struct SheetState {
    player: StoredValue<PlayerId>,
    record: RwSignal<PlayerRecord>,
    submissions: RwSignal<Vec<(SubmissionRecord, ScoreFormat)>>,
    chosen: RwSignal<BTreeSet<SubmissionId>>,
    reason: RwSignal<String>,
    refusal: RwSignal<Option<String>>,
    undo: Undo,
}

impl SheetState {
    fn new(sheet: Sheet) -> Self {
        Self {
            player: StoredValue::new(sheet.player.player.clone()),
            record: RwSignal::new(sheet.player),
            submissions: RwSignal::new(sheet.submissions),
            chosen: RwSignal::new(BTreeSet::new()),
            reason: RwSignal::new(String::new()),
            refusal: RwSignal::new(None),
            undo: Undo::new(),
        }
    }

    /// Shows the effect of a ruling before the server answers.
    fn show(self, ruling: &Ruling) {
        match ruling {
            Ruling::Submissions { ids, state } => self.submissions.update(|submissions| {
                let ruled = submissions.iter_mut().filter(|(s, _)| ids.contains(&s.id));
                ruled.for_each(|(s, _)| s.state = *state);
            }),
            Ruling::Ban { banned, .. } => self.record.update(|r| r.is_banned = *banned),
            Ruling::Merge { into, .. } => self.record.update(|r| r.merged_into.clone_from(into)),
            Ruling::Rename { name, fixed, .. } => self.record.update(|r| {
                r.name = Some(name.clone());
                r.is_name_fixed = *fixed;
            }),
        }
    }

    /// Sends rulings one after another and shows their effect at once. A refusal stops the rest;
    /// the sheet then shows the server's state again.
    fn decide(self, rulings: Vec<Ruling>, message: Option<String>) {
        let (player, reason) = (self.player.get_value(), self.reason.get_untracked());
        let before = (self.record.get_untracked(), self.states());
        self.refusal.set(None);
        for ruling in &rulings {
            self.show(ruling);
        }
        leptos::task::spawn_local(async move {
            let mut undo = Vec::new();
            let mut done = Vec::new();
            let mut refused = None;
            for ruling in rulings {
                let draft = RulingDraft {
                    ruling: ruling.clone(),
                    reason: reason.clone(),
                };
                match rule(draft).await {
                    Ok(ruled) => {
                        undo.extend(ruled.undo);
                        done.push(ruling);
                    }
                    Err(error) => {
                        refused = Some(error.message);
                        break;
                    }
                }
            }
            let sheet = load_sheet(player, None).await;
            // These signals are disposed once the moderator opens another player.
            if self.refusal.try_set(refused.clone()).is_some() {
                return;
            }
            if refused.is_none() {
                self.chosen.set(BTreeSet::new());
                self.reason.set(String::new());
            } else {
                self.restore(before);
                for ruling in &done {
                    self.show(ruling);
                }
            }
            if let Some(message) = message.filter(|_| !done.is_empty()) {
                let message = match refused {
                    Some(_) => words::partly_applied().to_owned(),
                    None => message,
                };
                // Undo the last ruling first.
                undo.reverse();
                self.undo.offer(message, undo);
            }
            if let Ok(sheet) = sheet {
                self.record.set(sheet.player);
                let shown = self.submissions.with_untracked(Vec::len);
                if shown <= sheet.submissions.len() {
                    self.submissions.set(sheet.submissions);
                }
            }
        });
    }

    fn refuse(self, error: PageError) {
        self.refusal.set(Some(error.message));
    }

    fn states(self) -> BTreeMap<SubmissionId, SubmissionState> {
        self.submissions.with_untracked(|submissions| {
            let states = submissions.iter().map(|(s, _)| (s.id, s.state));
            states.collect()
        })
    }

    /// Shows an earlier state again. Submissions that were loaded since then stay.
    fn restore(self, (record, states): (PlayerRecord, BTreeMap<SubmissionId, SubmissionState>)) {
        self.record.set(record);
        self.submissions.update(|submissions| {
            for (submission, _) in submissions {
                let state = states.get(&submission.id);
                submission.state = state.copied().unwrap_or(submission.state);
            }
        });
    }

    fn rule_chosen(self, state: SubmissionState) {
        let ids: Vec<_> = self.chosen.get_untracked().into_iter().collect();
        let count = ids.len();
        let count = count as u64;
        let message = match state {
            SubmissionState::Counted => words::restored(count),
            SubmissionState::Quarantined => words::quarantined(count),
            SubmissionState::Revoked => words::revoked(count),
        };
        let rulings = ids.chunks(MAX_TARGETS).map(|ids| Ruling::Submissions {
            ids: ids.to_vec(),
            state,
        });
        self.decide(rulings.collect(), Some(message));
    }
}

/// A player's sheet: identity, moderation, submissions.
#[component]
pub fn PlayerSheet(
    /// The player.
    player: PlayerId,
) -> impl IntoView {
    let sheet = Resource::new(move || player.clone(), |player| load_sheet(player, None));
    view! {
        <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => Either::Left(view! { <Loaded sheet_state=SheetState::new(sheet) /> }),
                    Err(error) => Either::Right(view! { <Refused error /> }),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Loaded(sheet_state: SheetState) -> impl IntoView {
    let name = move || sheet_state.record.with(shown_name);
    let id = sheet_state.player.get_value().to_string();
    let take_back = Callback::new(move |rulings| sheet_state.decide(rulings, None));
    view! {
        <section class="panel" aria-labelledby="sheet">
            <h2 id="sheet"><bdi>{name}</bdi></h2>
            <p class="marks"><code><bdi>{id}</bdi></code> {move || view! { <PlayerMarks record=sheet_state.record.get() /> }}</p>
            <label for="reason">{words::reason_for_audit_log()}</label>
            <input
                id="reason"
                maxlength="200"
                autocomplete="off"
                placeholder=words::example_of_reason()
                prop:value=move || sheet_state.reason.get()
                on:input=move |event| sheet_state.reason.set(event_target_value(&event))
            />
            <p class="status" role="status" data-status="refused">{move || sheet_state.refusal.get()}</p>
            <Moderation sheet_state />
            <Submissions sheet_state />
        </section>
        <UndoBar undo=sheet_state.undo take_back />
    }
}

/// Ban, name and merge.
#[component]
fn Moderation(sheet_state: SheetState) -> impl IntoView {
    let player = move || sheet_state.player.get_value();
    let is_banned = Memo::new(move |_| sheet_state.record.with(|record| record.is_banned));
    let ban = move |banned: bool| {
        let message = if banned {
            words::player_banned()
        } else {
            words::player_unbanned()
        };
        let players = vec![player()];
        sheet_state.decide(
            vec![Ruling::Ban { players, banned }],
            Some(message.to_owned()),
        );
    };
    let rename = Callback::new(move |text: String| match PlayerName::new(&text) {
        Ok(name) => {
            let message = words::renamed_to(&name);
            let ruling = Ruling::Rename {
                player: player(),
                name,
                fixed: true,
            };
            sheet_state.decide(vec![ruling], Some(message));
        }
        Err(error) => sheet_state.refuse(error.into()),
    });
    let merge = Callback::new(move |text: String| match PlayerId::new(&text) {
        Ok(into) => {
            let message = words::merged_into(&into);
            let ruling = Ruling::Merge {
                players: vec![player()],
                into: Some(into),
            };
            sheet_state.decide(vec![ruling], Some(message));
        }
        Err(error) => sheet_state.refuse(error.into()),
    });
    let unmerge = move |_| {
        let players = vec![player()];
        let ruling = Ruling::Merge {
            players,
            into: None,
        };
        sheet_state.decide(vec![ruling], Some(words::merge_undone().to_owned()));
    };
    let free_name = move |_| {
        let name = sheet_state.record.with_untracked(shown_name);
        if let Ok(name) = PlayerName::new(&name) {
            let ruling = Ruling::Rename {
                player: player(),
                name,
                fixed: false,
            };
            sheet_state.decide(vec![ruling], Some(words::name_unlocked().to_owned()));
        }
    };
    let merged_into = move || {
        sheet_state
            .record
            .with(|r| r.merged_into.as_ref().map(ToString::to_string))
    };
    view! {
        <div class="tools">
            // One button for both, so that it keeps the focus.
            <button type="button" class="small" class:danger=move || !is_banned.get() on:click=move |_| ban(!is_banned.get_untracked())>
                {move || if is_banned.get() { words::unban() } else { words::ban() }}
            </button>
            {move || sheet_state.record.with(|r| r.is_name_fixed).then(|| view! {
                <button type="button" class="small" on:click=free_name>{words::unlock_name()}</button>
            })}
            {move || merged_into().map(|_| view! {
                <button type="button" class="small" on:click=unmerge>{words::unmerge()}</button>
            })}
        </div>
        <div class="sheet-forms">
            <TextForm id="new-name" label=words::new_locked_name() button=words::rename() done=rename />
            <TextForm id="into" label=words::merge_target() button=words::merge() done=merge />
        </div>
    }
}

/// A form with one text field.
#[component]
fn TextForm(
    id: &'static str,
    label: &'static str,
    button: &'static str,
    /// Called with the submitted text.
    done: Callback<String>,
) -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else {
            return;
        };
        done.run(field.value().trim().to_owned());
        field.set_value("");
    };
    view! {
        <form class="jump" on:submit=submit>
            <label for=id>{label}</label>
            <input
                id=id
                node_ref=field
                required
                maxlength="64"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
            />
            <button type="submit">{button}</button>
        </form>
    }
}

#[component]
fn Submissions(sheet_state: SheetState) -> impl IntoView {
    let is_none_chosen = move || sheet_state.chosen.with(BTreeSet::is_empty);
    let count = move || sheet_state.chosen.with(BTreeSet::len);
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
                Err(error) => sheet_state.refusal.try_set(Some(error.message)).map(drop),
            };
        });
    };
    let is_full = move || {
        sheet_state
            .submissions
            .with(|s| !s.is_empty() && s.len() % 50 == 0)
    };
    let revoke = Callback::new(move |()| sheet_state.rule_chosen(SubmissionState::Revoked));
    view! {
        <h3>{words::submissions()}</h3>
        <div class="tools" role="group" aria-label=words::actions_for_submissions()>
            <span class="quiet">{move || words::selected(count() as u64)}</span>
            <button type="button" class="small" disabled=is_none_chosen on:click=move |_| sheet_state.rule_chosen(SubmissionState::Quarantined)>{words::quarantine()}</button>
            <button type="button" class="small" disabled=is_none_chosen on:click=move |_| sheet_state.rule_chosen(SubmissionState::Counted)>{words::restore()}</button>
            <Show when=move || !is_none_chosen()>
                <Confirm label=words::revoke() question=words::revoke_selected_question() yes=revoke />
            </Show>
        </div>
        <table class="table">
            <thead>
                <tr>
                    <th scope="col"><input type="checkbox" aria-label=words::select_all() on:change=all /></th>
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
        <Show when=move || sheet_state.submissions.with(Vec::is_empty)>
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
            <td>{season.map(|season| view! { <Explain board=slug season format sheet_state id state /> })}</td>
        </tr>
    }
}

/// Explains the standing that a submission contributed to, or why it does not count.
#[component]
fn Explain(
    board: Slug,
    season: Season,
    format: ScoreFormat,
    sheet_state: SheetState,
    id: SubmissionId,
    state: SubmissionState,
) -> impl IntoView {
    let answer = RwSignal::new(None::<String>);
    let ask = move |_| {
        let (board, player) = (board.clone(), sheet_state.player.get_value());
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
