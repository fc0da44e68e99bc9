//! Player identity: an id chosen by the game, and a display name.
//!
//! `new` is for text that enters, and has all rules. `stored` is for text that was accepted
//! before, perhaps by an earlier version, and so is parsing (`FromStr`, serde).

#[cfg(feature = "service")]
mod character;
#[cfg(feature = "service")]
mod emoji;
#[cfg(feature = "service")]
mod joiners;
#[cfg(feature = "service")]
pub mod search_text;
#[cfg(feature = "service")]
mod visible_text;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use self::visible_text::{broken_rule, normalized};
use crate::InvalidValue;

/// Maximum length of a player id, in bytes of UTF-8.
pub const MAX_ID_BYTES: usize = 64;
/// Maximum length of a player name, in characters.
pub const MAX_NAME_CHARS: usize = 40;

/// The number of times by which a text may be longer before it is normalised.
const LONGEST_SPELLING: usize = 8;

/// A player's id: 1 to 64 bytes of visible text. Ids are
/// ordered by bytes, which is the last tie-break of the total order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct PlayerId(Arc<str>);

/// A player's display name: 1 to 40 characters of visible text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct PlayerName(Arc<str>);

/// Whether a text is 1 to `max` characters of printable ASCII without spaces at its ends. Most
/// stored ids and names are, and so need no look at each character.
fn is_plain(text: &str, max: usize) -> bool {
    let bytes = text.as_bytes();
    (1..=max).contains(&bytes.len())
        && bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
        && !bytes.starts_with(b" ")
        && !bytes.ends_with(b" ")
}

/// The rule of every id and name, new or stored. Browsers know only this one.
fn is_printable(c: char) -> bool {
    // Bidirectional controls and zero-width characters allow impersonation of another name.
    // Joiners (U+200C, U+200D) are allowed, because scripts and emoji need them.
    !c.is_control()
        && !matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Browsers leave the rules of Unicode to the server, because their tables are large.
#[cfg(not(feature = "service"))]
mod visible_text {
    use std::borrow::Cow;

    pub(super) fn normalized(text: &str) -> Cow<'_, str> {
        Cow::Borrowed(text)
    }

    pub(super) fn broken_rule(_text: &str) -> Option<String> {
        None
    }
}

/// Refuses text with invisible characters.
fn check_visible(field: &'static str, text: &str) -> Result<(), InvalidValue> {
    match broken_rule(text) {
        Some(rule) => Err(InvalidValue::new(field, text, rule)),
        None => Ok(()),
    }
}

/// Whether a browser removes this segment from a path (WHATWG URL), encoded or not.
fn is_dot_segment(id: &str) -> bool {
    let dots = id.to_ascii_lowercase().replace("%2e", ".");
    matches!(dots.as_str(), "." | "..")
}

impl PlayerId {
    /// A new id, in NFC and without joiners that change nothing.
    ///
    /// # Errors
    /// Refuses text that is empty or longer than 64 bytes, contains invisible characters,
    /// begins or ends with white space, or is a dot segment of URLs.
    pub fn new(id: &str) -> Result<Self, InvalidValue> {
        // Checked before the work on it, which could be long.
        if id.len() > LONGEST_SPELLING * MAX_ID_BYTES {
            return Self::stored(id);
        }
        let id = normalized(id);
        let new = Self::stored(&id)?;
        if is_dot_segment(&id) {
            let rule = "must not be . or .., also encoded, because URLs cannot contain them";
            return Err(InvalidValue::new("player", id, rule));
        }
        check_visible("player", &id)?;
        Ok(new)
    }

    /// An id as stored, perhaps by an earlier version with fewer rules.
    ///
    /// # Errors
    /// Refuses text that is empty or longer than 64 bytes, contains non-printable
    /// characters, or begins or ends with white space.
    pub fn stored(id: &str) -> Result<Self, InvalidValue> {
        if is_plain(id, MAX_ID_BYTES) {
            return Ok(Self(id.into()));
        }
        if id.is_empty()
            || id.len() > MAX_ID_BYTES
            || id.trim() != id
            || !id.chars().all(is_printable)
        {
            return Err(InvalidValue::new(
                "player",
                id,
                "must be 1 to 64 bytes of printable text, without spaces at its ends",
            ));
        }
        Ok(Self(id.into()))
    }

    /// The id in NFC, if that is another id.
    #[cfg(feature = "service")]
    #[must_use]
    pub fn respelled(&self) -> Option<Self> {
        let normal = normalized(&self.0);
        (*normal != *self.0).then(|| Self(normal.into()))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PlayerName {
    /// A new name: trimmed, in NFC, without joiners that change nothing.
    ///
    /// # Errors
    /// Refuses text that is empty after trimming, longer than 40 characters, or contains
    /// control or invisible characters.
    pub fn new(name: &str) -> Result<Self, InvalidValue> {
        let name = name.trim();
        if name.chars().count() > LONGEST_SPELLING * MAX_NAME_CHARS {
            return Self::stored(name);
        }
        let name = normalized(name);
        let new = Self::stored(&name)?;
        check_visible("name", &name)?;
        Ok(new)
    }

    /// A name as stored, perhaps by an earlier version with fewer rules.
    ///
    /// # Errors
    /// Refuses text that is empty, longer than 40 characters, or contains control
    /// characters.
    pub fn stored(name: &str) -> Result<Self, InvalidValue> {
        if is_plain(name, MAX_NAME_CHARS) {
            return Ok(Self(name.into()));
        }
        let name = name.trim();
        let chars = name.chars().count();
        if chars == 0 || chars > MAX_NAME_CHARS || !name.chars().all(is_printable) {
            return Err(InvalidValue::new(
                "name",
                name,
                "must be 1 to 40 printable characters",
            ));
        }
        Ok(Self(name.into()))
    }

    /// The form of a stored name for display, also if the current rules refuse it: without the refused
    /// characters, or else the player's id. Never fails, because one name must not make the
    /// rest of its season unreadable.
    #[cfg(feature = "service")]
    #[must_use]
    pub fn shown(name: &str, player: &PlayerId) -> Self {
        if name.is_empty() {
            return player.into();
        }
        if is_plain(name, MAX_NAME_CHARS) {
            return Self(name.into());
        }
        Self::new(name)
            .or_else(|_| Self::new(&visible_text::cleaned(name, MAX_NAME_CHARS)))
            .unwrap_or_else(|_| player.into())
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The default display name: the id, truncated to the length of a name.
impl From<&PlayerId> for PlayerName {
    fn from(id: &PlayerId) -> Self {
        if id.as_str().len() <= MAX_NAME_CHARS {
            return Self(id.0.clone());
        }
        Self(
            id.as_str()
                .chars()
                .take(MAX_NAME_CHARS)
                .collect::<String>()
                .trim_end()
                .into(),
        )
    }
}

macro_rules! text {
    ($type:ident) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                Self::stored(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidValue;

            fn try_from(text: String) -> Result<Self, InvalidValue> {
                Self::stored(&text)
            }
        }

        impl From<$type> for String {
            fn from(text: $type) -> Self {
                text.as_str().to_owned()
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

text!(PlayerId);
text!(PlayerName);

#[cfg(test)]
mod tests;
