//! A player's sheet.

use std::collections::{BTreeMap, BTreeSet};

use leaderport::moderation::MAX_TARGETS;
use leaderport::{
    Explanation, PlayerId, PlayerName, PlayerRecord, Ruling, RulingDraft, ScoreFormat, Season,
    Slug, SubmissionId, SubmissionRecord, SubmissionState,
};
use leptos::either::Either;
use leptos::prelude::*;

use crate::api::moderation::{Sheet, explain, load_sheet, rule};
use crate::components::admin::players::undo::{Undo, UndoBar};
use crate::components::admin::players::{PlayerMarks, shown_name};
use crate::components::admin::{Confirm, instant};
use crate::components::refused::Refused;
use crate::locale::numbers;
use crate::words;

/// What the sheet shows: as the server said, and what is on its way there.
#[derive(Clone, Copy)]
struct Desk {
    player: StoredValue<PlayerId>,
    record: RwSignal<PlayerRecord>,
    submissions: RwSignal<Vec<(SubmissionRecord, ScoreFormat)>>,
    chosen: RwSignal<BTreeSet<SubmissionId>>,
    reason: RwSignal<String>,
    said: RwSignal<Option<String>>,
    undo: Undo,
}

impl Desk {
    fn new(sheet: Sheet) -> Self {
        Self {
            player: StoredValue::new(sheet.player.player.clone()),
            record: RwSignal::new(sheet.player),
            submissions: RwSignal::new(sheet.submissions),
            chosen: RwSignal::new(BTreeSet::new()),
            reason: RwSignal::new(String::new()),
            said: RwSignal::new(None),
            undo: Undo::new(),
        }
    }

    /// Shows what a ruling does before the server says so.
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

