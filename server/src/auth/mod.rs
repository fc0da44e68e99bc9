//! Who calls: bearer tokens, cookies, OpenID Connect, and the origins that may.

pub mod bearer;
pub(crate) mod cookies;
pub mod oidc;
pub(crate) mod origin;
