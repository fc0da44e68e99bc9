//! The texts of the admin page.

mod admin;
mod audit;
mod look;
mod rules;

pub(in crate::words) use admin::*;
pub(in crate::words) use audit::*;
pub(in crate::words) use look::*;
pub(in crate::words) use rules::*;
