//! Ledger and broker: what they have, how far they are apart, and bringing them
//! together, a season at a time, with progress.

use std::collections::BTreeMap;

use leaderport::{Drift, EngineState, Health, NodeState, Season, SeasonState, Slug};
use leptos::prelude::*;

use crate::api::admin::{clear_board, load_engine, load_health, rebuild_season, sync_season};
use crate::components::admin::Confirm;
use crate::components::refused::Refused;
use crate::error::PageError;
use crate::locale::numbers::{count, decimal};
use crate::words;
use crate::words::dates::instant;

type Key = (Slug, Season);

/// What is done to seasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Compare,
    Repair,
    Rebuild,
    /// Of the whole board.
    Drop,
}

/// What is under way, and what came of it.
#[derive(Clone, Copy)]
struct Desk {
    /// Seasons done, of how many; none when nothing is under way.
    progress: RwSignal<Option<(usize, usize)>>,
    found: RwSignal<BTreeMap<Key, Result<String, String>>>,
    /// Counts what was done, so that the table is read anew.
    done: RwSignal<u32>,
    /// Whether it is only said what would be done.
    is_dry: RwSignal<bool>,
}

impl Desk {
    /// Works on seasons one after another. What fails does not stop the rest.
    fn begin(self, work: Work, seasons: Vec<Key>) {
        if self.progress.get_untracked().is_some() {
            return;
        }
        let all = seasons.len();
        let is_dry = self.is_dry.get_untracked();
        self.progress.set(Some((0, all)));
        leptos::task::spawn_local(async move {
            for (n, (board, season)) in seasons.into_iter().enumerate() {
                let came = one(work, is_dry, board.clone(), season).await;
                let came = came.map_err(|error| error.message);
                self.found.update(|found| {
                    found.insert((board, season), came);
                });
                self.progress.set(Some((n + 1, all)));
            }
            // The progress ends when the table has been read anew: a question that is asked before
            // would go with the rows.
            self.done.update(|done| *done += 1);
        });
    }
}

async fn one(work: Work, is_dry: bool, board: Slug, season: Season) -> Result<String, PageError> {
    Ok(match work {
        Work::Compare => drift(sync_season(board, season, true).await?),
        Work::Repair => {
            let found = drift(sync_season(board, season, is_dry).await?);
            words_of(is_dry, words::would_repair, words::repaired, found)
        }
        Work::Rebuild => {
            let standings = rebuild_season(board, season, is_dry).await?;
            let from = words::from_standings(count(standings));
            words_of(is_dry, words::would_rebuild, words::rebuilt, from)
        }
        Work::Drop => {
            let seasons = clear_board(board, is_dry).await?;
            let seasons: Vec<_> = seasons.iter().map(ToString::to_string).collect();
            let held = if seasons.is_empty() {
                words::nothing_is_held().to_owned()
            } else {
                words::loaded_when_read(seasons.join(", "))
            };
            words_of(is_dry, words::would_drop, words::dropped, held)
        }
    })
}

/// What was done, or would be.
fn words_of(
    is_dry: bool,
    would: fn(String) -> String,
    done: fn(String) -> String,
    what: String,
) -> String {
    if is_dry { would(what) } else { done(what) }
}

fn drift(drift: Drift) -> String {
    let Drift {
        checked,
        missing,
        stale,
        ahead,
        repaired,
    } = drift;
    if drift.is_none() {
        return words::none_differs(count(checked));
    }
    let (missing, stale, ahead) = (count(missing), count(stale), count(ahead));
    if repaired {
        words::drift_repaired(missing, stale, ahead)
    } else {
        words::drift(missing, stale, ahead)
    }
}

