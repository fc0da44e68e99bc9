//! The settings of a request's reader: those of the account, or else those in the browser's cookie.
//!
//! Every request gets them as an extension, so that the first byte of a page is in the reader's theme
//! and language. A page for a signed-in player reads the account, and writes the cookie if it differs.
//! The cookie then has the settings while the ledger is down, and after sign-out.

use std::sync::Arc;

use app::api::visitor::Visitors;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use leaderport::people::settings::Settings;
use leaderport::service::{Error, People};

use crate::auth::cookies::Cookies;

/// Adds the look in the cookie to a request, before the check of origins drops the cookies of requests
/// that other sites cause. A link from another site then opens a page in the reader's theme too.
pub(crate) async fn read_look(
    State(visitors): State<Arc<Cookies>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(settings) = visitors.settings(request.headers()) {
        request.extensions_mut().insert(Settings {
            visible_as: None,
            ..settings
        });
    }
    next.run(request).await
}

/// Adds the reader's [`Settings`] to a request.
pub(crate) async fn identify(
    State(people): State<Arc<People>>,
    State(visitors): State<Arc<Cookies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let kept = visitors.settings(request.headers());
    let look = || request.extensions().get::<Settings>().cloned();
    let kept = kept.or_else(look).unwrap_or_default();
    let own = if is_page(&request) {
        let headers = request.headers().clone();
        of_account(&people, &visitors, &headers).await
    } else {
        None
    };
    let changed = own.as_ref().filter(|own| **own != kept);
    let cookies = changed.map(|own| visitors.keep_settings(own));
    request.extensions_mut().insert(own.unwrap_or(kept));
    let mut response = next.run(request).await;
    // A browser may also open a picture or a file, which caches share with other readers.
    if has_page(&response) {
        for cookie in cookies.into_iter().flatten() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Whether a response is a page.
fn has_page(response: &Response) -> bool {
    let media = response.headers().get(header::CONTENT_TYPE);
    media.is_some_and(|media| media.as_bytes().starts_with(b"text/html"))
}

/// Whether a browser opens a page. Other requests show nothing of the account's settings.
fn is_page(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT);
    let accepted = accepted.and_then(|accepted| accepted.to_str().ok());
    request.method() == Method::GET && accepted.is_some_and(|types| types.contains("text/html"))
}

/// The settings of the account of a request's session; none without an account, before its player
/// chose any, and while the ledger is down.
async fn of_account(people: &People, visitors: &Cookies, headers: &HeaderMap) -> Option<Settings> {
    visitors.session(headers)?;
    let read = async {
        let visitor = visitors.current(headers).await?;
        match visitor.filter(|visitor| visitor.account.is_some()) {
            Some(visitor) => people.settings(&visitor.caller()).await,
            None => Ok(None),
        }
    };
    read.await.unwrap_or_else(|error: Error| {
        tracing::warn!(%error, "cannot read the settings of an account");
        None
    })
}
