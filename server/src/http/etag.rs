//! Conditional requests.

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether the client has the answer with this tag, by `If-None-Match`.
pub(crate) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = headers.get(header::IF_NONE_MATCH);
    let known = known.and_then(|known| known.to_str().ok());
    known.is_some_and(|known| {
        let mut tags = known
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"));
        tags.any(|known| known == tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_is_found_in_a_list_of_weak_and_strong_ones() {
        let tag = HeaderValue::from_static("\"b\"");
        let is_known = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(text));
            super::is_known(&headers, &tag)
        };
        assert!(is_known("\"b\"") && is_known("\"a\", W/\"b\""));
        assert!(!is_known("\"a\"") && !is_known("b"));
        assert!(!super::is_known(&HeaderMap::new(), &tag));
    }
}
