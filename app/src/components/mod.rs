//! What pages are made of.

pub mod board_list;
pub mod board_state;
pub mod chrome;
pub mod countdown;
pub mod page_title;
pub mod reader;
pub mod refused;
pub mod season_bar;
pub mod submit_form;
pub mod you;