/// Both engines.
#[component]
pub fn Engine() -> impl IntoView {
    let desk = Desk {
        progress: RwSignal::new(None),
        found: RwSignal::new(BTreeMap::new()),
        done: RwSignal::new(0),
        is_dry: RwSignal::new(false),
    };
    let state = Resource::new(move || desk.done.get(), |_| load_engine());
    let health = Resource::new(move || desk.done.get(), |_| load_health());
    view! {
        <section class="panel" aria-labelledby="engine">
            <h2 id="engine">{words::ledger_and_broker()}</h2>
            <p class="quiet">{words::about_engines()}</p>
            <Transition fallback=|| ()>
                {move || Suspend::new(async move { health.await.ok().map(|health| view! { <Parts health /> }) })}
            </Transition>
            <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    let state = state.await;
                    desk.progress.set(None);
                    match state {
                        Ok(state) => view! { <Seasons state desk /> }.into_any(),
                        Err(error) => view! { <Refused error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

/// How ledger, broker and nodes are.
#[component]
fn Parts(health: Health) -> impl IntoView {
    let part = |name: &'static str, millis: Option<f64>| {
        let answers = |millis: f64| words::answers_in(decimal(&format!("{millis:.1}")));
        let words = millis.map_or_else(|| words::is_away().to_owned(), answers);
        view! { <li class:bad=millis.is_none()><strong>{name}</strong>" "{words}</li> }
    };
    let at = health.at;
    let node = move |node: NodeState| {
        let ago = (at.millis_i64() - node.seen_at.millis_i64()).max(0) / 1000;
        let is_silent = ago > 10;
        let seen = if node.is_this {
            words::answers_this_page().to_owned()
        } else {
            words::seen_ago(ago)
        };
        let started = instant(node.started_at);
        view! {
            <li class:bad=is_silent>
                <strong>{words::node()} " " {node.node}</strong>" "{words::node_state(seen, started)}
            </li>
        }
    };
    view! {
        <ul class="parts">
            {part(words::ledger(), health.ledger)}
            {part(words::broker(), health.broker)}
            {health.nodes.into_iter().map(node).collect_view()}
        </ul>
    }
}

#[component]
fn Seasons(state: EngineState, desk: Desk) -> impl IntoView {
    let EngineState { outbox, seasons } = state;
    let keys: Vec<Key> = seasons
        .iter()
        .map(|s| (s.board.clone(), s.season))
        .collect();
    let keys = StoredValue::new(keys);
    let is_idle = move || desk.progress.get().is_none();
    let progress = move || {
        desk.progress.get().map(|(done, all)| {
            view! {
                <label class="progress">
                    <progress max=all value=done></progress>
                    {words::seasons_done(done, all)}
                </label>
            }
        })
    };
    let standings = count(seasons.iter().map(|s| s.recorded).sum());
    let all = keys.with_value(Vec::len);
    let repair_question = words::repair_everything(&standings, all);
    let rebuild_question = words::rebuild_everything(&standings, all);
    let repair = Callback::new(move |()| desk.begin(Work::Repair, keys.get_value()));
    let rebuild = Callback::new(move |()| desk.begin(Work::Rebuild, keys.get_value()));
    let row = move |season: SeasonState| view! { <SeasonRow season desk /> };
    view! {
        <p>{words::batches_recorded(count(outbox))}</p>
        <div class="tools" inert=move || !is_idle()>
            <button type="button" class="small" on:click=move |_| desk.begin(Work::Compare, keys.get_value())>{words::compare_all()}</button>
            <Do desk label=words::repair_all() question=repair_question yes=repair />
            <Do desk label=words::rebuild_all() question=rebuild_question yes=rebuild />
            <label class="dry">
                <input type="checkbox" prop:checked=move || desk.is_dry.get() on:change=move |e| desk.is_dry.set(event_target_checked(&e)) />
                {words::dry_run()}
            </label>
        </div>
        <div aria-live="polite">{progress}</div>
        <table class="table">
            <thead>
                <tr><th scope="col">{words::season()}</th><th scope="col">{words::recorded_standings()}</th><th scope="col">{words::ranked_standings()}</th><th scope="col">{words::found_standings()}</th><th scope="col"><span class="sr-only">{words::actions()}</span></th></tr>
            </thead>
            <tbody>{seasons.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

/// A button that asks first, unless it only says what it would do.
#[component]
fn Do(
    desk: Desk,
    label: &'static str,
    #[prop(into)] question: String,
    yes: Callback<()>,
) -> impl IntoView {
    move || {
        let question = question.clone();
        if desk.is_dry.get() {
            view! { <button type="button" class="small" on:click=move |_| yes.run(())>{label}</button> }.into_any()
        } else {
            view! { <Confirm label question yes /> }.into_any()
        }
    }
}

#[component]
fn SeasonRow(season: SeasonState, desk: Desk) -> impl IntoView {
    let SeasonState {
        board,
        season,
        recorded,
        ranked,
    } = season;
    let key = (board.clone(), season);
    let of = key.clone();
    let found = move || desk.found.with(|found| found.get(&of).cloned());
    let is_bad = move || found().is_some_and(|came| came.is_err());
    let of = key.clone();
    let words = move || {
        let came = desk.found.with(|found| found.get(&of).cloned());
        came.map(|came| came.unwrap_or_else(|why| why))
    };
    let one = key.clone();
    let compare = move |_| desk.begin(Work::Compare, vec![one.clone()]);
    let key = StoredValue::new(key);
    let begin = move |work| Callback::new(move |()| desk.begin(work, vec![key.get_value()]));
    let recorded = count(recorded);
    let ranked = ranked.map_or_else(|| words::not_held().to_owned(), count);
    let name = format!("{board}/{season}");
    view! {
        <tr>
            <th scope="row">{name.clone()}</th>
            <td data-label=words::recorded_standings()>{recorded.clone()}</td>
            <td data-label=words::ranked_standings()>{ranked}</td>
            <td data-label=words::found_standings() class:bad=is_bad>{words}</td>
            <td>
                <div class="tools" inert=move || desk.progress.get().is_some()>
                    <button type="button" class="small" on:click=compare>{words::compare()}</button>
                    <Do desk label=words::repair() question=words::repair_season(&recorded, &name) yes=begin(Work::Repair) />
                    <Do desk label=words::rebuild() question=words::rebuild_season(&recorded, &name) yes=begin(Work::Rebuild) />
                    <Do desk label=words::drop() question=words::drop_board(&board) yes=begin(Work::Drop) />
                </div>
            </td>
        </tr>
    }
}
