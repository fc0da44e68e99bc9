//! Parts of startup and shutdown: the engines, the clock, the node's profile, the sample board, the shutdown flag.

pub mod clock;
#[cfg(test)]
pub(crate) mod embedded;
pub(crate) mod engines;
pub(crate) mod profile;
pub(crate) mod sample;
pub(crate) mod sample_names;
pub(crate) mod shutdown;
