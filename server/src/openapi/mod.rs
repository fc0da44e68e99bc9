//! The OpenAPI 3.1 document of the REST API, declared at the handlers.
//!
//! The router collects the operations with their routes, so that both are the same. This module adds
//! what they share: refusals, parameters, credentials, tags and examples. The document is rendered
//! once. The check of unknown query parameters reads it too.

pub(crate) mod examples;
pub(crate) mod parameters;
pub(crate) mod refusals;
mod security;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    InfoBuilder, LicenseBuilder, OpenApi, RefOr, ResponseBuilder, Schema, Server, Tag,
};
use utoipa::{IntoResponses, PartialSchema};

use self::parameters::Conditional;
use self::refusals::{Open, Refusals};
use crate::http::etag;
use crate::http::problem::Problem;

/// Caching of the document, which only another version of the server changes.
const CACHING: &str = "public, max-age=300";

/// Conventions of all operations.
const DESCRIPTION: &str = "\
Real-time leaderboards: boards with their rules, seasons, standings, submissions and moderation.

- Reads of boards, seasons and standings are open. Other requests need credentials.
- Bodies are JSON, at most 1 MiB. Unknown members and unknown query parameters are refused with 422.
- A whole number may be written in any notation of JSON. Numbers are never rounded.
- Refusals are problems (RFC 9457) with a stable `code`.
- Each answer has the header `X-Request-Id`. Clients may send `X-Request-Id` or `traceparent`.
- Reads of stored data have an `ETag`, and answer 304 to an `If-None-Match` with it.";

/// Tags of operations, in the order of the document.
const TAGS: [(&str, &str); 12] = [
    ("boards", "Boards with their rules and pictures."),
    ("seasons", "Seasons of a board, and manual changes of them."),
    ("standings", "Rows, players and histories of a season."),
    ("submissions", "Scores of players."),
    (
        "players",
        "Players as moderators and the players themselves see them.",
    ),
    ("moderation", "Rulings and the audit log."),
    ("accounts", "Accounts and their roles."),
    ("keys", "API keys of game servers, and tokens of players."),
    ("events", "Realtime channels over HTTP, and notifications."),
    ("engine", "State and repair of the ledger and the broker."),
    ("schemas", "Documents for programs."),
    ("health", "Checks of a node, outside `/api/v1`."),
];

/// The rendered document.
pub(crate) struct Document {
    text: Bytes,
    tag: HeaderValue,
    /// The query parameters of each operation, by its route.
    queries: HashMap<String, Vec<(Method, Vec<String>)>>,
}

impl Document {
    /// The document of a router's operations.
    pub(crate) fn of(operations: OpenApi) -> Self {
        let document = complete(operations);
        let text = document.to_json().expect("all keys are strings");
        let digest = format!("{:x}", Sha256::digest(&text));
        let (digest, _) = digest.split_at(32);
        Self {
            text: text.into(),
            tag: etag::weak(digest).expect("hexadecimal digits are visible"),
            queries: queries(&document),
        }
    }

    /// The document as JSON.
    pub(crate) fn text(&self) -> &Bytes {
        &self.text
    }

    /// The query parameters of a request; none if its route is not of the document.
    pub(crate) fn query(&self, method: &Method, route: &str) -> Option<&[String]> {
        // Each read also answers HEAD.
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut operations = self.queries.get(route)?.iter();
        operations.find_map(|(of, names)| (of == method).then_some(names.as_slice()))
    }
}

/// Adds what the operations share.
fn complete(mut document: OpenApi) -> OpenApi {
    let license = LicenseBuilder::new()
        .name(env!("CARGO_PKG_LICENSE"))
        .identifier(Some(env!("CARGO_PKG_LICENSE")));
    document.info = InfoBuilder::new()
        .title("LeaderPort")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license.build()))
        .build();
    document.servers = Some(vec![Server::new("/")]);
    document.tags = Some(TAGS.map(tag).to_vec());
    let components = document.components.get_or_insert_default();
    let problem = Problem::schema();
    components.schemas.insert("Problem".to_owned(), problem);
    components.add_security_schemes_from_iter(security::schemes());
    document
}

fn tag((name, description): (&str, &str)) -> Tag {
    TagBuilder::new()
        .name(name)
        .description(Some(description))
        .build()
}

/// The operations of a path, with their methods.
pub(crate) fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let operations = [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    let operations = operations.into_iter();
    operations.filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn queries(document: &OpenApi) -> HashMap<String, Vec<(Method, Vec<String>)>> {
    let paths = document.paths.paths.iter();
    let queries = paths.map(|(path, item)| {
        let of_path = operations(item).map(|(method, operation)| {
            let parameters = operation.parameters.iter().flatten();
            let parameters = parameters.filter(|of| of.parameter_in == ParameterIn::Query);
            (method, parameters.map(|of| of.name.clone()).collect())
        });
        (path.clone(), of_path.collect())
    });
    queries.collect()
}

/// The answer to a read whose client has the state.
pub(crate) struct Unchanged;

impl IntoResponses for Unchanged {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let unchanged = ResponseBuilder::new().description("The client has this state.");
        BTreeMap::from([("304".to_owned(), unchanged.into())])
    }
}

/// The component of a type, for a schema that is written by hand.
pub(crate) fn component<T: utoipa::ToSchema>() -> (String, RefOr<Schema>) {
    (T::name().into_owned(), T::schema())
}

/// The OpenAPI document of the API.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "get_openapi",
    tag = "schemas",
    params(Conditional),
    responses(
        (status = 200, description = "The document.", content_type = "application/json"),
        Unchanged,
        Refusals<Open>,
    ),
    security(()),
)]
pub(crate) async fn show(State(document): State<Arc<Document>>, headers: HeaderMap) -> Response {
    let about = [
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHING)),
        (header::ETAG, document.tag.clone()),
    ];
    if etag::is_known(&headers, &document.tag) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let json = HeaderValue::from_static("application/json");
    let json = [(header::CONTENT_TYPE, json)];
    (about, json, document.text().clone()).into_response()
}