    /// Decides, one ruling after another, and shows it at once. What the server
    /// refuses is shown as the server has it.
    fn decide(self, rulings: Vec<Ruling>, words: Option<String>) {
        let (player, reason) = (self.player.get_value(), self.reason.get_untracked());
        let before = (self.record.get_untracked(), self.states());
        self.said.set(None);
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
            // Another player may have been opened meanwhile.
            if self.said.try_set(refused.clone()).is_some() {
                return;
            }
            if refused.is_none() {
                self.chosen.set(BTreeSet::new());
                self.reason.set(String::new());
            } else {
                self.go_back(before);
                for ruling in &done {
                    self.show(ruling);
                }
            }
            if let Some(words) = words.filter(|_| !done.is_empty()) {
                let words = match refused {
                    Some(_) => words::not_all_of_it(words),
                    None => words,
                };
                // The last that was decided is the first to be taken back.
                undo.reverse();
                self.undo.offer(words, undo);
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

    fn states(self) -> BTreeMap<SubmissionId, SubmissionState> {
        self.submissions.with_untracked(|submissions| {
            let states = submissions.iter().map(|(s, _)| (s.id, s.state));
            states.collect()
        })
    }

    /// Shows what there was: those that were listed since stay.
    fn go_back(self, (record, states): (PlayerRecord, BTreeMap<SubmissionId, SubmissionState>)) {
        self.record.set(record);
        self.submissions.update(|submissions| {
            for (submission, _) in submissions {
                let state = states.get(&submission.id);
                submission.state = state.copied().unwrap_or(submission.state);
            }
        });
    }

    fn judge(self, state: SubmissionState) {
        let ids: Vec<_> = self.chosen.get_untracked().into_iter().collect();
        let count = ids.len();
        let count = count as u64;
        let words = match state {
            SubmissionState::Counted => words::restored(count),
            SubmissionState::Quarantined => words::quarantined(count),
            SubmissionState::Revoked => words::revoked(count),
        };
        let rulings = ids.chunks(MAX_TARGETS).map(|ids| Ruling::Submissions {
            ids: ids.to_vec(),
            state,
        });
        self.decide(rulings.collect(), Some(words));
    }
}

/// A player: who they are, what is decided of them, what they submitted.
#[component]
pub fn PlayerSheet(
    /// Who.
    player: PlayerId,
) -> impl IntoView {
    let sheet = Resource::new(move || player.clone(), |player| load_sheet(player, None));
    view! {
        <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => Either::Left(view! { <Loaded desk=Desk::new(sheet) /> }),
                    Err(error) => Either::Right(view! { <Refused error /> }),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Loaded(desk: Desk) -> impl IntoView {
    let name = move || desk.record.with(shown_name);
    let id = desk.player.get_value().to_string();
    let take_back = Callback::new(move |rulings| desk.decide(rulings, None));
    view! {
        <section class="panel" aria-labelledby="sheet">
            <h2 id="sheet">{name}</h2>
            <p class="marks"><code>{id}</code> {move || view! { <PlayerMarks record=desk.record.get() /> }}</p>
            <label for="reason">{words::why_for_the_audit_log()}</label>
            <input
                id="reason"
                maxlength="200"
                autocomplete="off"
                placeholder=words::reported_by_three_players()
                prop:value=move || desk.reason.get()
                on:input=move |event| desk.reason.set(event_target_value(&event))
            />
            <p class="said" role="status" data-said="refused">{move || desk.said.get()}</p>
            <Who desk />
            <Submissions desk />
        </section>
        <UndoBar undo=desk.undo take_back />
    }
}

/// Ban, name and merge.
#[component]
fn Who(desk: Desk) -> impl IntoView {
    let player = move || desk.player.get_value();
    let ban = move |banned: bool| {
        let words = if banned {
            words::banned()
        } else {
            words::no_longer_banned()
        };
        let players = vec![player()];
        desk.decide(
            vec![Ruling::Ban { players, banned }],
            Some(words.to_owned()),
        );
    };
    let rename = Callback::new(move |text: String| match PlayerName::new(&text) {
        Ok(name) => {
            let words = words::renamed_to(&name);
            let ruling = Ruling::Rename {
                player: player(),
                name,
                fixed: true,
            };
            desk.decide(vec![ruling], Some(words));
        }
        Err(error) => desk.said.set(Some(error.to_string())),
    });
    let merge = Callback::new(move |text: String| match PlayerId::new(&text) {
        Ok(into) => {
            let words = words::merged_into(&into);
            let ruling = Ruling::Merge {
                players: vec![player()],
                into: Some(into),
            };
            desk.decide(vec![ruling], Some(words));
        }
        Err(error) => desk.said.set(Some(error.to_string())),
    });
    let part = move |_| {
        let players = vec![player()];
        let ruling = Ruling::Merge {
            players,
            into: None,
        };
        desk.decide(vec![ruling], Some(words::on_their_own_again().to_owned()));
    };
    let free = move |_| {
        let name = desk.record.with_untracked(shown_name);
        if let Ok(name) = PlayerName::new(&name) {
            let ruling = Ruling::Rename {
                player: player(),
                name,
                fixed: false,
            };
            desk.decide(
                vec![ruling],
                Some(words::the_name_is_theirs_to_change().to_owned()),
            );
        }
    };
    let into_words = move || {
        desk.record
            .with(|r| r.merged_into.as_ref().map(ToString::to_string))
    };
    view! {
        <div class="tools">
            {move || if desk.record.with(|r| r.is_banned) {
                view! { <button type="button" class="small" on:click=move |_| ban(false)>{words::take_the_ban_back()}</button> }.into_any()
            } else {
                view! { <button type="button" class="small danger" on:click=move |_| ban(true)>{words::ban()}</button> }.into_any()
            }}
            {move || desk.record.with(|r| r.is_name_fixed).then(|| view! {
                <button type="button" class="small" on:click=free>{words::let_them_change_their_name()}</button>
            })}
            {move || into_words().map(|_| view! {
                <button type="button" class="small" on:click=part>{words::part_them_again()}</button>
            })}
        </div>
        <div class="sheet-forms">
            <Ask id="new-name" label=words::another_name_which_stays() button=words::rename() done=rename />
            <Ask id="into" label=words::same_person_as_player_id() button=words::merge_into_them() done=merge />
        </div>
    }
}

/// A form of one text.
#[component]
fn Ask(
    id: &'static str,
    label: &'static str,
    button: &'static str,
    /// Is given the text.
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
fn Submissions(desk: Desk) -> impl IntoView {
    let is_none_chosen = move || desk.chosen.with(BTreeSet::is_empty);
    let count = move || desk.chosen.with(BTreeSet::len);
    let all = move |event| {
        let ids = desk
            .submissions
            .with_untracked(|s| s.iter().map(|(s, _)| s.id).collect());
        let is_on = event_target_checked(&event);
        desk.chosen.set(if is_on { ids } else { BTreeSet::new() });
    };
    let older = move |_| {
        let player = desk.player.get_value();
        let last = desk
            .submissions
            .with_untracked(|s| s.last().map(|(s, _)| s.seq));
        leptos::task::spawn_local(async move {
            let sheet = load_sheet(player, last).await;
            // Another player may have been opened meanwhile.
            let _ = match sheet {
                Ok(sheet) => desk
                    .submissions
                    .try_update(|all| all.extend(sheet.submissions)),
                Err(error) => desk.said.try_set(Some(error.message)).map(drop),
            };
        });
    };
    let is_full = move || {
        desk.submissions
            .with(|s| !s.is_empty() && s.len() % 50 == 0)
    };
    let revoke = Callback::new(move |()| desk.judge(SubmissionState::Revoked));
    view! {
        <h3>{words::submissions()}</h3>
        <div class="tools" role="group" aria-label=words::what_is_decided_of_the_chosen_submissions()>
            <span class="quiet">{move || words::chosen(count() as u64)}</span>
            <button type="button" class="small" disabled=is_none_chosen on:click=move |_| desk.judge(SubmissionState::Quarantined)>{words::quarantine()}</button>
            <button type="button" class="small" disabled=is_none_chosen on:click=move |_| desk.judge(SubmissionState::Counted)>{words::restore()}</button>
            <Show when=move || !is_none_chosen()>
                <Confirm label=words::revoke() question=words::revoke_chosen() yes=revoke />
            </Show>
        </div>
        <table class="table">
            <thead>
                <tr>
                    <th scope="col"><input type="checkbox" aria-label=words::choose_all() on:change=all /></th>
                    <th scope="col">{words::board()}</th><th scope="col">{words::value()}</th><th scope="col">{words::when()}</th>
                    <th scope="col">{words::state()}</th><th scope="col"><span class="sr-only">{words::explain()}</span></th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || desk.submissions.get()
                    key=|(s, _)| (s.id, s.state.as_str())
                    children=move |(record, format)| view! { <SubmissionRow record format desk /> }
                />
            </tbody>
        </table>
        <Show when=move || desk.submissions.with(Vec::is_empty)>
            <p class="quiet">{words::they_have_submitted_nothing()}</p>
        </Show>
        <Show when=is_full>
            <p><button type="button" class="small" on:click=older>{words::older()}</button></p>
        </Show>
    }
}

#[component]
fn SubmissionRow(record: SubmissionRecord, format: ScoreFormat, desk: Desk) -> impl IntoView {
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
        desk.chosen.update(|chosen| {
            chosen.remove(&id);
            if is_on {
                chosen.insert(id);
            }
        });
    };
    let by = (player != desk.player.get_value()).then(|| words::as_player(player));
    let value = numbers::score(format, value);
    let label = words::choose_submission(&value, &board);
    let season = seasons.first().copied();
    let slug = board.clone();
    view! {
        <tr class:uncounted=state != SubmissionState::Counted data-state=state.as_str()>
            <td><input type="checkbox" aria-label=label prop:checked=move || desk.chosen.with(|c| c.contains(&id)) on:change=choose /></td>
            <th scope="row"><a href=format!("/boards/{board}")>{board.to_string()}</a>{by.map(|by| view! { <code>{by}</code> })}</th>
            <td data-label=words::value()>{value}</td>
            <td data-label=words::when()>{instant(at)}</td>
            <td data-label=words::state()><span class="mark">{words::submission_state(state)}</span></td>
            <td>{season.map(|season| view! { <Explain board=slug season format desk id /> })}</td>
        </tr>
    }
}

/// Says what makes the standing that a submission fed.
#[component]
fn Explain(
    board: Slug,
    season: Season,
    format: ScoreFormat,
    desk: Desk,
    id: SubmissionId,
) -> impl IntoView {
    let said = RwSignal::new(None::<Result<Explanation, String>>);
    let ask = move |_| {
        let (board, player) = (board.clone(), desk.player.get_value());
        leptos::task::spawn_local(async move {
            let explained = explain(board, season, player).await;
            let _ = said.try_set(Some(explained.map_err(|error| error.message)));
        });
    };
    let words = move || match said.get()? {
        Err(why) => Some(why),
        Ok(explained) => {
            let (rules, ties) = (explained.rules(), explained.ties());
            let Explanation {
                standing,
                counted,
                uncounted,
                deciding,
                ..
            } = explained;
            let which = if deciding.id == id {
                words::this_submission().to_owned()
            } else {
                words::value_of(numbers::score(format, deciding.value), instant(deciding.at))
            };
            let at = instant(standing.achieved_at);
            let (score, counts) = (numbers::score(format, standing.score), numbers::count);
            let (counted, uncounted) = (counts(counted), counts(uncounted));
            let explanation = words::explanation(score, season, at, which, counted, uncounted);
            Some(format!("{explanation} {rules} {ties}"))
        }
    };
    view! {
        <button type="button" class="small" on:click=ask>{words::explain()}</button>
        <span class="explained" role="status">{words}</span>
    }
}
