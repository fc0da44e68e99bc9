//! What pages are made of.

#[cfg(any(feature = "ssr", feature = "manage"))]
pub mod account;
#[cfg(any(feature = "ssr", feature = "manage"))]
pub mod admin;
pub mod avatar;
pub mod board;
#[cfg(feature = "ssr")]
pub mod copy;
pub mod countdown;
pub mod history;
pub mod list;
pub(crate) mod markup;
pub mod part;
pub mod refused;
pub mod toasts;

use leptos::prelude::*;

/// A player's colour: stable, spread over the circle; degrees.
pub(crate) fn hue(player: &str) -> u32 {
    let mixed = player.bytes().fold(7_u32, |h, b| {
        // Knuth's multiplier spreads ids that differ in their last digit.
        (h ^ u32::from(b)).wrapping_mul(2_654_435_761)
    });
    (mixed >> 16) % 360
}

/// A text that changes, as one type: each closure by itself would be code of its own, in every
/// page, for drawing it and drawing it anew.
pub(crate) fn text(of: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(of)
}

/// The same of what is so or not.
pub(crate) fn flag(of: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(of)
}

/// HTML that the server writes, for the `inner_html` of an element of an island. It is not
/// hydrated: where it changes, something else takes it over.
pub(crate) fn written<V: IntoView>(of: impl FnOnce() -> V) -> String {
    on_server(|| of().to_html())
}

/// What only the server says, for an attribute of an island: the browser leaves it as it is.
pub(crate) fn on_server(of: impl FnOnce() -> String) -> String {
    #[cfg(feature = "ssr")]
    return of();
    #[cfg(not(feature = "ssr"))]
    {
        let _ = of;
        String::new()
    }
}

/// A number to one decimal: `12.3`. What formats floats by itself is some twenty kilobytes of a
/// page's code.
pub(crate) fn tenths(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let tenths = (number * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let size = tenths.unsigned_abs();
    format!("{sign}{}.{}", size / 10, size % 10)
}

/// Text as a part of an address: of its path, or of its query.
pub(crate) fn url_escape(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::{tenths, url_escape};

    #[test]
    fn numbers_are_written_to_one_decimal() {
        let written = [0.0, 12.34, 12.35, -0.04, -0.25, 1e9 + 0.5].map(tenths);
        assert_eq!(
            written,
            ["0.0", "12.3", "12.4", "0.0", "-0.3", "1000000000.5"]
        );
    }

    #[test]
    fn text_in_an_address_means_itself() {
        assert_eq!(url_escape("a b&c=é+~"), "a%20b%26c%3D%C3%A9%2B~");
    }
}
