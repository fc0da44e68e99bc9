//! Notifications of overtaken players by Web Push (RFC 8030): `watcher` finds overtaken players,
//! `sender` encrypts and sends, `endpoint` keeps messages out of private networks, `signature`
//! identifies this deployment (VAPID).

pub(crate) mod endpoint;
mod sender;
mod signature;
mod watched;
mod watcher;

use axum_extra::extract::cookie::Key;
use sha2::{Digest, Sha256};

pub(crate) use self::sender::Sender;
pub(crate) use self::watcher::Watcher;
use crate::config::{PushKey, PushOptions};

/// The configured key. Without one, a key derived from the cookie key, which is the same on all
/// nodes with that key.
pub(crate) fn key(options: &PushOptions, cookies: &Key) -> PushKey {
    if let Some(key) = &options.push_private_key {
        return key.clone();
    }
    let candidates = (0_u32..).map(|n| {
        // The derivation is one-way, so this key does not reveal the cookie key.
        let n = n.to_be_bytes();
        Sha256::digest([b"push:".as_slice(), n.as_slice(), cookies.master()].concat())
    });
    let mut keys = candidates.filter_map(|bytes| PushKey::from_bytes(&bytes.into()));
    keys.next().expect("almost every value is a key")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        push: PushOptions,
    }

    fn options(flags: &[&str]) -> PushOptions {
        Flags::parse_from([&["leaderport"][..], flags].concat()).push
    }

    #[test]
    fn derived_key_depends_on_the_cookie_key_alone() {
        let [one, other] = [[1; 64], [2; 64]].map(|secret| Key::derive_from(&secret));
        let none = options(&[]);
        assert_eq!(key(&none, &one), key(&none, &one));
        assert_ne!(key(&none, &one), key(&none, &other));
    }

    #[test]
    fn configured_key_takes_precedence() {
        let cookies = Key::derive_from(&[1; 64]);
        let configured = PushKey::from_bytes(&[7; 32]).unwrap();
        let given = options(&["--push-private-key", &configured.private_text()]);
        assert_eq!(key(&given, &cookies), configured);
    }
}
