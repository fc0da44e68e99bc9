//! The check of query parameters. A parameter that the document of the API does not have is refused: a
//! misspelled `seasn` would otherwise silently answer another question.

use std::sync::Arc;

use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;
use crate::openapi::Document;

/// The part of the routes that they have in common.
pub(crate) const ROOT: &str = "/api/v1";

/// Refuses a request with an unknown parameter.
pub(crate) async fn check(
    State(document): State<Arc<Document>>,
    request: Request,
    next: Next,
) -> Response {
    let refusal = refusal(&document, &request);
    if let Some(problem) = refusal {
        return problem.into_response();
    }
    next.run(request).await
}

fn refusal(document: &Document, request: &Request) -> Option<Problem> {
    request.uri().query().filter(|query| !query.is_empty())?;
    let route = request.extensions().get::<MatchedPath>()?;
    let known = document.query(request.method(), route.as_str());
    let known = known.unwrap_or_default();
    match Query::<Vec<(String, String)>>::try_from_uri(request.uri()) {
        Ok(Query(sent)) => {
            let unknown = sent.into_iter().find(|(name, _)| !known.contains(name));
            unknown.map(|(name, _)| unknown_parameter(&name, known))
        }
        Err(rejection) => Some(rejection.into()),
    }
}

fn unknown_parameter(name: &str, known: &[String]) -> Problem {
    let name: String = name.chars().take(80).collect();
    let parameters = match known {
        [] => "it has none".to_owned(),
        known => format!("its parameters are {}", known.join(", ")),
    };
    let detail = format!("{name}: is not a parameter of this request; {parameters}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", detail).field(name)
}
