//! Players in a list, as a search or a board's standings give them: each leads to
//! a sheet, and many are banned at once.

use std::collections::{BTreeMap, BTreeSet};

use leaderport::{PlayerId, PlayerRecord, Rank, Row, Ruling, RulingDraft, Score, ScoreFormat};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::moderation::rule;
use crate::components::admin::players::undo::{Undo, UndoBar};
use crate::components::admin::players::{PlayerMarks, shown_name};
use crate::core::url::url_escape;
use crate::locale::numbers;
use crate::words;

/// A player to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    record: PlayerRecord,
    /// Where they stand, where a board was asked for.
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

/// What is decided here, over what the server said before.
#[derive(Clone, Copy)]
struct Desk {
    chosen: RwSignal<BTreeSet<PlayerId>>,
    banned: RwSignal<BTreeMap<PlayerId, bool>>,
    said: RwSignal<Option<String>>,
    undo: Undo,
}

impl Desk {
    /// Decides, one ruling after another, and shows it at once; what is refused is
    /// shown as it was.
    fn decide(self, rulings: Vec<Ruling>, words: Option<String>) {
        let before = self.banned.get_untracked();
        for ruling in &rulings {
            if let Ruling::Ban { players, banned } = ruling {
                let all = players.iter().map(|p| (p.clone(), *banned));
                self.banned.update(|known| known.extend(all));
            }
        }
        self.said.set(None);
        leptos::task::spawn_local(async move {
            let mut back = Vec::new();
            for ruling in rulings {
                let reason = String::new();
                match rule(RulingDraft { ruling, reason }).await {
                    Ok(ruled) => back.extend(ruled.undo),
                    Err(error) => {
                        // Another list may have been asked for meanwhile.
                        self.said.try_set(Some(error.message));
                        self.banned.try_set(before);
                        return;
                    }
                }
            }
            self.chosen.try_set(BTreeSet::new());
            if let Some(words) = words {
                back.reverse();
                self.undo.offer(words, back);
            }
        });
    }

    fn ban(self, banned: bool) {
        let players: Vec<_> = self.chosen.get_untracked().into_iter().collect();
        let count = players.len() as u64;
        let words = if banned {
            words::players_banned(count)
        } else {
            words::players_unbanned(count)
        };
        self.decide(vec![Ruling::Ban { players, banned }], Some(words));
    }
}

/// Players, with what is decided of those that are chosen.
#[component]
pub fn PlayerList(
    /// Whom.
    lines: Vec<Line>,
    /// How scores are shown.
    format: ScoreFormat,
    /// What the address says besides the player.
    query: String,
) -> impl IntoView {
    let desk = Desk {
        chosen: RwSignal::default(),
        banned: RwSignal::default(),
        said: RwSignal::new(None),
        undo: Undo::new(),
    };
    let count = move || desk.chosen.with(BTreeSet::len);
    let is_none_chosen = move || count() == 0;
    let take_back = Callback::new(move |rulings| desk.decide(rulings, None));
    let line = move |line: Line| {
        let id = url_escape(line.record.player.as_str());
        let href = format!("/admin/players?{query}&player={id}");
        view! { <Player line format href desk /> }
    };
    view! {
        <div class="tools" role="group" aria-label=words::what_is_decided_of_the_chosen_players()>
            <span class="quiet">{move || words::chosen(count() as u64)}</span>
            <button type="button" class="small danger" disabled=is_none_chosen on:click=move |_| desk.ban(true)>{words::ban_the_chosen()}</button>
            <button type="button" class="small" disabled=is_none_chosen on:click=move |_| desk.ban(false)>{words::take_their_bans_back()}</button>
        </div>
        <p class="said" role="status" data-said="refused">{move || desk.said.get()}</p>
        <ul class="found">{lines.into_iter().map(line).collect_view()}</ul>
        <UndoBar undo=desk.undo take_back />
    }
}

#[component]
fn Player(line: Line, format: ScoreFormat, href: String, desk: Desk) -> impl IntoView {
    let Line { record, standing } = line;
    let name = shown_name(&record);
    let label = words::choose_player(&name);
    let id = StoredValue::new(record.player.clone());
    let is_chosen = move || id.with_value(|id| desk.chosen.with(|chosen| chosen.contains(id)));
    let choose = move |event| {
        let is_on = event_target_checked(&event);
        desk.chosen.update(|chosen| {
            chosen.remove(&id.get_value());
            chosen.extend(is_on.then(|| id.get_value()));
        });
    };
    let player = record.player.to_string();
    let marks = move || {
        let decided = desk.banned.with(|all| all.get(&record.player).copied());
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
            <a href=href>{name}</a>
            <code>{player}</code>
            {marks}
        </li>
    }
}
