//! Every route, on one page.

use std::sync::Arc;
use std::time::Duration;

use app::api::visitor::Visitors;
use app::{App, shell};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any, get};
use leptos::context::provide_context;
use leptos_axum::{
    LeptosRoutes, generate_route_list_with_exclusions, render_app_async_with_context,
};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::auth::{cookies, cors, oidc, origin, read_quota, settings};
use crate::config::oidc::CALLBACK;
use crate::http::connections::client_address;
use crate::http::limits::MAX_BODY_BYTES;
use crate::http::quotas::refusal_delay;
use crate::http::static_files::{docs, sdk, site};
use crate::http::{headers, health, operators, request_id};
use crate::metrics;
use crate::openapi::{self, Document};
use crate::realtime::transports;
use crate::rest::parameters::ROOT;
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
    Router::from(health_checks()).merge(metrics)
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
        .nest(ROOT, api(state))
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
fn api(state: &AppState) -> Router<AppState> {
    let check = from_fn_with_state(state.document.clone(), parameters::check);
    Router::from(operations())
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(from_fn(caching::answer))
        .layer(check)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// The OpenAPI document of the routes for programs and of the checks.
pub(crate) fn document() -> Document {
    let routes = health_checks().nest(ROOT, operations());
    Document::of(routes.into_openapi())
}

/// The checks of a node, with their part of the document.
fn health_checks() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// The operations under `/api/v1`: each route with its part of the document.
fn operations() -> OpenApiRouter<AppState> {
    let emblem: UtoipaMethodRouter<AppState> =
        routes!(emblems::show, emblems::put, emblems::delete);
    let emblem = emblem.layer(DefaultBodyLimit::max(emblems::MAX_UPLOAD_BYTES));
    OpenApiRouter::default()
        .routes(routes!(boards::list))
        .routes(routes!(
            boards::show,
            boards::define,
            boards::patch,
            boards::delete
        ))
        .routes(routes!(standings::list))
        .routes(routes!(standings::show))
        .routes(routes!(standings::around))
        .routes(routes!(standings::history))
        .routes(routes!(standings::search))
        .routes(routes!(moderation::explain))
        .routes(routes!(transports::sse::board_events))
        .routes(routes!(transports::sse::missed))
        .routes(emblem)
        .routes(routes!(boards::preview))
        .routes(routes!(seasons::list))
        .routes(routes!(seasons::change))
        .routes(routes!(submissions::submit))
        .routes(routes!(submissions::submit_batch))
        .routes(routes!(accounts::list, accounts::make))
        .routes(routes!(accounts::change))
        .routes(routes!(keys::list, keys::make))
        .routes(routes!(keys::revoke))
        .routes(routes!(moderation::find))
        .routes(routes!(moderation::show, moderation::erase))
        .routes(routes!(moderation::rename))
        .routes(routes!(moderation::submissions))
        .routes(routes!(moderation::export))
        .routes(routes!(push::stop))
        .routes(routes!(moderation::rule))
        .routes(routes!(moderation::audit))
        .routes(routes!(schemas::boards))
        .routes(routes!(openapi::show))
        .routes(routes!(tokens::make))
        .routes(routes!(transports::sse::events))
        .routes(routes!(metrics::events))
        .routes(routes!(engine::state))
        .routes(routes!(engine::health))
        .routes(routes!(engine::sync))
        .routes(routes!(engine::rebuild))
        .routes(routes!(engine::clear_cache))
        .routes(routes!(engine::retry))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::Method;
    use serde_json::Value;
    use utoipa::openapi::OpenApi;
    use utoipa::openapi::path::ParameterIn;

    use super::*;

    fn collected() -> OpenApi {
        health_checks().nest(ROOT, operations()).into_openapi()
    }

    #[test]
    fn parameters_belong_to_a_method() {
        let document = document();
        let query = |method: &Method, route: &str| document.query(method, route).unwrap();
        let board = "/api/v1/boards/{slug}";
        assert_eq!(query(&Method::DELETE, board), ["confirm", "dry_run"]);
        assert!(query(&Method::GET, board).is_empty());
        assert!(query(&Method::PUT, board).is_empty());
        let standings = "/api/v1/boards/{slug}/standings";
        let of_get = query(&Method::GET, standings);
        assert_eq!(of_get, ["period", "season", "offset", "limit", "format"]);
        assert_eq!(query(&Method::HEAD, standings), of_get);
        assert_eq!(document.query(&Method::POST, standings), None);
        assert_eq!(document.query(&Method::GET, "/nowhere"), None);
    }

    #[test]
    fn operations_have_a_name_of_their_own_and_explain_themselves() {
        let document = collected();
        let mut ids = BTreeSet::new();
        for (path, item) in &document.paths.paths {
            for (method, operation) in openapi::operations(item) {
                let what = format!("{method} {path}");
                let id = operation.operation_id.clone();
                assert!(
                    ids.insert(id.expect(&what)),
                    "{what}: its id is not its own"
                );
                let summary = operation.summary.as_deref().expect(&what);
                assert!(summary.ends_with('.') && !summary.contains('\n'), "{what}");
                assert!(operation.tags.is_some(), "{what} has no tag");
                assert!(operation.security.is_some(), "{what} names no credentials");
                let named = operation.parameters.iter().flatten();
                let named = named.filter(|of| of.parameter_in == ParameterIn::Path);
                let named: BTreeSet<&str> = named.map(|of| of.name.as_str()).collect();
                let wanted = path.split('/').filter_map(|part| part.strip_prefix('{'));
                let wanted: BTreeSet<&str> =
                    wanted.map(|part| part.trim_end_matches('}')).collect();
                assert_eq!(named, wanted, "{what}");
            }
        }
    }

    /// All values of the member `$ref` in a document.
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(reference) if name == "$ref" => {
                            found.insert(reference.to_owned());
                        }
                        _ => references(member, found),
                    }
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_reference_of_the_document_has_a_target() {
        let document: Value = serde_json::from_slice(document().text()).unwrap();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 20, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').expect("a local reference");
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn descriptions_have_no_links_of_rust() {
        let text = String::from_utf8(document().text().to_vec()).unwrap();
        assert!(!text.contains("[`") && !text.contains("crate::"), "{text}");
    }
}
