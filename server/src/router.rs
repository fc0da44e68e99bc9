//! Every route, on one page.

use std::sync::Arc;
use std::time::Duration;

use app::api::visitor::Visitors;
use app::{App, shell};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any, delete, get, post, put};
use leptos::context::provide_context;
use leptos_axum::{
    LeptosRoutes, generate_route_list_with_exclusions, render_app_async_with_context,
};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::auth::{cookies, cors, oidc, origin, read_quota, settings};
use crate::config::oidc::CALLBACK;
use crate::http::connections::client_address;
use crate::http::limits::MAX_BODY_BYTES;
use crate::http::quotas::refusal_delay;
use crate::http::static_files::{docs, sdk, site};
use crate::http::{headers, health, operators, request_id};
use crate::metrics;
use crate::realtime::transports;
use crate::rest::{
    accounts, boards, caching, emblems, engine, fallback, keys, moderation, overlay, page_cache,
    parameters, picture, push, schemas, seasons, standings, submissions, tokens,
};
use crate::state::AppState;

/// Timeout of a request. The WebSocket's upgrade is answered at once.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The pages that are rendered once for all readers without a session.
const CACHED_PAGES: [&str; 2] = ["/", "/boards/{slug}"];

pub(crate) fn router(state: AppState) -> Router {
    let count = from_fn_with_state(state.requests.clone(), metrics::requests::count);
    let add_headers = from_fn_with_state(state.visitors.are_secure(), headers::add);
    let checks = checks().layer(count.clone()).layer(add_headers.clone());
    pages(&state)
        .merge(programs(&state))
        // Also counts requests that time out.
        .layer(count)
        .layer(CompressionLayer::new())
        .layer(add_headers)
        .layer(from_fn_with_state(
            state.addresses.clone(),
            client_address::identify,
        ))
        .merge(checks)
        .with_state(state)
}

/// The routes for the machines that watch a node. They read no cookie and have no quota.
fn checks() -> Router<AppState> {
    let metrics = Router::new()
        .route("/metrics", get(health::metrics))
        .layer(CompressionLayer::new())
        .layer(from_fn(operators::hide));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .merge(metrics)
}

/// The routes for browsers: pages with their functions and files, and the WebSocket.
fn pages(state: &AppState) -> Router<AppState> {
    let leaderboards = state.leaderboards.clone();
    let people = state.people.clone();
    let push = state.push.clone();
    let visitors: Arc<dyn Visitors> = state.visitors.clone();
    let context = move || {
        provide_context(leaderboards.clone());
        provide_context(people.clone());
        provide_context(push.clone());
        provide_context(visitors.clone());
        headers::allow_own_scripts();
    };
    let options = state.leptos.clone();
    let count_page = from_fn_with_state(state.addresses.clone(), read_quota::count_unknown_page);
    let files = site::files(&options, context.clone(), |page| page.layer(count_page));
    let app = move || shell(options.clone());
    let page = render_app_async_with_context(context.clone(), app.clone());
    let cache = from_fn_with_state(state.clone(), page_cache::answer);
    let page: MethodRouter<AppState> = get(page).layer(cache);
    let cached = CACHED_PAGES.map(str::to_owned).to_vec();
    let others = generate_route_list_with_exclusions(App, Some(cached));

    let mut routes = Router::new();
    for path in CACHED_PAGES {
        routes = routes.route(path, page.clone());
    }
    let routes = routes
        .route("/oidc/begin", get(oidc::begin))
        .route(CALLBACK, get(oidc::callback))
        .route("/ws", get(transports::upgrade::upgrade))
        .route("/boards/{slug}/picture.png", get(picture::of_board))
        .route("/overlay/{slug}", get(overlay::show))
        .route("/sdk/{name}", get(sdk::file))
        .route("/docs/images/{name}", get(docs::file))
        .route("/docs/recipes/data/{name}", get(docs::file))
        .leptos_routes_with_context(state, others, context, app)
        .fallback_service(files)
        .layer(from_fn_with_state(state.clone(), settings::identify));
    guarded(routes, state)
        .layer(from_fn_with_state(state.clone(), settings::read_look))
        .layer(from_fn(operators::hide))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(from_fn(cookies::forbid_storing))
}

