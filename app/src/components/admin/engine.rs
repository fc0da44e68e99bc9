//! Ledger and broker: their health, their seasons and differences, and repairs of one season at a
//! time, with progress.

use std::collections::BTreeMap;

use leaderport::{
    DeadLetter, Drift, EngineState, Health, NodeSetting, NodeState, RecountState, Season,
    SeasonState, Slug,
};
use leptos::prelude::*;

use crate::api::admin_page::admin::{
    clear_board, load_engine, load_health, rebuild_season, retry_dead_letters, sync_season,
};
use crate::components::admin::{Confirm, Overflow};
use crate::components::page::refused::RefusedPart;
use crate::error::PageError;
use crate::locale::numbers::{count, decimal};
use crate::words;
use crate::words::dates::instant;

type Key = (Slug, Season);

/// An action on seasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Compare,
    Repair,
    Rebuild,
    /// Unloads all seasons of the board from the broker.
    Unload,
}

/// The running and finished actions.
#[derive(Clone, Copy)]
struct Tasks {
    /// The number of finished seasons and of all seasons, both 0 for work without seasons; none while
    /// idle.
    progress: RwSignal<Option<(usize, usize)>>,
    found: RwSignal<BTreeMap<Key, Result<String, String>>>,
    /// The result of the last retry of dead letters.
    retried: RwSignal<Option<String>>,
    /// The number of finished runs; a change reloads the table.
    done: RwSignal<u32>,
    /// Whether actions are dry runs.
    is_dry: RwSignal<bool>,
}

impl Tasks {
    /// Whether an action runs, or its table is not loaded yet.
    fn is_busy(self) -> bool {
        self.progress.get().is_some()
    }

    /// Runs an action on seasons, one after another. A failure does not stop the rest.
    fn start(self, work: Work, seasons: Vec<Key>) {
        if self.progress.get_untracked().is_some() {
            return;
        }
        let all = seasons.len();
        let is_dry = self.is_dry.get_untracked();
        self.progress.set(Some((0, all)));
        leptos::task::spawn_local(async move {
            for (n, (board, season)) in seasons.into_iter().enumerate() {
                let result = run(work, is_dry, board.clone(), season).await;
                let result = result.map_err(|error| error.message);
                self.found.update(|found| {
                    found.insert((board, season), result);
                });
                self.progress.set(Some((n + 1, all)));
            }
            // Show the progress until the table is reloaded. Otherwise an admin could open a
            // confirmation that disappears with the old rows.
            self.done.update(|done| *done += 1);
        });
    }

    /// Retries the dead letters.
    fn retry(self) {
        if self.progress.get_untracked().is_some() {
            return;
        }
        self.progress.set(Some((0, 0)));
        leptos::task::spawn_local(async move {
            let retried = retry_dead_letters().await;
            let text = retried.map_or_else(|error| error.message, words::dead_letters_retried);
            self.retried.set(Some(text));
            self.done.update(|done| *done += 1);
        });
    }
}

/// Runs an action on one season. Returns its result as a text.
async fn run(work: Work, is_dry: bool, board: Slug, season: Season) -> Result<String, PageError> {
    Ok(match work {
        Work::Compare => drift_text(sync_season(board, season, true).await?, words::differences),
        Work::Repair => {
            let drift = sync_season(board, season, is_dry).await?;
            let text: fn(String, String, String) -> String = match (is_dry, drift.repaired) {
                (true, _) => words::would_repair,
                (false, true) => words::repaired,
                (false, false) => words::differences,
            };
            drift_text(drift, text)
        }
        Work::Rebuild => {
            let standings = rebuild_season(board, season, is_dry).await?;
            if is_dry {
                words::would_rebuild(standings)
            } else {
                words::rebuilt(standings)
            }
        }
        Work::Unload => {
            let seasons = clear_board(board, is_dry).await?;
            let seasons: Vec<_> = seasons.iter().map(ToString::to_string).collect();
            match seasons.join(", ") {
                seasons if seasons.is_empty() => words::no_season_is_loaded().to_owned(),
                seasons if is_dry => words::would_unload(seasons),
                seasons => words::unloaded(seasons),
            }
        }
    })
}

/// The text of a comparison. `text` formats the numbers of differing standings: missing, outdated,
/// ahead.
fn drift_text(drift: Drift, text: fn(String, String, String) -> String) -> String {
    if drift.is_none() {
        return words::no_differences(drift.checked);
    }
    text(count(drift.missing), count(drift.stale), count(drift.ahead))
}

