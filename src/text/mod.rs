//! Values as text: display formats of scores, marks of numbers, CSV.

pub mod csv;
pub mod format;
pub mod marks;
