//! The name in the form that submits a score.

use leaderport::{InvalidValue, PlayerName};

/// The name in the field, if the reader typed it. The field of a known reader begins with `shown`,
/// the name that the page knows. The reader may have changed their name elsewhere since, so a score
/// must not carry the shown name.
///
/// # Errors
/// Fails if the reader typed an invalid name.
pub fn typed_name(text: &str, shown: &str) -> Result<Option<PlayerName>, InvalidValue> {
    let is_kept = !shown.is_empty() && text.trim().is_empty();
    if is_kept || text.trim() == shown.trim() {
        return Ok(None);
    }
    let typed = PlayerName::new(text)?;
    let is_shown = PlayerName::new(shown).is_ok_and(|shown| shown == typed);
    Ok((!is_shown).then_some(typed))
}

#[cfg(test)]
mod tests {
    use super::typed_name;

    #[test]
    fn only_a_changed_field_has_a_typed_name() {
        let typed = |text, shown| {
            let name = typed_name(text, shown).unwrap();
            name.map(|name| name.to_string())
        };
        assert_eq!(typed("Ann", "Ann"), None);
        assert_eq!(typed(" Ann ", "Ann"), None, "trimmed");
        assert_eq!(
            typed("Ame\u{301}lie", "Am\u{e9}lie"),
            None,
            "the same in NFC"
        );
        assert_eq!(typed("", "Ann"), None, "an emptied field changes nothing");
        assert_eq!(typed("", ""), None);
        assert_eq!(typed("Bea", "Ann").as_deref(), Some("Bea"));
        assert_eq!(typed("Ann", "").as_deref(), Some("Ann"));
        assert!(typed_name("a\u{7}", "Ann").is_err());
    }
}
