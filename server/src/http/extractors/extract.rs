//! Extractors for paths, queries and bodies. A refusal names the field.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use leaderport::InvalidValue;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::http::extractors::json::{self, Scope};
use crate::http::problem::Problem;

/// A JSON object as the body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonText(text) = JsonText::from_request(request, state).await?;
        read_object(&text).map(Self)
    }
}

/// The text of a JSON body, unchecked. [`read_list`] reads a list from it.
pub(crate) struct JsonText(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonText {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "the body must be JSON, with the header `Content-Type: application/json`",
            ));
        }
        Ok(Self(Bytes::from_request(request, state).await?))
    }
}

/// The media type of a body, in lower case and without parameters; empty if the header is missing.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let kind = value.and_then(|v| v.split(';').next()).unwrap_or("");
    kind.trim().to_ascii_lowercase()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = media_type(headers);
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Parses JSON. A text that is not JSON is malformed. A value that does not fit is invalid, and
/// named by its path.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    parse(&json::checked(text, Scope::Whole)?)
}

/// Like [`read`], for an object. A list is refused: serde would take it as the members in the order
/// of their declaration.
pub(crate) fn read_object<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let text = json::checked(text, Scope::Whole)?;
    if text.trim_start().starts_with('{') {
        return parse(&text);
    }
    let (status, detail) = (StatusCode::UNPROCESSABLE_ENTITY, "must be a JSON object");
    Err(Problem::new(status, "invalid_value", detail).field("."))
}

/// The members of a JSON object, not parsed.
pub(crate) type Members = BTreeMap<String, Box<RawValue>>;

/// Parses the list that is the body, or its member `name`; and returns the other members.
/// [`read_object`] parses each element.
pub(crate) fn read_list(
    text: &[u8],
    name: &'static str,
) -> Result<(Vec<Box<RawValue>>, Members), Problem> {
    let text = json::checked(text, Scope::AroundElements(name))?;
    if !text.trim_start().starts_with('{') {
        return Ok((parse(&text)?, Members::new()));
    }
    let mut members: Members = parse(&text)?;
    let Some(list) = members.remove(name) else {
        return Err(Problem::missing(name, "the list"));
    };
    let list = parse(list.get()).map_err(|problem: Problem| problem.field(name))?;
    Ok((list, members))
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Problem> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(refused)
}

fn refused(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let inner = error.into_inner();
    if inner.is_data() {
        invalid(&path, &inner.to_string())
    } else {
        Problem::malformed_json(format!("the body is not JSON: {inner}"))
    }
}

/// The refusal of an invalid value. Serde's message contains the name of a missing or unknown
/// field. Any other field is named by its path.
fn invalid(path: &str, words: &str) -> Problem {
    let named = ["missing field `", "unknown field `"]
        .iter()
        .find_map(|start| words.strip_prefix(start)?.split('`').next());
    let field = match (path, named) {
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) if !path.ends_with(name) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    };
    let detail = format!("{field}: {words}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", detail).field(field)
}

/// Path segments, percent-decoded.
pub(crate) struct PathOf<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(value) = Path::<T>::from_request_parts(parts, state).await?;
        Ok(Self(value))
    }
}

/// Query parameters. If a parameter is repeated, its last value counts.
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await?;
        Ok(Self(pairs))
    }
}

impl Params {
    /// The value of a parameter. An empty value counts as absent.
    pub(crate) fn get<T: std::str::FromStr<Err = InvalidValue>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, Problem> {
        self.text(name)
            .map(|text| text.parse().map_err(|e: InvalidValue| e.of(name).into()))
            .transpose()
    }

    /// A whole number within bounds; `default` if the parameter is absent.
    pub(crate) fn number(
        &self,
        name: &'static str,
        bounds: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(|n| bounds.contains(n))
            .ok_or_else(|| {
                let reason = format!(
                    "must be a whole number from {} to {}",
                    bounds.start(),
                    bounds.end()
                );
                InvalidValue::new(name, text, reason).into()
            })
    }

    /// The text of a parameter, unless it is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn media_type_is_read_without_its_parameters() {
        let mut headers = HeaderMap::new();
        assert_eq!(media_type(&headers), "");
        let value = HeaderValue::from_static("IMAGE/svg+xml; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, value);
        assert_eq!(media_type(&headers), "image/svg+xml");
    }
}
