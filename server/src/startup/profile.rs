//! The profile of this node: its host and address, and the settings that all nodes must share.
//! Secrets are stored as fingerprints, which do not reveal them.

use std::net::SocketAddr;

use axum_extra::extract::cookie::Key;
use leaderport::NodeProfile;
use sha2::{Digest, Sha256};

use crate::config::{ApiToken, Config};

/// Number of bytes of a fingerprint: enough to tell secrets apart.
const FINGERPRINT_BYTES: usize = 8;

/// The profile of a node that listens on `address`. `push_key` is the public key of notifications.
pub(crate) fn profile(
    config: &Config,
    cookies: &Key,
    api_token: &ApiToken,
    token_secrets: &[Vec<u8>],
    push_key: &str,
    address: SocketAddr,
) -> NodeProfile {
    let broker = match &config.broker {
        Some(_) => format!("redis, prefix {}", config.broker_prefix),
        None => NodeProfile::MEMORY.to_owned(),
    };
    let api_token = api_token.0.as_ref();
    let api_token = api_token.map(|token| token.expose().as_bytes());
    NodeProfile {
        host: host(),
        address: address.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        broker,
        cookie_secret: fingerprint(cookies, "cookie secret", b""),
        api_token: api_token.map(|token| fingerprint(cookies, "API token", token)),
        token_secrets: token_secrets
            .iter()
            .map(|secret| fingerprint(cookies, "token secret", secret))
            .collect(),
        is_https: Some(config.is_https()),
        // The public key needs no fingerprint.
        push_key: Some(push_key.to_owned()),
        stores: Vec::new(),
    }
}

/// A digest of a secret, keyed by the cookie secret: guesses cannot be tested without it.
fn fingerprint(cookies: &Key, of: &str, secret: &[u8]) -> String {
    let name = format!("fingerprint of the {of}:");
    let digest = Sha256::digest([name.as_bytes(), cookies.master(), secret].concat());
    let bytes = digest.iter().take(FINGERPRINT_BYTES);
    let digits = bytes.map(|byte| format!("{byte:02x}"));
    digits.collect()
}

#[cfg(unix)]
fn host() -> String {
    let system = rustix::system::uname();
    system.nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_depend_on_the_secret_and_do_not_contain_it() {
        let [one, other] = [[1; 64], [2; 64]].map(|secret| Key::derive_from(&secret));
        let token = |key: &Key, token: &str| fingerprint(key, "API token", token.as_bytes());
        assert_eq!(token(&one, "a"), token(&one, "a"));
        assert_ne!(token(&one, "a"), token(&one, "b"));
        assert_ne!(token(&one, "a"), token(&other, "a"));
        let of_key = |key| fingerprint(key, "cookie secret", b"");
        assert_ne!(of_key(&one), of_key(&other));
        assert_ne!(of_key(&one), token(&one, ""));
        assert_eq!(of_key(&one).len(), 2 * FINGERPRINT_BYTES);
        assert!(!host().is_empty());
    }
}
