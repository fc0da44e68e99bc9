//! Formats decimals without the standard library's float formatting, which would be a tenth of a
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

#[cfg(test)]
mod tests {
    use super::tenths;

    #[test]
    fn numbers_are_rounded_to_one_decimal() {
        let written = [0.0, 12.34, 12.35, -0.04, -0.25, 1e9 + 0.5].map(tenths);
        assert_eq!(
            written,
            ["0.0", "12.3", "12.4", "0.0", "-0.3", "1000000000.5"]
        );
    }
}
