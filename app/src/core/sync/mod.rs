//! The synchronised state of a season: its replica, the optimistic overlay, and the choice of the
//! transport.

pub mod overlay;
pub mod replica;
pub mod transport;
