//! Parts of startup and shutdown: the engines, the clock, the sample board, the shutdown flag.

pub mod clock;
pub(crate) mod engines;
pub(crate) mod sample;
pub(crate) mod sample_names;
pub(crate) mod shutdown;
