//! Headers of every response.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

const SECURITY: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (
        // For all responses except pages: forbid loading anything, and forbid framing.
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// Marks a response that other sites may frame, as an extension. Its own content security policy says
/// so; the older header is left out. All other responses must not be framed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MayBeFramed;

/// Sets the content security policy of the page whose context is current. Only this site's
/// scripts can run. Inline scripts have a nonce, a number that is used once.
pub(crate) fn allow_own_scripts() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    // `cargo leptos watch` notifies the page of a rebuild from another port.
    let reload = match std::env::var_os("LEPTOS_WATCH") {
        Some(_) => " ws:",
        None => "",
    };
    // Styles are allowed on elements (a hue, a place in the list), but not in blocks.
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'{reload}; object-src 'none'; base-uri 'self'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Adds security headers and caching headers. Files with a content hash or a version in their name
/// can be cached permanently. All other responses are revalidated by default, because pages contain the visitor's
/// name. The state is whether browsers use HTTPS only.
pub(crate) async fn add(
    State(is_https_only): State<bool>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let has_unique_name = path.starts_with("/pkg/") || path.starts_with("/fonts/");
    let is_worker = request.uri().path() == "/sw.js";
    let is_offline_page = request.uri().path() == "/offline.html";
    let mut response = next.run(request).await;
    // Set the header for 304 too, because its headers replace those of the cached response.
    let status = response.status();
    let ok = status.is_success() || status == StatusCode::NOT_MODIFIED;
    let may_be_framed = response.extensions().get::<MayBeFramed>().is_some();
    let headers = response.headers_mut();
    if is_worker {
        // The service worker only fetches the files that it caches, and the icon of notifications.
        let policy = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'";
        let policy = HeaderValue::from_static(policy);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    } else if is_offline_page {
        let policy = "default-src 'none'; img-src 'self'; font-src 'self'; \
                      style-src-elem 'self'; style-src-attr 'unsafe-inline'; \
                      frame-ancestors 'none'";
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        );
    }
    for (name, value) in SECURITY {
        if may_be_framed && name == header::X_FRAME_OPTIONS {
            continue;
        }
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if is_https_only {
        // A browser that has used HTTPS must not return to HTTP.
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if has_unique_name && ok {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        headers.insert(header::CACHE_CONTROL, forever);
        // Each encoding has its own variant.
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    } else {
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-cache"));
    }
    response
}
