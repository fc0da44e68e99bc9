//! The elements of the document: their focus, scrolling, motion, attributes and typed values.

pub mod appearance;
pub mod focus;
pub mod focus_guard;
pub mod list_viewport;
pub mod reader;
pub mod reveal;
pub mod row_animator;
pub mod scroll_position;
pub mod typed_value;
