//! Who listens: subscriptions, and what is still to be sent to each.

pub(crate) mod frame;
pub(crate) mod inbox;
pub(crate) mod listener;
pub(crate) mod subscription;
