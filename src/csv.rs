//! CSV (RFC 4180) for spreadsheets.

/// Byte order mark: tells spreadsheets that a file is UTF-8.
pub const BOM: &str = "\u{feff}";

/// A text as a cell. An apostrophe before a formula keeps spreadsheets from evaluating it.
pub(crate) fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_and_marks_are_escaped() {
        for (text, expected) in [
            ("Ann", "Ann"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("＝1", "'＝1"),
            ("a=b", "a=b"),
            ("a,b", "\"a,b\""),
            ("\"a\"", "\"\"\"a\"\"\""),
            ("=\"a\",1", "\"'=\"\"a\"\",1\""),
            ("a;b", "a;b"),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
    }
}
