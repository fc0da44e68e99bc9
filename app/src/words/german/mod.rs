//! The German translations.

mod admin_page;
mod board;
mod contest;
mod errors;
mod names;
mod palette;
mod reader;
mod site;

pub(in crate::words) use admin_page::*;
pub(in crate::words) use board::*;
pub(in crate::words) use contest::*;
pub(in crate::words) use errors::*;
pub(in crate::words) use names::*;
pub(in crate::words) use palette::*;
pub(in crate::words) use reader::*;
pub(in crate::words) use site::*;
