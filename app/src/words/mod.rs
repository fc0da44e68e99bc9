//! The catalogue of all texts on pages, in the order of the pages. A test checks that the crate has
//! no visible text elsewhere, so that a translation changes only these files.
//!
//! Each text is a function that the page calls when it renders the text. The language can therefore
//! depend on the reader. Placeholders are named, because other languages order them differently.
//!
//! The catalogue uses functions and no library, so that a page loads only its own texts. A table of
//! texts by key would be loaded whole: players would load the texts of admins too.

mod admin_page;
mod board;
mod contest;
pub mod dates;
mod errors;
mod german;
mod macros;
mod names;
mod palette;
mod reader;
mod site;

#[cfg(test)]
mod catalogue_test;

pub use admin_page::*;
pub use board::*;
pub use contest::*;
pub use errors::*;
pub use names::*;
pub use palette::*;
pub use reader::*;
pub use site::*;

use self::macros::{category, plural_text, texts, translations};

/// A text of the catalogue, to be rendered later.
pub type Words = fn() -> &'static str;
