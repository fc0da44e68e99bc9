//! The HTTP layer that every route shares: accepted connections, sockets, numbers of connections by
//! address, problems, extractors, checks of JSON, the choice of CSV, headers, conditional requests,
//! limits, client addresses, the operators' address, the cost of reads, the delay of refusals, ids of
//! requests, site files, files of the documents, the client module for other sites, health.

pub(crate) mod accept;
pub(crate) mod address_count;
pub(crate) mod client_address;
pub(crate) mod csv;
pub(crate) mod docs;
pub(crate) mod etag;
pub(crate) mod extract;
pub(crate) mod headers;
pub(crate) mod health;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod operators;
pub(crate) mod problem;
pub(crate) mod read_cost;
pub(crate) mod refusal_delay;
pub(crate) mod request_id;
pub(crate) mod sdk;
pub(crate) mod site;
pub(crate) mod socket;
