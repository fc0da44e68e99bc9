//! The sheet of a player: its state, and moderation.

use std::collections::{BTreeMap, BTreeSet};

use leaderport::moderation::MAX_TARGETS;
use leaderport::{
    PlayerId, PlayerName, PlayerRecord, Ruling, RulingDraft, ScoreFormat, SubmissionId,
    SubmissionRecord, SubmissionState,
};
use leptos::either::Either;
use leptos::prelude::*;

use crate::api::moderation::{Sheet, load_sheet, rule};
use crate::components::admin::players::submissions::Submissions;
use crate::components::admin::players::undo::{Undo, UndoBar};
use crate::components::admin::players::{PlayerMarks, shown_name};
use crate::components::refused::Refused;
use crate::error::PageError;
use crate::words;

/// The state of the sheet: the server's data, with pending rulings applied.
#[derive(Clone, Copy)]
pub struct SheetState {
    pub(super) player: StoredValue<PlayerId>,
    record: RwSignal<PlayerRecord>,
    pub(super) submissions: RwSignal<Vec<(SubmissionRecord, ScoreFormat)>>,
    pub(super) chosen: RwSignal<BTreeSet<SubmissionId>>,
    reason: RwSignal<String>,
    pub(super) refusal: RwSignal<Option<String>>,
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

    /// Rules on the chosen submissions.
    pub(super) fn rule_chosen(self, state: SubmissionState) {
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
