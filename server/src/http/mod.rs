//! The HTTP layer that every route shares: accepted connections, sockets, numbers of connections by
//! address, problems, extractors, checks of JSON, the choice of CSV, headers, conditional requests,
//! limits, client addresses, the operators' address, the cost of reads, the delay of refusals, ids of
//! requests, site files, files of the documents, the client module for other sites, health.

pub(crate) mod connections;
pub(crate) mod etag;
pub(crate) mod extractors;
pub(crate) mod headers;
pub(crate) mod health;
pub(crate) mod limits;
pub(crate) mod operators;
pub(crate) mod problem;
pub(crate) mod quotas;
pub(crate) mod request_id;
pub(crate) mod static_files;
