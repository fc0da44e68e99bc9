//! The first section for admins: what runs, what needs a decision, and what was decided last.

use leaderport::{AuditFilter, EngineState, Health};
use leptos::prelude::*;

use crate::api::admin_page::admin::{load_engine, load_health};
use crate::api::admin_page::moderation::{AuditLine, Held, load_audit, load_held};
use crate::api::home::{BoardCard, load_boards};
use crate::components::admin::audit::sentence;
use crate::components::admin::instant;
use crate::components::board::season::season_result::phase_name;
use crate::components::page::refused::RefusedPart;
use crate::core::season_phase::SeasonPhase;
use crate::core::url::url_escape;
use crate::locale::numbers::{self, count, decimal};
use crate::words;

/// The number of rulings to show.
const RULINGS: usize = 6;

/// The number of boards to show.
const BOARDS: usize = 8;

/// A node without a heartbeat for longer is silent, in milliseconds.
const SILENT_MILLIS: i64 = 10_000;

/// The section.
#[component]
pub fn Overview() -> impl IntoView {
    let health = Resource::new(|| (), |()| load_health());
    let engine = Resource::new(|| (), |()| load_engine());
    let held = Resource::new(|| (), |()| load_held());
    let boards = Resource::new(|| (), |()| load_boards());
    let audit = Resource::new(|| (), |()| load_audit(AuditFilter::default()));
    view! {
        <section class="panel" aria-labelledby="health">
            <h2 id="health">{words::health()}</h2>
            <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    let (health, state) = (health.await, engine.await.ok());
                    match health {
                        Ok(health) => view! { <HealthTiles health state /> }.into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Suspense>
        </section>
        <section class="panel" aria-labelledby="needs-decision">
            <h2 id="needs-decision">{words::needs_a_decision()}</h2>
            <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    let (held, health, state) = (held.await, health.await.ok(), engine.await.ok());
                    match held {
                        Ok(held) => view! { <NeedsDecision held health state /> }.into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Suspense>
        </section>
        <section class="panel" aria-labelledby="live-boards">
            <h2 id="live-boards">{words::live_boards()}</h2>
            <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    match boards.await {
                        Ok(boards) => view! { <LiveBoards boards /> }.into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Suspense>
        </section>
        <section class="panel" aria-labelledby="recent-rulings">
            <h2 id="recent-rulings">{words::recent_rulings()}</h2>
            <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    match audit.await {
                        Ok(lines) => view! { <RecentRulings lines /> }.into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Suspense>
        </section>
    }
}

/// The response times of ledger and broker, the running nodes, and the batches that wait.
#[component]
fn HealthTiles(health: Health, state: Option<EngineState>) -> impl IntoView {
    let millis = |millis: Option<f64>| {
        let millis = millis.map(|millis| decimal(&format!("{millis:.1}")));
        let text = millis.map(|value| words::value_with_unit(value, words::milliseconds()));
        text.unwrap_or_else(|| words::not_responding().to_owned())
    };
    let at = health.at.millis_i64();
    let is_running = |seen_at: i64| at - seen_at <= SILENT_MILLIS;
    let nodes = health.nodes.iter();
    let running = nodes.filter(|node| is_running(node.seen_at.millis_i64()));
    let running = running.count() as u64;
    let waiting = state.as_ref().map(|state| count(state.outbox));
    let waiting = waiting.unwrap_or_else(|| words::unknown_number().to_owned());
    let tile = |label: &'static str, value: String, is_bad: bool| {
        view! { <li class="tile" class:bad=is_bad><span>{label}</span><strong>{value}</strong></li> }
    };
    view! {
        <ul class="tiles">
            {tile(words::ledger(), millis(health.ledger), health.ledger.is_none())}
            {tile(words::broker(), millis(health.broker), health.broker.is_none())}
            {tile(words::running_nodes(), count(running), running == 0)}
            {tile(words::waiting_batches(), waiting, state.is_none())}
        </ul>
    }
}

/// Held submissions, failed batches, and nodes with other settings.
#[component]
fn NeedsDecision(
    held: Vec<Held>,
    health: Option<Health>,
    state: Option<EngineState>,
) -> impl IntoView {
    let dead = state.map_or(0, |state| state.dead);
    let nodes = health.map_or_else(Vec::new, |health| health.nodes);
    let nodes: Vec<_> = nodes
        .into_iter()
        .filter(|node| !node.differs.is_empty())
        .collect();
    let is_nothing = held.is_empty() && dead == 0 && nodes.is_empty();
    let failed = (dead > 0).then(|| {
        view! { <li><a href="/admin/system">{words::failed_batches(dead)}</a></li> }
    });
    let nodes = nodes.into_iter().map(|node| {
        view! { <li><a href="/admin/system">{words::node_differs(node.node)}</a></li> }
    });
    let held = held.into_iter().map(|held| {
        let submission = held.submission;
        let player = submission.player.to_string();
        let href = format!("/admin/players?player={}", url_escape(&player));
        let score = numbers::score(held.format, submission.value);
        let text = words::score_is_held(score, held.name.unwrap_or(player), submission.board);
        view! { <li><a href=href>{text}</a> <span class="quiet">{instant(submission.at)}</span></li> }
    });
    view! {
        <p class="quiet" hidden=!is_nothing>{words::nothing_to_decide()}</p>
        <ul class="lines" hidden=is_nothing>{failed} {nodes.collect_view()} {held.collect_view()}</ul>
    }
}

/// The first open boards of the home page, by activity.
#[component]
fn LiveBoards(boards: Vec<BoardCard>) -> impl IntoView {
    let boards = boards.into_iter();
    let live = boards.filter(|card| card.phase == SeasonPhase::Open);
    let boards: Vec<BoardCard> = live.take(BOARDS).collect();
    let is_empty = boards.is_empty();
    let line = |card: BoardCard| {
        let href = format!("/boards/{}", card.board.slug);
        view! {
            <li>
                <a href=href><bdi>{card.board.title}</bdi></a>
                <span class="chip" data-phase=card.phase.kind()>{phase_name(card.phase)}</span>
                <span class="quiet">{words::players_of_board(card.total)}</span>
            </li>
        }
    };
    view! {
        <p class="quiet" hidden=!is_empty>{words::no_live_boards()}</p>
        <ul class="lines" hidden=is_empty>{boards.into_iter().map(line).collect_view()}</ul>
        <p><a href="/admin/boards">{words::all_boards()}</a></p>
    }
}

/// The newest rulings on players and submissions.
#[component]
fn RecentRulings(lines: Vec<AuditLine>) -> impl IntoView {
    let is_ruling = |line: &AuditLine| {
        let kinds = ["_player", "_players", "_submissions"];
        kinds.iter().any(|kind| line.entry.action.ends_with(*kind))
    };
    let rulings = lines.into_iter().filter(is_ruling).take(RULINGS);
    let rulings: Vec<AuditLine> = rulings.collect();
    let is_empty = rulings.is_empty();
    let ruling = |line: AuditLine| {
        let actor = line.entry.handle.as_ref().unwrap_or(&line.entry.actor);
        let by = words::ruling_by(actor, instant(line.entry.at));
        view! { <li>{sentence(&line)} <span class="quiet">{by}</span></li> }
    };
    view! {
        <p class="quiet" hidden=!is_empty>{words::no_rulings_yet()}</p>
        <ul class="lines" hidden=is_empty>{rulings.into_iter().map(ruling).collect_view()}</ul>
        <p><a href="/admin/audit">{words::audit_log()}</a></p>
    }
}
