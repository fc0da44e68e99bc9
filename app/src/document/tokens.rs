//! Colours of the identity outside of style sheets: the browser's frame and share cards. They are read
//! from the tokens of `style/`, so that each colour is defined once.

#[cfg(test)]
mod tests;

const TOKENS: &str = include_str!("../../../style/tokens.css");

/// One of the two designs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// Paper and ink.
    Light,
    /// A deep ground.
    Dark,
}

/// The colour of a token, like `#f6f2e9` for `ground`; none for an unknown name.
#[must_use]
pub fn colour(token: &str, theme: Design) -> Option<&'static str> {
    let (_, light, dark) = colours().find(|(name, ..)| *name == token)?;
    Some(match theme {
        Design::Light => light,
        Design::Dark => dark,
    })
}

/// All tokens with one colour a theme: name, light colour, dark colour.
fn colours() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TOKENS.lines().filter_map(|line| {
        let (name, value) = line
            .trim()
            .strip_prefix("--")?
            .split_once(": light-dark(")?;
        let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
        Some((name, light, dark))
    })
}
