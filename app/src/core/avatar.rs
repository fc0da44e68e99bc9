//! The avatar of a player: a letter on a colour.

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

/// The first letter of a name, as a capital.
#[must_use]
pub fn initial(name: &str) -> String {
    let first = name.chars().next();
    first.map_or_else(String::new, |first| first.to_uppercase().collect())
}

#[cfg(test)]
mod tests {
    use super::initial;

    #[test]
    fn the_initial_is_the_first_letter_as_a_capital() {
        assert_eq!(initial("ann"), "A");
        assert_eq!(initial("ßen"), "SS");
        assert_eq!(initial(""), "");
    }
}
