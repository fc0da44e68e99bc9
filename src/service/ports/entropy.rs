//! Port of randomness.

/// Source of randomness. A parameter, so that the domain has no source of its own.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the bytes with cryptographically secure random data.
    fn fill(&self, bytes: &mut [u8]);
}
