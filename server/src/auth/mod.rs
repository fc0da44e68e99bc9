//! Who calls: bearer tokens, cookies, OpenID Connect, and the origins that may.

pub(crate) mod bearer;
pub(crate) mod cookies;
pub(crate) mod oidc;
pub(crate) mod origin;