/// The routes for programs.
fn programs(state: &AppState) -> Router<AppState> {
    let routes = Router::new()
        .nest("/api/v1", api())
        .route("/api", any(fallback::not_found))
        .route("/api/", any(fallback::not_found))
        .route("/api/{*rest}", any(fallback::not_found));
    guarded(routes, state)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(from_fn_with_state(state.origins.clone(), cors::share))
        // Around all others, so that their answers and lines in the log have the id too.
        .layer(from_fn(request_id::identify))
}

/// Routes with the quotas of addresses and the check of origins.
fn guarded(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    routes
        .layer(from_fn_with_state(state.clone(), read_quota::count))
        .layer(from_fn_with_state(
            state.addresses.clone(),
            client_address::guard,
        ))
        .layer(from_fn(refusal_delay::delay))
        .layer(from_fn_with_state(state.origins.clone(), origin::guard))
}

/// The routes under `/api/v1`.
fn api() -> Router<AppState> {
    Router::new()
        .route("/boards", get(boards::list))
        .route(
            "/boards/{slug}",
            put(boards::define)
                .patch(boards::patch)
                .delete(boards::delete)
                .get(boards::show),
        )
        .route("/boards/{slug}/standings", get(standings::list))
        .route("/boards/{slug}/standings/{player}", get(standings::show))
        .route(
            "/boards/{slug}/standings/{player}/around",
            get(standings::around),
        )
        .route(
            "/boards/{slug}/standings/{player}/history",
            get(standings::history),
        )
        .route("/boards/{slug}/players", get(standings::search))
        .route(
            "/boards/{slug}/standings/{player}/explanation",
            get(moderation::explain),
        )
        .route("/boards/{slug}/events", get(transports::sse::board_events))
        .route("/boards/{slug}/events/missed", get(transports::sse::missed))
        .route(
            "/boards/{slug}/emblem",
            put(emblems::put)
                .delete(emblems::delete)
                .get(emblems::show)
                .layer(DefaultBodyLimit::max(emblems::MAX_UPLOAD_BYTES)),
        )
        .route("/boards/{slug}/preview", post(boards::preview))
        .route("/boards/{slug}/seasons", get(seasons::list))
        .route("/boards/{slug}/seasons/{season}", post(seasons::change))
        .route("/boards/{slug}/submissions", post(submissions::submit))
        .route(
            "/boards/{slug}/submissions/batch",
            post(submissions::submit_batch),
        )
        .route("/accounts", get(accounts::list).post(accounts::make))
        .route("/accounts/{handle}", put(accounts::change))
        .route("/keys", get(keys::list).post(keys::make))
        .route("/keys/{id}", delete(keys::revoke))
        .route("/players", get(moderation::find))
        .route(
            "/players/{player}",
            get(moderation::show).delete(moderation::erase),
        )
        .route("/players/{player}/name", put(moderation::rename))
        .route(
            "/players/{player}/submissions",
            get(moderation::submissions),
        )
        .route("/players/{player}/export", get(moderation::export))
        .route("/push/{id}", delete(push::stop))
        .route("/rulings", post(moderation::rule))
        .route("/audit", get(moderation::audit))
        .route("/schemas/boards.json", get(schemas::boards))
        .route("/tokens", post(tokens::make))
        .route("/events", get(transports::sse::events))
        .route("/vitals/events", get(metrics::events))
        .route("/engine", get(engine::state))
        .route("/engine/health", get(engine::health))
        .route("/engine/sync", post(engine::sync))
        .route("/engine/rebuild", post(engine::rebuild))
        .route("/engine/clear-cache", post(engine::clear_cache))
        .route("/engine/retry", post(engine::retry))
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(from_fn(caching::answer))
        .layer(from_fn(parameters::check))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}
