//! Formats numbers and lengths without the standard library's float formatting, which would be a tenth of a
//! page's code.

/// A number rounded to one decimal: `12.3`.
#[must_use]
pub fn tenths(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let tenths = (number * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let size = tenths.unsigned_abs();
    format!("{sign}{}.{}", size / 10, size % 10)
}

/// A length in CSS, which grows with the reader's text size. `pixels` is the length at the usual
/// size of 16 pixels a rem; it is rounded to a tenth.
#[must_use]
pub fn rem(pixels: f64) -> String {
    // In hundred-thousandths of a rem, of which a tenth of a pixel has 625.
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let parts = ((pixels * 10.0).round() as i64).saturating_mul(625);
    let sign = if parts < 0 { "-" } else { "" };
    let size = parts.unsigned_abs();
    match (size / 100_000, size % 100_000) {
        (whole, 0) => format!("{sign}{whole}rem"),
        (whole, part) => format!("{sign}{whole}.{part:05}rem"),
    }
}

#[cfg(test)]
mod tests {
    use super::{rem, tenths};

    #[test]
    fn lengths_are_exact_to_a_tenth_of_a_pixel() {
        let written = [0.0, 48.0, 0.14, -1.6, 1_600_000_008.0].map(rem);
        let expected = [
            "0rem",
            "3rem",
            "0.00625rem",
            "-0.10000rem",
            "100000000.50000rem",
        ];
        assert_eq!(written, expected);
    }

    #[test]
    fn numbers_are_rounded_to_one_decimal() {
        let written = [0.0, 12.34, 12.35, -0.04, -0.25, 1e9 + 0.5].map(tenths);
        assert_eq!(
            written,
            ["0.0", "12.3", "12.4", "0.0", "-0.3", "1000000000.5"]
        );
    }
}
