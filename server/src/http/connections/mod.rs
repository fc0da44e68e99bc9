//! Accepted connections: sockets, addresses of clients, and numbers of connections by address.

pub(crate) mod accept;
pub(crate) mod address_count;
pub(crate) mod client_address;
pub(crate) mod socket;
