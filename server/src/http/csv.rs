//! The choice between JSON and CSV.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Whether a request asks for CSV: by the parameter `format`, or else by an `Accept` that prefers it to
/// JSON. The answer and its cost follow this rule.
pub(crate) fn wants_csv(headers: &HeaderMap, format: Option<&str>) -> bool {
    let accept = headers.get(ACCEPT).and_then(|a| a.to_str().ok());
    match format {
        Some("csv") => true,
        Some("json") => false,
        _ => accept.is_some_and(prefers_csv),
    }
}

fn prefers_csv(accept: &str) -> bool {
    // The preference of each type; among equal ones, the first is preferred.
    let mut csv = 0.0;
    let mut other = 0.0;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        let quality = quality.unwrap_or(1.0);
        match kind.as_str() {
            "text/csv" | "text/*" if quality > other => csv = quality,
            "application/json" | "application/*" | "*/*" if quality > csv => other = quality,
            _ => {}
        }
    }
    csv > other
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn parameter_takes_precedence_over_the_header() {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/csv"))]);
        for (format, expected) in [(Some("json"), false), (Some("csv"), true), (None, true)] {
            assert_eq!(wants_csv(&headers, format), expected, "{format:?}");
        }
        assert!(wants_csv(&HeaderMap::new(), Some("csv")));
    }

    #[test]
    fn csv_is_answered_when_it_is_preferred_to_json() {
        for (accept, expected) in [
            ("text/csv", true),
            ("Text/CSV;charset=utf-8", true),
            ("text/csv, application/json", true),
            ("text/csv, */*;q=0.1", true),
            ("text/*", true),
            ("text/html, text/*;q=0.5, application/json", false),
            ("application/json;q=0.5, text/csv;q=0.6", true),
            ("application/json, text/csv", false),
            ("text/csv;q=0.5, application/json", false),
            ("text/csv;q=0", false),
            ("application/json", false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("*/*", false),
            ("", false),
        ] {
            assert_eq!(prefers_csv(accept), expected, "{accept}");
        }
    }
}
