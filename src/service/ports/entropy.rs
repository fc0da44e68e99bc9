//! The port of randomness.

/// Where randomness comes from. A parameter, so that the domain has none of its own.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the bytes with some that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}
