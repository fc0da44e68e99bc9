//! Authentication: bearer tokens, cookies, OpenID Connect, and the check of origins.

pub(crate) mod bearer;
pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod oidc;
pub(crate) mod origin;
