//! The colour of a player's avatar.

/// A player's hue, in degrees. It depends only on the id, so it never changes. The hues of players
/// are spread over the circle.
#[must_use]
pub fn hue(player: &str) -> u32 {
    let mixed = player.bytes().fold(7_u32, |h, b| {
        // Knuth's multiplier spreads ids that differ in their last digit.
        (h ^ u32::from(b)).wrapping_mul(2_654_435_761)
    });
    (mixed >> 16) % 360
}
