//! Limits of every request.

/// The largest body, in bytes: a full batch of 1,000 fits several times.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 20;
