//! The texts of the admin page.

mod admin;
mod audit;
mod look;
mod rules;

pub use admin::*;
pub use audit::*;
pub use look::*;
pub use rules::*;
