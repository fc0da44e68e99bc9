//! Static files: those of the site, of the documents, and the client module for other sites.

pub(crate) mod docs;
pub(crate) mod sdk;
pub(crate) mod site;
