//! Extractors of requests: paths, queries, bodies, checks of JSON, and the choice of CSV.

pub(crate) mod csv;
pub(crate) mod extract;
pub(crate) mod json;
