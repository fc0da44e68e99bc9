//! Formats numbers and lengths without the standard library's float formatting, which would be a tenth of a
//! page's code.

use super::list::virtual_list::ROW;

/// A number rounded to one decimal: `12.3`.
#[must_use]
pub fn tenths(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let tenths = (number * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let size = tenths.unsigned_abs();
    format!("{sign}{}.{}", size / 10, size % 10)
}

/// A length in CSS, as a number of rows: the style sheet sets the height of a row, which depends on
/// the pointer and on the reader's text size. `pixels` is the length with rows of [`ROW`] pixels. The
/// number is rounded to a hundred-thousandth, less than a thousandth of a pixel.
#[must_use]
pub fn row_heights(pixels: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let parts = (pixels / ROW * 100_000.0).round() as i64;
    let sign = if parts < 0 { "-" } else { "" };
    let size = parts.unsigned_abs();
    match (size / 100_000, size % 100_000) {
        (whole, 0) => format!("calc({sign}{whole} * var(--row))"),
        (whole, part) => format!("calc({sign}{whole}.{part:05} * var(--row))"),
    }
}

#[cfg(test)]
mod tests {
    use super::{row_heights, tenths};

    #[test]
    fn lengths_are_numbers_of_rows() {
        let written = [0.0, 96.0, 0.1, -4.8, 4_800_000_024.0].map(row_heights);
        let rows = ["0", "2", "0.00208", "-0.10000", "100000000.50000"];
        assert_eq!(
            written,
            rows.map(|rows| format!("calc({rows} * var(--row))"))
        );
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
