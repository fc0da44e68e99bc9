//! The delivery of events: encoded frames, and inboxes whose marks make a connection take its
//! newest frames.

pub(crate) mod frame;
pub(crate) mod inbox;
