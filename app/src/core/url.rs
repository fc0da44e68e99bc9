//! Text in addresses.

/// Escapes text for a path or a query.
#[must_use]
pub fn url_escape(text: &str) -> String {
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
    use super::url_escape;

    #[test]
    fn reserved_characters_are_escaped() {
        assert_eq!(url_escape("a b&c=é+~"), "a%20b%26c%3D%C3%A9%2B~");
    }
}
