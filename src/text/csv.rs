//! CSV (RFC 4180) for spreadsheets.

/// Byte order mark: tells spreadsheets that a file is UTF-8.
pub const BOM: &str = "\u{feff}";

/// A text as a cell. An apostrophe before a formula keeps spreadsheets from evaluating it.
pub(crate) fn cell(text: &str) -> String {
    let text = without_formulas(text);
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The text with an apostrophe before each formula, also after a semicolon: the spreadsheets of many
/// countries separate cells by it, even in a file with commas.
fn without_formulas(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    let mut is_start = true;
    for c in text.chars() {
        if is_start
            && matches!(
                c,
                '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'
            )
        {
            safe.push('\'');
        }
        // Spreadsheets remove quotes, and some remove spaces.
        is_start = matches!(c, ';' | '\t' | '\r' | '\n') || is_start && matches!(c, ' ' | '"');
        safe.push(c);
    }
    safe
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
            ("a;=1+1;b", "a;'=1+1;b"),
            ("a; \"=1+1\"", "\"a; \"\"'=1+1\"\"\""),
            ("a;b-c;@d", "a;b-c;'@d"),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
    }
}
