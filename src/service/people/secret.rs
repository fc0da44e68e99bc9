//! Random secrets: shown once to their bearer, and stored as digests.

use sha2::{Digest as _, Sha256};

use crate::service::ports::directory::Digest;
use crate::service::ports::entropy::Entropy;

/// A secret for its bearer: shown once, never stored.
#[derive(Clone)]
pub struct Token(pub(crate) String);

impl Token {
    /// Clear text, for the bearer.
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

/// `N` random bytes in hexadecimal.
pub(crate) fn random<const N: usize>(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    hex(&bytes)
}

/// The digest under which the directory stores a secret.
pub(crate) fn digest(secret: &str) -> Digest {
    Sha256::digest(secret.as_bytes()).into()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether a text is hexadecimal digits in the format of [`hex`].
pub(crate) fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
