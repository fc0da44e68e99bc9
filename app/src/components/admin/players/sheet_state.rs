//! The state of a player's sheet: the server's data, with pending rulings applied.

use std::collections::{BTreeMap, BTreeSet};

use leaderport::admin::moderation::MAX_TARGETS;
use leaderport::{
    PlayerId, PlayerRecord, Ruling, RulingDraft, ScoreFormat, SubmissionId, SubmissionRecord,
    SubmissionState,
};
use leptos::prelude::*;

use crate::api::admin_page::moderation::{Sheet, load_sheet, rule};
use crate::components::admin::players::undo::Undo;
use crate::error::PageError;
use crate::words;

/// The state of the sheet: the server's data, with pending rulings applied.
#[derive(Clone, Copy)]
pub struct SheetState {
    pub(super) player: StoredValue<PlayerId>,
    pub(super) record: RwSignal<PlayerRecord>,
    pub(super) submissions: RwSignal<Vec<(SubmissionRecord, ScoreFormat)>>,
    pub(super) chosen: RwSignal<BTreeSet<SubmissionId>>,
    pub(super) reason: RwSignal<String>,
    pub(super) refusal: RwSignal<Option<PageError>>,
    /// The number of accepted decisions, by which a form knows that it can be emptied.
    pub(super) accepted: RwSignal<u32>,
    pub(super) undo: Undo,
}

impl SheetState {
    pub(super) fn new(sheet: Sheet) -> Self {
        Self {
            player: StoredValue::new(sheet.player.player.clone()),
            record: RwSignal::new(sheet.player),
            submissions: RwSignal::new(sheet.submissions),
            chosen: RwSignal::new(BTreeSet::new()),
            reason: RwSignal::new(String::new()),
            refusal: RwSignal::new(None),
            accepted: RwSignal::new(0),
            undo: Undo::new(),
        }
    }

    /// Shows the effect of a ruling before the server answers.
    pub(super) fn show(self, ruling: &Ruling) {
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
    pub(super) fn decide(self, rulings: Vec<Ruling>, message: Option<String>) {
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
                        refused = Some(error);
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
                self.accepted.update(|accepted| *accepted += 1);
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

    pub(super) fn refuse(self, error: PageError) {
        self.refusal.set(Some(error));
    }

    pub(super) fn states(self) -> BTreeMap<SubmissionId, SubmissionState> {
        self.submissions.with_untracked(|submissions| {
            let states = submissions.iter().map(|(s, _)| (s.id, s.state));
            states.collect()
        })
    }

    /// Shows an earlier state again. Submissions that were loaded since then stay.
    pub(super) fn restore(
        self,
        (record, states): (PlayerRecord, BTreeMap<SubmissionId, SubmissionState>),
    ) {
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
