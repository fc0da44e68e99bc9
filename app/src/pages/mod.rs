//! One file a route.

pub mod account;
pub mod admin;
pub mod board;
pub mod docs;
pub mod home;
pub mod not_found;
pub mod player;

/// An instant as people read it in a table: in UTC, to the second.
fn instant(at: leaderport::Timestamp) -> String {
    let text = at.to_string();
    let to_the_second = text.get(..19).unwrap_or(&text);
    format!("{} UTC", to_the_second.replace('T', " "))
}
