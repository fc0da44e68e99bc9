//! The fields of forms, and their errors.

pub mod field_error;
pub mod text_field;
