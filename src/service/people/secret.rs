//! Random secrets: made, shown to their bearer once, and known by their digests.

use sha2::{Digest as _, Sha256};

use crate::service::ports::directory::Digest;
use crate::service::ports::entropy::Entropy;

/// A secret for its bearer: shown once, never kept.
#[derive(Clone)]
pub struct Token(pub(crate) String);

impl Token {
    /// The text, for its bearer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[token]")
    }
}

/// `N` random bytes, in hexadecimal digits.
pub(crate) fn random<const N: usize>(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    hex(&bytes)
}

/// What the directory knows a secret by.
pub(crate) fn digest(secret: &str) -> Digest {
    Sha256::digest(secret.as_bytes()).into()
}

/// As hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether a text is hexadecimal digits, as [`hex`] writes them.
pub(crate) fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
