//! Notifications by Web Push: the key that identifies this deployment to push services, and where
//! messages may be sent.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::p256::pkcs8::DecodePrivateKey;

/// Options of notifications by Web Push.
#[derive(Debug, Clone, clap::Args)]
pub struct PushOptions {
    /// Private key by which push services know this deployment, the same on every node, in base64url
    /// or PEM; if absent, one is derived from the cookie secret. `leaderport push-key` makes one.
    #[arg(
        long,
        env = "LEADERPORT_PUSH_PRIVATE_KEY",
        hide_env_values = true,
        value_parser = push_key,
        allow_hyphen_values = true
    )]
    pub push_private_key: Option<PushKey>,

    /// Address at which push services can reach the operator, as <mailto:ADDRESS> or
    /// <https://HOST>; if absent, the public URL.
    #[arg(long, env = "LEADERPORT_PUSH_CONTACT", value_parser = contact)]
    pub push_contact: Option<String>,

    /// Where messages may be sent. No flag changes it.
    #[arg(skip)]
    pub reach: Reach,

    /// Minimum interval of the reads of a watched player's rank. No flag changes it.
    #[arg(skip = PACE)]
    pub pace: Duration,
}

/// The interval outside of tests: rank changes within it become one notification.
const PACE: Duration = Duration::from_secs(30);

/// The endpoints that messages may be sent to. Players choose them, so a public server must not
/// reach into its own network.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// HTTPS to hosts with public addresses.
    #[default]
    Public,
    /// Any host, also over HTTP; for tests with a push service of their own.
    Any,
}

/// A private key of P-256, which signs messages (VAPID, RFC 8292).
#[derive(Clone, PartialEq, Eq)]
pub struct PushKey(SecretKey);

impl PushKey {
    /// A key from 32 random bytes; `None` for the few invalid values.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        SecretKey::from_slice(bytes).ok().map(Self)
    }

    /// The key, for signatures.
    #[must_use]
    pub fn expose(&self) -> &SecretKey {
        &self.0
    }

    /// The private key in base64url, for its owner.
    #[must_use]
    pub fn private_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_bytes())
    }

    /// The public key in base64url.
    #[must_use]
    pub fn public_text(&self) -> String {
        let point = self.0.public_key().to_encoded_point(false);
        URL_SAFE_NO_PAD.encode(point.as_bytes())
    }
}

impl fmt::Debug for PushKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

fn push_key(text: &str) -> Result<PushKey, String> {
    let text = text.trim();
    let key = if text.starts_with("-----BEGIN") {
        SecretKey::from_pkcs8_pem(text)
            .ok()
            .or_else(|| SecretKey::from_sec1_pem(text).ok())
    } else {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        bytes.and_then(|bytes| SecretKey::from_slice(&<[u8; 32]>::try_from(bytes).ok()?).ok())
    };
    key.map(PushKey).ok_or_else(|| {
        "must be a private key of P-256, as base64url of 32 bytes or as PEM; `leaderport push-key` \
         makes one"
            .to_owned()
    })
}

fn contact(text: &str) -> Result<String, String> {
    let mail = text.strip_prefix("mailto:");
    let is_mail = mail.is_some_and(|mail| mail.trim_matches('@').contains('@'));
    let is_page = text
        .strip_prefix("https://")
        .is_some_and(|host| !host.is_empty());
    let is_fit = text.len() <= 200 && text.bytes().all(|b| b.is_ascii_graphic());
    if is_fit && (is_mail || is_page) {
        Ok(text.to_owned())
    } else {
        Err("must be mailto:ADDRESS or https://HOST".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that OpenSSL has made for this test.
    const PEM: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIKKeSgJfJzyfatXKppY5Jmit/tu9LhFDDTQVYXfFWjQGoAoGCCqGSM49
AwEHoUQDQgAEX5TVEaXWP2LwUfDepzFDlgCWDrMceNe76GWI2skDBMI2G66v7NRv
hX83zHwtA2ZH2Hhm3tJ9iuEzW1/lWUc8ug==
-----END EC PRIVATE KEY-----
";
    const PRIVATE: &str = "op5KAl8nPJ9q1cqmljkmaK3-270uEUMNNBVhd8VaNAY";
    const PUBLIC: &str =
        "BF-U1RGl1j9i8FHw3qcxQ5YAlg6zHHjXu-hliNrJAwTCNhuur-zUb4V_N8x8LQNmR9h4Zt7SfYrhM1tf5VlHPLo";

    #[test]
    fn key_in_pem_and_in_base64url_is_the_same() {
        for text in [PEM, PRIVATE, &format!("{PRIVATE}=\n")] {
            let key = push_key(text).unwrap();
            assert_eq!(key.private_text(), PRIVATE);
            assert_eq!(key.public_text(), PUBLIC);
            assert_eq!(format!("{key:?}"), "[secret]");
        }
    }

    #[test]
    fn invalid_key_is_refused_without_printing_it() {
        let zero = URL_SAFE_NO_PAD.encode([0_u8; 32]);
        for text in ["", "hush", &zero, &PRIVATE[1..], "-----BEGIN hush"] {
            let refused = push_key(text).unwrap_err();
            assert!(!refused.contains("hush"), "{refused}");
        }
    }

    #[test]
    fn contact_is_a_mail_address_or_a_page() {
        for fit in ["mailto:ops@play.example", "https://play.example/contact"] {
            assert_eq!(contact(fit).unwrap(), fit);
        }
        for unfit in [
            "ops@play.example",
            "mailto:ops",
            "http://a",
            "https://",
            "mailto:a@b c",
        ] {
            assert!(contact(unfit).is_err(), "{unfit}");
        }
    }
}
