//! What server functions find in a request's context, and how they refuse.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use leaderport::service::{Caller, Error, Leaderboards, People};
use leaderport::{Marks, ScoreFormat, SubmissionRecord};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::api::visitor::{Visitor, Visitors};
use crate::error::PageError;
use crate::locale;

/// Taken before the first await: context is the request's.
pub(super) struct Request {
    pub(super) leaderboards: Arc<Leaderboards>,
    pub(super) people: Arc<People>,
    pub(super) visitors: Arc<dyn Visitors>,
    /// How the reader writes numbers.
    pub(super) marks: Marks,
    headers: HeaderMap,
    is_plain_form: bool,
    response: Option<ResponseOptions>,
}

impl Request {
    pub(super) fn current() -> Self {
        let parts = use_context::<http::request::Parts>();
        Self {
            leaderboards: expect_context(),
            people: expect_context(),
            visitors: expect_context(),
            marks: locale::marks(),
            is_plain_form: parts.as_ref().is_some_and(is_plain_form),
            headers: parts.map_or_else(HeaderMap::new, |parts| parts.headers),
            response: use_context(),
        }
    }

    /// Who asks.
    pub(super) async fn visitor(&self) -> Result<Option<Visitor>, Error> {
        self.visitors.current(&self.headers).await
    }

    /// Who reads; a stranger while that cannot be found out, since reads go on.
    pub(super) async fn reader(&self) -> Option<Visitor> {
        self.visitor().await.unwrap_or_else(|error| {
            leptos::logging::warn!("it is not known who reads: {error:?}");
            None
        })
    }

    /// Where this deployment is found; nothing where that is not known.
    pub(super) fn origin(&self) -> String {
        self.visitors.origin(&self.headers).unwrap_or_default()
    }

    /// The token of the request's session.
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

    /// Submissions, each with how its board shows scores.
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

    /// A refused page must not answer 200 to programs. A form that a browser sent
    /// without JavaScript is answered by a redirect, which must keep its own status.
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

/// What is in context, and who asks.
pub(super) async fn asked() -> Result<(Request, Caller), PageError> {
    let request = Request::current();
    let visitor = request.visitor().await;
    let visitor = request.with_status(visitor)?;
    let caller = visitor.map_or(Caller::Nobody, |visitor| visitor.caller());
    Ok((request, caller))
}

fn is_plain_form(parts: &http::request::Parts) -> bool {
    let accept = parts.headers.get(header::ACCEPT);
    let wants_page = accept.and_then(|a| a.to_str().ok());
    parts.method == http::Method::POST && wants_page.is_some_and(|a| a.contains("text/html"))
}
