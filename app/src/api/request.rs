//! The context of a request, for server functions, and the HTTP status of refusals.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use leaderport::service::{Caller, Error, Leaderboards, People};
use leaderport::{Marks, ScoreFormat, SubmissionRecord};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::api::visitor::{Visitor, Visitors};
use crate::error::PageError;
use crate::locale;

/// The context of a request. Create it before the first await, while the request's context is
/// current.
pub(super) struct Request {
    pub(super) leaderboards: Arc<Leaderboards>,
    pub(super) people: Arc<People>,
    pub(super) visitors: Arc<dyn Visitors>,
    /// The number marks of the reader.
    pub(super) marks: Marks,
    headers: HeaderMap,
    address: String,
    /// Whether this address of the node has the admin page.
    pub(super) has_admin_page: bool,
    is_plain_form: bool,
    response: Option<ResponseOptions>,
}

impl Request {
    pub(super) fn current() -> Self {
        let parts = use_context::<http::request::Parts>();
        let visitors: Arc<dyn Visitors> = expect_context();
        let address = parts
            .as_ref()
            .map(|parts| visitors.address(&parts.extensions));
        let has_admin_page = parts
            .as_ref()
            .map(|parts| visitors.has_admin_page(&parts.extensions));
        Self {
            leaderboards: expect_context(),
            people: expect_context(),
            visitors,
            address: address.unwrap_or_default(),
            has_admin_page: has_admin_page.unwrap_or(true),
            marks: locale::marks(),
            is_plain_form: parts.as_ref().is_some_and(is_plain_form),
            headers: parts.map_or_else(HeaderMap::new, |parts| parts.headers),
            response: use_context(),
        }
    }

    /// The visitor who sent the request; none if unknown.
    pub(super) async fn visitor(&self) -> Result<Option<Visitor>, Error> {
        self.visitors.current(&self.headers).await
    }

    /// The visitor, for reads. While the ledger is down, the visitor counts as unknown, so that
    /// reads do not fail.
    pub(super) async fn reader(&self) -> Option<Visitor> {
        self.visitor().await.unwrap_or_else(|error| {
            leptos::logging::warn!("cannot identify the reader: {error:?}");
            None
        })
    }

    /// The address of this deployment; empty if it is unknown.
    pub(super) fn origin(&self) -> String {
        self.visitors.origin(&self.headers).unwrap_or_default()
    }

    /// The network address that sent the request, for rate limits.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The session token in the request's cookies.
    pub(super) fn session(&self) -> Option<String> {
        self.visitors.session(&self.headers)
    }

    pub(super) fn set_cookies(&self, cookies: Vec<HeaderValue>) {
        let Some(response) = &self.response else {
            return;
        };
        for cookie in cookies {
            response.append_header(header::SET_COOKIE, cookie);
        }
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }

    /// Leads a form that was sent without JavaScript back to its page, without the refusal of an earlier
    /// attempt. The framework's own redirect ends with a question mark. Call it after success.
    pub(super) fn return_to_form(&self) {
        let Some(response) = self.response.as_ref().filter(|_| self.is_plain_form) else {
            return;
        };
        let sender = self.headers.get(header::REFERER);
        let sender = sender.and_then(|sender| sender.to_str().ok());
        let page = sender.map(without_refusal);
        if let Some(page) = page.and_then(|page| HeaderValue::from_str(&page).ok()) {
            response.insert_header(header::LOCATION, page);
        }
    }

    /// Adds the score format of its board to each submission.
    pub(super) fn with_formats(
        &self,
        submissions: Vec<SubmissionRecord>,
    ) -> Vec<(SubmissionRecord, ScoreFormat)> {
        let with_format = |submission: SubmissionRecord| {
            let board = self.leaderboards.board(&submission.board);
            let format = board.map_or(ScoreFormat::Integer, |board| board.format);
            (submission, format)
        };
        submissions.into_iter().map(with_format).collect()
    }

    /// Sets the HTTP status of a refusal, so that programs do not get 200. A form that a browser
    /// sends without JavaScript is answered by a redirect, whose status must not change.
    pub(super) fn with_status<T>(&self, result: Result<T, Error>) -> Result<T, PageError> {
        result.map_err(|error| {
            if let Some(response) = self.response.as_ref().filter(|_| !self.is_plain_form) {
                let status = StatusCode::from_u16(error.status());
                response.set_status(status.unwrap_or(StatusCode::BAD_REQUEST));
                if let Error::TooMany(limited) = &error {
                    for (name, value) in limited.headers() {
                        if let Ok(value) = HeaderValue::from_str(&value) {
                            response.insert_header(HeaderName::from_static(name), value);
                        }
                    }
                }
            }
            error.into()
        })
    }
}

/// The request's context and its caller.
pub(super) async fn request_and_caller() -> Result<(Request, Caller), PageError> {
    let request = Request::current();
    let visitor = request.visitor().await;
    let visitor = request.with_status(visitor)?;
    let caller = visitor.map_or(Caller::Nobody, |visitor| visitor.caller());
    Ok((request, caller))
}

/// The address of a page without the refusal that a redirect put into its query.
fn without_refusal(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let is_refusal =
        |pair: &str| ["__path", "__err"].contains(&pair.split('=').next().unwrap_or_default());
    let pairs = query.split('&');
    let kept: Vec<&str> = pairs
        .filter(|pair| !pair.is_empty() && !is_refusal(pair))
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

fn is_plain_form(parts: &http::request::Parts) -> bool {
    let accept = parts.headers.get(header::ACCEPT);
    let wants_page = accept.and_then(|a| a.to_str().ok());
    parts.method == http::Method::POST && wants_page.is_some_and(|a| a.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_of_a_form_keeps_its_query_without_a_refusal() {
        for (address, expected) in [
            ("http://a/settings", "http://a/settings"),
            ("http://a/settings?", "http://a/settings"),
            (
                "http://a/settings?__path=%2F_fn&__err=e30%3D",
                "http://a/settings",
            ),
            (
                "http://a/b?season=all&__err=x&page=2",
                "http://a/b?season=all&page=2",
            ),
            (
                "http://a/b?find=a%26__err%3D1",
                "http://a/b?find=a%26__err%3D1",
            ),
        ] {
            assert_eq!(without_refusal(address), expected);
        }
    }
}
