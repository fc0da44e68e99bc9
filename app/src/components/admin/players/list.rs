//! The list of players from a search or from a board's standings. Each entry links to the player's
//! sheet; several players can be banned at once.

use std::collections::{BTreeMap, BTreeSet};

use leaderport::{PlayerId, PlayerRecord, Rank, Row, Ruling, RulingDraft, Score, ScoreFormat};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::admin_page::moderation::rule;
use crate::components::admin::players::undo::{Undo, UndoBar};
use crate::components::admin::players::{PlayerMarks, shown_name};
use crate::core::url::url_escape;
use crate::locale::numbers;
use crate::words;

/// An entry of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    record: PlayerRecord,
    /// The rank and score, if the list shows a board's standings.
    standing: Option<(Rank, Score)>,
}

impl From<PlayerRecord> for Line {
    fn from(record: PlayerRecord) -> Self {
        Self {
            record,
            standing: None,
        }
    }
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let record = PlayerRecord {
            name: Some(row.name),
            ..PlayerRecord::of(row.player)
        };
        Self {
            record,
            standing: Some((row.rank, row.score)),
        }
    }
}

/// The state of the list: the chosen players, and bans since the list was loaded.
#[derive(Clone, Copy)]
struct ListState {
    chosen: RwSignal<BTreeSet<PlayerId>>,
    banned: RwSignal<BTreeMap<PlayerId, bool>>,
    refusal: RwSignal<Option<String>>,
    undo: Undo,
}

impl ListState {
    /// Sends rulings one after another and shows their effect at once. A refusal stops the rest and
    /// shows the earlier state again.
    fn decide(self, rulings: Vec<Ruling>, message: Option<String>) {
        let before = self.banned.get_untracked();
        for ruling in &rulings {
            if let Ruling::Ban { players, banned } = ruling {
                let all = players.iter().map(|p| (p.clone(), *banned));
                self.banned.update(|known| known.extend(all));
            }
        }
        self.refusal.set(None);
        leptos::task::spawn_local(async move {
            let mut undo = Vec::new();
            for ruling in rulings {
                let reason = String::new();
                match rule(RulingDraft { ruling, reason }).await {
                    Ok(ruled) => undo.extend(ruled.undo),
                    Err(error) => {
                        // These signals are disposed once the moderator opens another list.
                        self.refusal.try_set(Some(error.message));
                        self.banned.try_set(before);
                        return;
                    }
                }
            }
            self.chosen.try_set(BTreeSet::new());
            if let Some(message) = message {
                undo.reverse();
                self.undo.offer(message, undo);
            }
        });
    }

    fn ban(self, banned: bool) {
        let players: Vec<_> = self.chosen.get_untracked().into_iter().collect();
        let count = players.len() as u64;
        let message = if banned {
            words::players_banned(count)
        } else {
            words::players_unbanned(count)
        };
        self.decide(vec![Ruling::Ban { players, banned }], Some(message));
    }
}

/// The list, with actions for the chosen players.
#[component]
pub fn PlayerList(
    /// The entries.
    lines: Vec<Line>,
    /// The display format of scores.
    format: ScoreFormat,
    /// The query of the page's address, without the player.
    query: String,
) -> impl IntoView {
    let list_state = ListState {
        chosen: RwSignal::default(),
        banned: RwSignal::default(),
        refusal: RwSignal::new(None),
        undo: Undo::new(),
    };
    let count = move || list_state.chosen.with(BTreeSet::len);
    let is_none_chosen = move || count() == 0;
    let take_back = Callback::new(move |rulings| list_state.decide(rulings, None));
    let line = move |line: Line| {
        let id = url_escape(line.record.player.as_str());
        let href = format!("/admin/players?{query}&player={id}");
        view! { <Player line format href list_state /> }
    };
    view! {
        <div class="tools" role="group" aria-label=words::actions_for_players()>
            <span class="quiet">{move || words::selected(count() as u64)}</span>
            <button type="button" class="small danger" disabled=is_none_chosen on:click=move |_| list_state.ban(true)>{words::ban_selected()}</button>
            <button type="button" class="small" disabled=is_none_chosen on:click=move |_| list_state.ban(false)>{words::unban_selected()}</button>
        </div>
        <p class="status" role="status" data-status="refused">{move || list_state.refusal.get()}</p>
        <ul class="found">{lines.into_iter().map(line).collect_view()}</ul>
        <UndoBar undo=list_state.undo take_back />
    }
}

#[component]
fn Player(line: Line, format: ScoreFormat, href: String, list_state: ListState) -> impl IntoView {
    let Line { record, standing } = line;
    let name = shown_name(&record);
    let label = words::select_player(&name);
    let id = StoredValue::new(record.player.clone());
    let is_chosen =
        move || id.with_value(|id| list_state.chosen.with(|chosen| chosen.contains(id)));
    let choose = move |event| {
        let is_on = event_target_checked(&event);
        list_state.chosen.update(|chosen| {
            chosen.remove(&id.get_value());
            chosen.extend(is_on.then(|| id.get_value()));
        });
    };
    let player = record.player.to_string();
    let marks = move || {
        let decided = list_state
            .banned
            .with(|all| all.get(&record.player).copied());
        let record = PlayerRecord {
            is_banned: decided.unwrap_or(record.is_banned),
            ..record.clone()
        };
        view! { <PlayerMarks record /> }
    };
    let standing = standing.map(|(rank, score)| {
        view! { <span class="mark">{format!("#{}", numbers::rank(rank))}</span><span class="mark">{numbers::score(format, score)}</span> }
    });
    view! {
        <li>
            <input type="checkbox" aria-label=label prop:checked=is_chosen on:change=choose />
            {standing}
            <a href=href><bdi>{name}</bdi></a>
            <code><bdi>{player}</bdi></code>
            {marks}
        </li>
    }
}
