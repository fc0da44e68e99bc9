//! `/overlay/{slug}`: a transparent page with the first rows of a board, for the overlay of a stream
//! and for frames of other sites.
//!
//! The page is plain HTML with the widget of `/sdk`. It shows nothing that depends on the reader, and has
//! no form and no action. It is therefore the only page that other sites may frame.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use leaderport::service::Leaderboards;
use leaderport::{InvalidValue, Period, Slug};

use crate::http::extractors::extract::{Params, PathOf};
use crate::http::headers::MayBeFramed;
use crate::http::problem::Problem;
use crate::rest::standings::known_slug;

/// Number of rows without the parameter `rows`.
const ROWS: u64 = 5;

/// Maximum number of rows: one page.
const MAX_ROWS: u64 = 50;

const THEMES: [&str; 3] = ["auto", "light", "dark"];

/// Only this site's widget runs. Programs for streams add a style of their own to the page, hence
/// styles in blocks; the page has no secret that a style could read.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; \
                      style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors *";

/// `GET /overlay/{slug}?rows=&period=&theme=&player=&lang=`.
pub(crate) async fn show(
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
    params: Params,
) -> Result<Response, Problem> {
    let slug = known_slug(&slug)?;
    let board = leaderboards.board(&slug)?;
    let period = params.get::<Period>("period")?;
    // Refuses a period that the board does not have.
    leaderboards.find(&slug, period, None)?;
    let rows = params.number("rows", 1..=MAX_ROWS, ROWS)?.to_string();
    let theme = params.text("theme").unwrap_or("dark");
    if !THEMES.contains(&theme) {
        return Err(InvalidValue::new("theme", theme, "must be auto, light or dark").into());
    }
    let attributes = [
        ("rows", Some(rows.as_str())),
        ("period", period.map(Period::name)),
        ("theme", Some(theme)),
        ("player", params.text("player")),
        ("lang", params.text("lang")),
    ];
    let page = document(&slug, &board.title, &attributes);
    let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
    Ok((policy, Extension(MayBeFramed), Html(page)).into_response())
}

/// The document with a widget of these attributes. Without its script, a link leads to the board.
fn document(slug: &Slug, title: &str, attributes: &[(&str, Option<&str>)]) -> String {
    let given = |(name, value): &(&str, Option<&str>)| {
        value.map(|value| format!(" {name}=\"{}\"", escaped(value)))
    };
    let attributes: Vec<String> = attributes.iter().filter_map(given).collect();
    let (attributes, title) = (attributes.concat(), escaped(title));
    format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="stylesheet" href="/sdk/overlay.css">
<script type="module" src="/sdk/leader-board.js"></script>
<leader-board src="/boards/{slug}"{attributes}><a href="/boards/{slug}" target="_top">{title}</a></leader-board>
</html>
"#
    )
}

/// The text in an element or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_never_markup() {
        let slug = Slug::new("arena").unwrap();
        let attributes = [("player", Some("\"><script>")), ("period", None)];
        let page = document(&slug, "</title><b>A & 'B'", &attributes);
        assert!(page.contains("<title>&lt;/title&gt;&lt;b&gt;A &amp; &#39;B&#39;</title>"));
        assert!(page.contains(" player=\"&quot;&gt;&lt;script&gt;\">"));
        assert!(!page.contains("period"), "{page}");
        assert_eq!(page.matches("<script").count(), 1);
    }
}
