//! Refusals as RFC 9457 `application/problem+json`, with a stable `code`.
//!
//! HTTP errors become responses only here, and are logged here, once.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leaderport::InvalidValue;
use leaderport::service::Error;
use leaderport::service::quota::Limited;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::limits::MAX_BODY_BYTES;
use crate::http::request_id;

/// A refusal, as a problem (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(examples(json!({
    "type": "urn:leaderport:problem:unknown_board", "title": "Not Found", "status": 404,
    "detail": "there is no board \"nope\"; GET /api/v1/boards lists them",
    "code": "unknown_board", "request_id": "4bf92f3577b34da6a3ce929d0e0e4736",
})))]
pub(crate) struct Problem {
    /// `urn:leaderport:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// Name of the status.
    #[schema(value_type = String)]
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A sentence for people.
    detail: String,
    /// Stable identifier, for programs.
    #[schema(value_type = String)]
    code: &'static str,
    /// The invalid member, parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The invalid value.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// The fields that a complete body lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    omitted: Vec<&'static str>,
    /// The id of the refused request, added to the answer of a request of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    request_id: Option<Arc<str>>,
    /// Sent in headers.
    #[serde(skip)]
    limited: Option<Limited>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:leaderport:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            field: None,
            value: None,
            omitted: Vec::new(),
            request_id: None,
            limited: None,
        }
    }

    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(crate) fn unknown_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "this token is not valid, or no longer; the header must be `Authorization: Bearer <API key>`",
        )
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "no credentials were sent; send the header `Authorization: Bearer <API key>`",
        )
    }

    pub(crate) fn foreign_origin(origin: &str) -> Self {
        let origin: String = origin.chars().take(100).collect();
        let detail =
            format!("pages of {origin} may not do this; the server's --allow-origin lists who may");
        Self::new(StatusCode::FORBIDDEN, "foreign_origin", detail)
    }

    pub(crate) fn malformed_json(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
    }

    /// A required member is missing.
    pub(crate) fn missing(field: &'static str, what: &str) -> Self {
        let detail = format!("{field}: is missing: {what}");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "invalid_value", detail).field(field)
    }

    pub(crate) fn limited(limited: &Limited) -> Self {
        Error::TooMany(*limited).into()
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("the body must have at most {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }
}

impl From<InvalidValue> for Problem {
    fn from(error: InvalidValue) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_value",
            error.to_string(),
        );
        problem.field = Some(error.field.to_owned());
        problem.value = Some(error.value);
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if let Error::Unavailable { part, detail } = &error {
            tracing::error!(
                part,
                detail,
                "a request failed because an engine is unavailable"
            );
        }
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let code = error.code();
        let field = error.field().map(str::to_owned);
        let problem = match error {
            Error::Invalid(invalid) => return invalid.into(),
            Error::TooMany(limited) => Self {
                limited: Some(limited),
                ..Self::new(status, code, error.to_string())
            },
            Error::OmittedSettings(_, ref omitted) => Self {
                omitted: omitted.clone(),
                ..Self::new(status, code, error.to_string())
            },
            other => Self::new(status, code, other.to_string()),
        };
        Self { field, ..problem }
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_value",
            rejection.body_text(),
        )
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Self::too_large(MAX_BODY_BYTES)
        } else {
            Self::new(
                StatusCode::BAD_REQUEST,
                "unreadable_body",
                rejection.body_text(),
            )
        }
    }
}

/// `Retry-After`, and the `RateLimit` fields of the IETF draft: the policy's quota and window in
/// seconds; the remaining quota, and the seconds until there is more.
fn limit_headers(limited: &Limited) -> Vec<(HeaderName, HeaderValue)> {
    let rate_limit = limited.headers().into_iter();
    let rate_limit = rate_limit
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), value.parse().ok()?)));
    rate_limit.collect()
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        self.request_id = request_id::current();
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let limited = self.limited;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        if let Some(limited) = limited {
            for (name, value) in limit_headers(&limited) {
                headers.insert(name, value);
            }
        }
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer realm=\"leaderport\""),
                );
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            }
            _ => {}
        }
        response
    }
}
