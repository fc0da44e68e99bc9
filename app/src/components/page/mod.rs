//! The title of a page, and notices about the page itself.

pub mod copy_notice;
#[cfg(feature = "ssr")]
pub mod page_title;
pub mod refused;
