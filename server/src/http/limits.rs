//! Limits of every request.

/// Maximum size of a body, in bytes: several times a full batch of 1,000.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 20;
