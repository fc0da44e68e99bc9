//! What pages are made of.

pub mod board_list;
pub mod board_state;
pub mod chrome;
pub mod countdown;
pub mod distribution;
pub mod feed;
pub mod page_title;
pub mod podium;
pub mod present;
pub mod reader;
pub mod reflex;
pub mod refused;
pub mod season_bar;
pub mod submit_form;
pub mod you;

/// A player's colour: stable, spread over the circle; degrees.
pub(crate) fn hue(player: &str) -> u32 {
    let mixed = player.bytes().fold(7_u32, |h, b| {
        // Knuth's multiplier spreads ids that differ in their last digit.
        (h ^ u32::from(b)).wrapping_mul(2_654_435_761)
    });
    (mixed >> 16) % 360
}