/// The section of ledger and broker.
#[component]
pub fn Engine() -> impl IntoView {
    let tasks = Tasks {
        progress: RwSignal::new(None),
        found: RwSignal::new(BTreeMap::new()),
        retried: RwSignal::new(None),
        done: RwSignal::new(0),
        is_dry: RwSignal::new(false),
    };
    let state = Resource::new(move || tasks.done.get(), |_| load_engine());
    let health = Resource::new(move || tasks.done.get(), |_| load_health());
    view! {
        <section class="panel" aria-labelledby="engine">
            <h2 id="engine">{words::ledger_and_broker()}</h2>
            <p class="quiet">{words::about_engines()}</p>
            <Transition fallback=|| ()>
                {move || Suspend::new(async move { health.await.ok().map(|health| view! { <HealthList health /> }) })}
            </Transition>
            <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    let state = state.await;
                    tasks.progress.set(None);
                    match state {
                        Ok(state) => view! { <Seasons state tasks /> }.into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

/// A setting in which a running node differs from the node of this page.
fn difference(setting: NodeSetting) -> impl IntoView {
    let text = match setting {
        NodeSetting::Broker => words::other_broker(),
        NodeSetting::CookieSecret => words::other_cookie_secret(),
        NodeSetting::ApiToken => words::other_api_token(),
        NodeSetting::TokenSecrets => words::other_token_secrets(),
        NodeSetting::Https => words::other_https(),
        NodeSetting::PushKey => words::other_push_key(),
    };
    view! { <p>{text}</p> }
}

/// The health of ledger, broker and nodes.
#[component]
fn HealthList(health: Health) -> impl IntoView {
    let part = |name: &'static str, millis: Option<f64>| {
        let answers = |millis: f64| words::responds_in(decimal(&format!("{millis:.1}")));
        let text = millis.map_or_else(|| words::not_responding().to_owned(), answers);
        view! { <li class:bad=millis.is_none()><strong>{name}</strong>" "{text}</li> }
    };
    let at = health.at;
    let node = move |node: NodeState| {
        let ago = (at.millis_i64() - node.seen_at.millis_i64()).max(0) / 1000;
        let is_silent = ago > 10;
        let started = instant(node.started_at);
        let text = if node.is_this {
            words::serves_this_page(started)
        } else {
            words::seen_ago(ago, started)
        };
        // A node of an older version does not record its place.
        let place = (!node.host.is_empty()).then(|| {
            format!(
                " {}",
                words::node_place(&node.host, &node.address, &node.version)
            )
        });
        let is_bad = is_silent || !node.differs.is_empty();
        let differs = node.differs.into_iter().map(difference).collect_view();
        view! {
            <li class:bad=is_bad>
                <strong>{words::node(node.node)}</strong>{place}" "{text}{differs}
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
fn Seasons(state: EngineState, tasks: Tasks) -> impl IntoView {
    let EngineState {
        outbox,
        dead,
        dead_letters,
        recounts,
        seasons,
        broker_down,
    } = state;
    let keys: Vec<Key> = seasons
        .iter()
        .map(|s| (s.board.clone(), s.season))
        .collect();
    let keys = StoredValue::new(keys);
    // No signal of this view, because the last run of an effect can be after its disposal.
    let is_busy = move || tasks.is_busy();
    let progress = move || {
        let of_seasons = tasks.progress.get().filter(|(_, all)| *all > 0);
        of_seasons.map(|(done, all)| {
            view! {
                <label class="progress">
                    <progress max=all value=done></progress>
                    {words::seasons_done(all as u64, done)}
                </label>
            }
        })
    };
    let standings: u64 = seasons.iter().map(|s| s.recorded).sum();
    let all = words::seasons_count(keys.with_value(Vec::len) as u64);
    let repair_question = words::repair_all_question(standings, &all);
    let rebuild_question = words::rebuild_all_question(standings, &all);
    let repair = Callback::new(move |()| tasks.start(Work::Repair, keys.get_value()));
    let rebuild = Callback::new(move |()| tasks.start(Work::Rebuild, keys.get_value()));
    let row = move |season: SeasonState| view! { <SeasonRow season tasks broker_down /> };
    view! {
        <p>{words::batches_waiting(outbox)}</p>
        {broker_down.then(|| view! { <p class="bad">{words::broker_is_down()}</p> })}
        {recounts.into_iter().map(|state| view! { <Recount state /> }).collect_view()}
        {(dead > 0).then(|| view! { <DeadLetters dead letters=dead_letters tasks /> })}
        <p role="status">{move || tasks.retried.get()}</p>
        <div class="tools" inert=is_busy>
            <button type="button" class="small" on:click=move |_| tasks.start(Work::Compare, keys.get_value())>{words::compare_all()}</button>
            <Overflow label=words::repairs() is_busy>
                <TaskButton tasks label=words::repair_all() question=repair_question yes=repair />
                <TaskButton tasks label=words::rebuild_all() question=rebuild_question yes=rebuild />
            </Overflow>
            <label class="dry">
                <input type="checkbox" prop:checked=move || tasks.is_dry.get() on:change=move |e| tasks.is_dry.set(event_target_checked(&e)) />
                {words::dry_run()}
            </label>
        </div>
        <div aria-live="polite">{progress}</div>
        <table class="table">
            <thead>
                <tr><th scope="col">{words::season()}</th><th scope="col">{words::recorded_standings()}</th><th scope="col">{words::ranked_standings()}</th><th scope="col">{words::result()}</th><th scope="col"><span class="sr-only">{words::actions()}</span></th></tr>
            </thead>
            <tbody>{seasons.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

/// An unfinished recount of a board.
#[component]
fn Recount(state: RecountState) -> impl IntoView {
    let board = state.board.to_string();
    let text = match state.to_write {
        Some(all) => words::recount_writes(board, count(state.written), count(all)),
        None => words::recount_counts(board),
    };
    view! { <p>{text}</p> }
}

/// The batches that failed by their own content, with a button that retries them.
#[component]
fn DeadLetters(dead: u64, letters: Vec<DeadLetter>, tasks: Tasks) -> impl IntoView {
    let letter = |letter: DeadLetter| {
        let failures = count(letter.failures);
        view! { <li class="bad">{words::dead_letter(letter.id, failures, letter.error)}</li> }
    };
    view! {
        <p>{words::dead_letters(dead)}</p>
        <ul class="parts">{letters.into_iter().map(letter).collect_view()}</ul>
        <button type="button" class="small" on:click=move |_| tasks.retry()>{words::retry_dead_letters()}</button>
    }
}

/// A button that asks for confirmation, except for a dry run.
#[component]
fn TaskButton(
    tasks: Tasks,
    label: &'static str,
    #[prop(into)] question: String,
    yes: Callback<()>,
) -> impl IntoView {
    move || {
        let question = question.clone();
        if tasks.is_dry.get() {
            view! { <button type="button" class="small" on:click=move |_| yes.run(())>{label}</button> }.into_any()
        } else {
            view! { <Confirm label question yes /> }.into_any()
        }
    }
}

#[component]
fn SeasonRow(season: SeasonState, tasks: Tasks, broker_down: bool) -> impl IntoView {
    let SeasonState {
        board,
        season,
        recorded,
        ranked,
    } = season;
    let key = (board.clone(), season);
    let of = key.clone();
    let found = move || tasks.found.with(|found| found.get(&of).cloned());
    let is_bad = move || found().is_some_and(|result| result.is_err());
    let of = key.clone();
    let text = move || {
        let result = tasks.found.with(|found| found.get(&of).cloned());
        result.map(|result| result.unwrap_or_else(|reason| reason))
    };
    let target = key.clone();
    let compare = move |_| tasks.start(Work::Compare, vec![target.clone()]);
    let key = StoredValue::new(key);
    let start = move |work| Callback::new(move |()| tasks.start(work, vec![key.get_value()]));
    let missing = if broker_down {
        words::unknown_number()
    } else {
        words::not_loaded()
    };
    let ranked = ranked.map_or_else(|| missing.to_owned(), count);
    let name = format!("{board}/{season}");
    let header = name.clone();
    let is_busy = move || tasks.is_busy();
    view! {
        <tr>
            <th scope="row">{header}</th>
            <td data-label=words::recorded_standings()>{count(recorded)}</td>
            <td data-label=words::ranked_standings()>{ranked}</td>
            <td data-label=words::result() class:bad=is_bad>{text}</td>
            <td>
                <div class="tools" inert=is_busy>
                    <button type="button" class="small" on:click=compare>{words::compare()}</button>
                    <Overflow label=words::repairs() is_busy>
                        <TaskButton tasks label=words::repair() question=words::repair_season_question(recorded, &name) yes=start(Work::Repair) />
                        <TaskButton tasks label=words::rebuild() question=words::rebuild_season_question(recorded, &name) yes=start(Work::Rebuild) />
                        <TaskButton tasks label=words::unload() question=words::unload_board_question(&board) yes=start(Work::Unload) />
                    </Overflow>
                </div>
            </td>
        </tr>
    }
}
