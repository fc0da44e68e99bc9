//! The REST API under `/api/v1`: formats and statuses only. The service has the rules. `parameters` and
//! `caching` are layers of all its requests. Also pictures of boards, overlays of streams, and the cache
//! of rendered pages.

pub(crate) mod accounts;
pub(crate) mod answers;
pub(crate) mod boards;
mod bodies;
pub(crate) mod caching;
mod draft;
mod emblem_image;
pub(crate) mod emblems;
pub(crate) mod engine;
pub(crate) mod fallback;
pub(crate) mod files;
mod idempotency;
pub(crate) mod keys;
pub(crate) mod moderation;
pub(crate) mod overlay;
pub(crate) mod page_cache;
pub(crate) mod parameters;
pub(crate) mod picture;
mod png;
pub(crate) mod push;
pub(crate) mod schemas;
pub(crate) mod seasons;
pub(crate) mod standings;
pub(crate) mod submissions;
pub(crate) mod tokens;
