//! `leaderport push-key`: prints a new private key for notifications by Web Push.

use std::io::Write;

use leaderport::service::Entropy;

use crate::config::PushKey;
use crate::startup::clock::SystemEntropy;

/// Prints the private key alone, so that a script can store it.
pub(super) fn print() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", new_key().private_text())?;
    Ok(())
}

fn new_key() -> PushKey {
    loop {
        let mut bytes = [0; 32];
        SystemEntropy.fill(&mut bytes);
        // About one of 4 billion values is not a valid key.
        if let Some(key) = PushKey::from_bytes(&bytes) {
            return key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_new_key_is_another_one() {
        let [one, other] = [new_key(), new_key()];
        assert_ne!(one.private_text(), other.private_text());
        assert_eq!(one.private_text().len(), 43);
        assert_eq!(one.public_text().len(), 87);
    }
}
