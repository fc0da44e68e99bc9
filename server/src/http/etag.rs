//! Conditional requests: entity tags.

use axum::http::{HeaderMap, HeaderValue, header};

/// A weak tag: the text in quotes. Compression changes the bytes of an answer, so no tag is strong.
/// `None` for a text that a header cannot have.
pub(crate) fn weak(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("W/\"{text}\"")).ok()
}

/// Whether the client has the answer with this tag, by `If-None-Match`. Weak and strong tags of the
/// same text are equal (RFC 9110, section 13.1.2).
pub(crate) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Ok(tag) = tag.to_str().map(without_weakness) else {
        return false;
    };
    let known = headers.get(header::IF_NONE_MATCH);
    let known = known.and_then(|known| known.to_str().ok());
    known.is_some_and(|known| {
        let mut tags = known.split(',').map(|tag| without_weakness(tag.trim()));
        tags.any(|known| known == tag)
    })
}

fn without_weakness(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
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

    #[test]
    fn weak_tag_is_found_by_its_text() {
        let tag = weak("b").unwrap();
        assert_eq!(tag, "W/\"b\"");
        for (text, expected) in [("W/\"b\"", true), ("\"a\", \"b\"", true), ("b", false)] {
            let known = HeaderValue::from_static(text);
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, known)]);
            assert_eq!(is_known(&headers, &tag), expected, "{text}");
        }
    }
}
