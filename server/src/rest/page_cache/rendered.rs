//! A rendered page, whose nonces are replaced in each answer.

use axum::body::{Body, to_bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use leptos::nonce::Nonce;

/// Maximum size of a cached page, in bytes.
pub(super) const MAX_BYTES: usize = 128 << 10;

/// Minimum length of a nonce. A shorter text could be part of the page.
const MIN_NONCE: usize = 16;

/// A page that several readers get, each with a nonce of its own.
#[derive(Debug)]
pub(super) struct Rendered {
    headers: HeaderMap,
    /// The content security policy, split at the nonce.
    policy: Vec<String>,
    /// The document, split at the nonces.
    html: Vec<String>,
}

impl Rendered {
    /// Reads a response to its end.
    ///
    /// # Errors
    /// Returns the response if it is no page that other readers may get.
    pub(super) async fn of(response: Response) -> Result<Self, Response> {
        let Some((policy, nonce)) = policy(&response) else {
            return Err(response);
        };
        let (head, body) = response.into_parts();
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        let text = std::str::from_utf8(&bytes).ok();
        let Some(text) = text.filter(|text| text.len() <= MAX_BYTES) else {
            return Err(Response::from_parts(head, Body::from(bytes)));
        };
        let split = |text: &str| -> Vec<String> { text.split(&nonce).map(str::to_owned).collect() };
        Ok(Self {
            headers: head.headers,
            policy: split(&policy),
            html: split(text),
        })
    }

    /// The page with a new nonce.
    pub(super) fn answer(&self) -> Response {
        let nonce = Nonce::new();
        let nonce: &str = nonce.as_inner();
        let policy = HeaderValue::from_str(&self.policy.join(nonce));
        let policy = policy.expect("a nonce is text of base64");
        let mut response = Response::new(Body::from(self.html.join(nonce)));
        response.headers_mut().clone_from(&self.headers);
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        response
    }
}

/// The content security policy of a page that other readers may get, and its nonce.
fn policy(response: &Response) -> Option<(String, String)> {
    let headers = response.headers();
    let media = headers.get(CONTENT_TYPE)?.as_bytes();
    let is_for_all = response.status() == StatusCode::OK
        && media.starts_with(b"text/html")
        && !headers.contains_key(SET_COOKIE)
        && !headers.contains_key(CACHE_CONTROL);
    let policy = headers.get(CONTENT_SECURITY_POLICY)?.to_str().ok()?;
    let (_, rest) = policy.split_once("'nonce-")?;
    let (nonce, _) = rest.split_once('\'')?;
    let is_fit = is_for_all && nonce.len() >= MIN_NONCE;
    is_fit.then(|| (policy.to_owned(), nonce.to_owned()))
}

#[cfg(test)]
pub(super) mod tests {
    use axum::http::HeaderName;

    use super::*;

    const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    /// A page as the renderer answers it.
    pub(in super::super) fn page() -> Response {
        let policy = format!("script-src 'self' 'nonce-{NONCE}'; object-src 'none'");
        let html = format!("<script nonce=\"{NONCE}\">1</script><p>Hi</p><i nonce=\"{NONCE}\">");
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (CONTENT_SECURITY_POLICY, policy),
        ];
        (headers, html).into_response()
    }

    /// The nonce in the policy of an answer, which must be the one in its document.
    pub(in super::super) async fn nonce_of(answer: Response) -> String {
        let (_, nonce) = policy(&answer).expect("a policy with a nonce");
        let html = to_bytes(answer.into_body(), MAX_BYTES).await.unwrap();
        let expected =
            format!("<script nonce=\"{nonce}\">1</script><p>Hi</p><i nonce=\"{nonce}\">");
        assert_eq!(html, expected.as_bytes());
        nonce
    }

    #[tokio::test]
    async fn each_answer_has_another_nonce() {
        let rendered = Rendered::of(page()).await.unwrap();
        let first = nonce_of(rendered.answer()).await;
        let second = nonce_of(rendered.answer()).await;
        assert!(first != second && first != NONCE && second != NONCE);
        let answer = rendered.answer();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    }

    #[tokio::test]
    async fn only_whole_pages_without_cookies_are_kept() {
        let with = |name: HeaderName, value: &'static str| {
            let mut response = page();
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
            response
        };
        let mut missing = page();
        *missing.status_mut() = StatusCode::NOT_FOUND;
        let mut long = page();
        *long.body_mut() = Body::from("x".repeat(MAX_BYTES + 1));
        for response in [
            with(SET_COOKIE, "a=b"),
            with(CACHE_CONTROL, "no-store"),
            with(CONTENT_TYPE, "application/json"),
            with(CONTENT_SECURITY_POLICY, "default-src 'none'"),
            with(CONTENT_SECURITY_POLICY, "script-src 'nonce-'"),
            missing,
            long,
        ] {
            let (status, headers) = (response.status(), response.headers().clone());
            let refused = Rendered::of(response).await.unwrap_err();
            assert_eq!((refused.status(), refused.headers()), (status, &headers));
            let body = to_bytes(refused.into_body(), 2 * MAX_BYTES).await.unwrap();
            assert!(!body.is_empty());
        }
    }
}
