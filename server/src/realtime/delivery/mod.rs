//! The delivery of events: the encoded frame, and the inbox of marks that asks a connection to
//! take its newest frames.

pub(crate) mod frame;
pub(crate) mod inbox;
