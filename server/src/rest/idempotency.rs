//! `Idempotency-Key`: a client's own name for a submission, in place of an id in the body.

use axum::http::{HeaderMap, HeaderName};
use leaderport::service::Caller;
use leaderport::{InvalidValue, Slug, SubmissionId};
use sha2::{Digest, Sha256};
use uuid::Builder;

/// The header's name in refusals.
pub(super) const FIELD: &str = "Idempotency-Key";

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// On the answer to a submission that was recorded before.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Maximum length of a key, in bytes.
const MAX_LENGTH: usize = 255;

/// Length of a UUID with its hyphens.
const UUID_LENGTH: usize = 36;

/// The id that the key of a request means. A UUID with hyphens is the id itself. Any other key is
/// hashed with the caller and the board, so that equal keys of different callers mean different
/// submissions. So are 32 hexadecimal digits, which may be a counter or a checksum.
///
/// # Errors
/// Refuses a key that is empty, too long, or not visible ASCII; and several keys.
pub(super) fn id(
    headers: &HeaderMap,
    caller: &Caller,
    board: &Slug,
) -> Result<Option<SubmissionId>, InvalidValue> {
    let mut lines = headers.get_all(KEY).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    let text = line.to_str().unwrap_or_default();
    // The IETF's draft of the header has its value in quotes.
    let quoted = text.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    let is_key = (1..=MAX_LENGTH).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_graphic())
        && lines.next().is_none();
    if !is_key {
        let reason =
            format!("must be a UUID, or one key of 1 to {MAX_LENGTH} visible ASCII characters");
        return Err(InvalidValue::new(FIELD, text, reason));
    }
    if key.len() == UUID_LENGTH
        && let Ok(id) = key.parse()
    {
        return Ok(Some(id));
    }
    Ok(Some(derived(caller, board, key)))
}

/// Refuses a key for a batch: each of its submissions has its own effect.
///
/// # Errors
/// Fails if the request has one.
pub(super) fn refuse(headers: &HeaderMap) -> Result<(), InvalidValue> {
    let Some(key) = headers.get(KEY) else {
        return Ok(());
    };
    let key = key.to_str().unwrap_or("?");
    let reason = "names one submission; a batch has an id in each of its submissions";
    Err(InvalidValue::new(FIELD, key, reason))
}

/// A UUID of version 8 (RFC 9562). Its parts have no NUL, so they cannot run into each other.
fn derived(caller: &Caller, board: &Slug, key: &str) -> SubmissionId {
    let text = format!("{FIELD}\0{}\0{board}\0{key}", caller.actor());
    let digest = Sha256::digest(text);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    SubmissionId(Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use leaderport::PlayerId;

    use super::*;

    const UUID: &str = "0193a7c0-0000-7000-8000-000000000001";

    fn keys(keys: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for key in keys {
            headers.append(KEY, HeaderValue::from_bytes(key.as_bytes()).unwrap());
        }
        headers
    }

    fn id_of(caller: &Caller, board: &str, key: &str) -> SubmissionId {
        let board = Slug::new(board).unwrap();
        id(&keys(&[key]), caller, &board).unwrap().unwrap()
    }

    #[test]
    fn uuid_is_the_id_itself() {
        for key in [
            UUID.to_owned(),
            format!("\"{UUID}\""),
            UUID.to_ascii_uppercase(),
        ] {
            let id = id_of(&Caller::Operator, "points", &key);
            assert_eq!(id.to_string(), UUID, "{key}");
        }
    }

    #[test]
    fn other_keys_mean_an_id_for_each_caller_and_board() {
        let ann = Caller::guest(PlayerId::new("ann").unwrap());
        let bob = Caller::guest(PlayerId::new("bob").unwrap());
        let first = id_of(&ann, "points", "run-1");
        assert_eq!(first.0.get_version_num(), 8);
        assert_eq!(id_of(&ann, "points", "run-1"), first);
        assert_eq!(id_of(&ann, "points", "\"run-1\""), first);
        for other in [
            id_of(&bob, "points", "run-1"),
            id_of(&Caller::Operator, "points", "run-1"),
            id_of(&ann, "times", "run-1"),
            id_of(&ann, "points", "run-2"),
            id_of(&ann, "points", "Run-1"),
        ] {
            assert_ne!(other, first);
        }
    }

    #[test]
    fn only_a_uuid_with_hyphens_is_an_id() {
        let simple = UUID.replace('-', "");
        for key in [
            format!("{{{UUID}}}"),
            format!("urn:uuid:{UUID}"),
            "0".repeat(32),
            "0".repeat(36),
            simple,
        ] {
            let id = id_of(&Caller::Operator, "points", &key);
            assert_eq!(id.0.get_version_num(), 8, "{key}");
            assert_ne!(id_of(&Caller::Operator, "times", &key), id, "{key}");
        }
    }

    #[test]
    fn key_is_short_visible_ascii_in_one_line() {
        let board = Slug::new("points").unwrap();
        let read = |given: &[&str]| id(&keys(given), &Caller::Operator, &board);
        assert_eq!(read(&[]), Ok(None));
        assert!(read(&["k".repeat(MAX_LENGTH).as_str()]).is_ok());
        let long = "k".repeat(MAX_LENGTH + 1);
        for bad in [
            vec![""],
            vec!["\"\""],
            vec![long.as_str()],
            vec!["a b"],
            vec!["ö"],
            vec!["a", "a"],
        ] {
            let refused = read(&bad).unwrap_err();
            assert_eq!(refused.field, FIELD, "{bad:?}");
        }
        assert_eq!(refuse(&keys(&["a"])).unwrap_err().field, FIELD);
        assert_eq!(refuse(&HeaderMap::new()), Ok(()));
    }
}
