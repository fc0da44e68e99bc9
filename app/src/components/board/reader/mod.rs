//! The reader's own place: the card, the bar of narrow screens, and notifications.

pub mod notify;
pub mod pinned;
pub mod rank_at_stake;
pub mod you;
