//! Authentication: bearer tokens, cookies, the reader's settings, OpenID Connect, the check of origins,
//! and the quota of reads.

pub(crate) mod bearer;
pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod oidc;
pub(crate) mod origin;
pub(crate) mod read_quota;
pub(crate) mod settings;
