//! What a start needs: the engines, the clock, the sample board.

pub mod clock;
pub(crate) mod engines;
pub(crate) mod sample;
