//! Server functions of the admin page: boards, keys, accounts, engines and moderation.

pub mod admin;
pub mod board_form;
pub mod moderation;
