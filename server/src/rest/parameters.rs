//! The query parameters of each request of the API. Any other parameter is refused: a misspelled
//! `seasn` would otherwise silently answer another question.

use axum::extract::{MatchedPath, Query, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;

/// The part of the routes that they have in common.
pub(super) const ROOT: &str = "/api/v1";

/// Refuses a request with an unknown parameter.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let refusal = refusal(&request);
    if let Some(problem) = refusal {
        return problem.into_response();
    }
    next.run(request).await
}

fn refusal(request: &Request) -> Option<Problem> {
    request.uri().query().filter(|query| !query.is_empty())?;
    let route = request.extensions().get::<MatchedPath>()?;
    let route = route.as_str().strip_prefix(ROOT)?;
    let known = known(request.method(), route);
    match Query::<Vec<(String, String)>>::try_from_uri(request.uri()) {
        Ok(Query(sent)) => {
            let unknown = sent
                .into_iter()
                .find(|(name, _)| !known.contains(&name.as_str()));
            unknown.map(|(name, _)| unknown_parameter(&name, known))
        }
        Err(rejection) => Some(rejection.into()),
    }
}

/// The parameters of a route, without [`ROOT`].
fn known(method: &Method, route: &str) -> &'static [&'static str] {
    match (method.as_str(), route) {
        ("DELETE", "/boards/{slug}") => &["confirm", "dry_run"],
        ("GET" | "HEAD", read) => of_read(read),
        _ => &[],
    }
}

fn of_read(route: &str) -> &'static [&'static str] {
    match route {
        "/boards/{slug}/standings" => &["period", "season", "offset", "limit", "format"],
        "/boards/{slug}/standings/{player}/around" => &["period", "season", "limit"],
        "/boards/{slug}/standings/{player}"
        | "/boards/{slug}/standings/{player}/history"
        | "/boards/{slug}/standings/{player}/explanation" => &["period", "season"],
        "/boards/{slug}/players" => &["period", "season", "name"],
        "/boards/{slug}/seasons" => &["period", "before", "limit"],
        // The admin page changes its value after an upload, so that it shows the new picture.
        "/boards/{slug}/emblem" => &["upload"],
        "/boards/{slug}/events/missed" => &["channel", "since"],
        "/boards/{slug}/events" | "/events" => &["channels", "since", "show", "once", "format"],
        "/accounts" => &["after"],
        "/audit" => &["actor", "action", "target", "before", "format"],
        "/players" => &["name"],
        "/players/{player}/submissions" => &["board", "before"],
        _ => &[],
    }
}

fn unknown_parameter(name: &str, known: &[&str]) -> Problem {
    let name: String = name.chars().take(80).collect();
    let parameters = match known {
        [] => "it has none".to_owned(),
        known => format!("its parameters are {}", known.join(", ")),
    };
    let detail = format!("{name}: is not a parameter of this request; {parameters}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", detail).field(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_belong_to_a_method() {
        let board = "/boards/{slug}";
        assert_eq!(known(&Method::DELETE, board), ["confirm", "dry_run"]);
        assert!(known(&Method::GET, board).is_empty());
        assert!(known(&Method::PUT, board).is_empty());
        let standings = "/boards/{slug}/standings";
        let of_get = known(&Method::GET, standings);
        assert!(of_get.contains(&"limit"));
        assert_eq!(known(&Method::HEAD, standings), of_get);
        assert!(known(&Method::POST, standings).is_empty());
    }
}
