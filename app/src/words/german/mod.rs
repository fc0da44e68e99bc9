//! The German translations.

mod account;
mod admin;
mod audit;
mod board;
mod contest;
mod errors;
mod look;
mod names;
mod palette;
mod push;
mod rules;
mod settings;
mod site;

pub(in crate::words) use account::*;
pub(in crate::words) use admin::*;
pub(in crate::words) use audit::*;
pub(in crate::words) use board::*;
pub(in crate::words) use contest::*;
pub(in crate::words) use errors::*;
pub(in crate::words) use look::*;
pub(in crate::words) use names::*;
pub(in crate::words) use palette::*;
pub(in crate::words) use push::*;
pub(in crate::words) use rules::*;
pub(in crate::words) use settings::*;
pub(in crate::words) use site::*;
