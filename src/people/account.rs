//! Accounts: players who sign in with a handle and a password, and their roles.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{InvalidValue, PlayerId, PlayerName, Timestamp};

/// Minimum password length, in characters.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Maximum password length, in bytes; bounds the time of hashing.
pub const MAX_PASSWORD_BYTES: usize = 256;

/// Role of a person. Each role includes the rights of the roles before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Submits their own scores. The role of guests and of people who signed up. Earlier versions had
    /// the role `viewer` too, which is accepted as this one.
    #[serde(alias = "viewer")]
    Player,
    /// Rules on submissions and players.
    Moderator,
    /// Manages boards, keys, accounts and engines.
    Admin,
}

impl Role {
    /// Every role, least rights first.
    pub const ALL: [Self; 3] = [Self::Player, Self::Moderator, Self::Admin];

    /// A stored role. Earlier versions had the role `viewer`, which is now that of a player.
    ///
    /// # Errors
    /// Refuses any other text that is not a role.
    pub fn stored(text: &str) -> Result<Self, InvalidValue> {
        if text == "viewer" {
            return Ok(Self::Player);
        }
        text.parse()
    }

    /// Name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Player => "player",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text);
        role.ok_or_else(|| InvalidValue::new("role", text, "must be player, moderator or admin"))
    }
}

/// Sign-in name: 3 to 24 of `a-z`, `0-9`, `-`, `_`, beginning with a letter or digit.
/// Upper-case letters are accepted and stored in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle(Arc<str>);

impl Handle {
    /// # Errors
    /// Refuses text that is not a handle.
    pub fn new(handle: &str) -> Result<Self, InvalidValue> {
        let small = handle.trim().to_ascii_lowercase();
        let is_fit = |b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if (3..=24).contains(&small.len())
            && small.bytes().all(is_fit)
            && !small.starts_with(['-', '_'])
        {
            return Ok(Self(small.into()));
        }
        let reason = "must be 3 to 24 of a-z, 0-9, - and _, beginning with a letter or digit";
        Err(InvalidValue::new("handle", handle, reason))
    }

    /// The handle's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Handle {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

impl TryFrom<String> for Handle {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        Self::new(&text)
    }
}

impl From<Handle> for String {
    fn from(handle: Handle) -> Self {
        handle.as_str().to_owned()
    }
}

/// A player who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The account's player on boards.
    pub player: PlayerId,
    /// Sign-in name.
    pub handle: Handle,
    /// Display name.
    pub name: PlayerName,
    /// Rights of the account.
    pub role: Role,
    /// Time of sign-up.
    pub created_at: Timestamp,
}

/// A password in clear text. It is neither printed nor stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// # Errors
    /// Refuses text that is too short or too long. The error does not contain the text.
    pub fn new(password: &str) -> Result<Self, InvalidValue> {
        if password.chars().count() < MIN_PASSWORD_CHARS || password.len() > MAX_PASSWORD_BYTES {
            let reason = format!(
                "must have at least {MIN_PASSWORD_CHARS} characters and at most {MAX_PASSWORD_BYTES} bytes"
            );
            return Err(InvalidValue::new("password", "(not shown)", reason));
        }
        Ok(Self(password.to_owned()))
    }

    /// Clear text, for hashing only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Password {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handle_is_trimmed_lowercased_and_validated() {
        assert_eq!(Handle::new(" Ada-1_x ").unwrap().as_str(), "ada-1_x");
        for bad in [
            "",
            "ab",
            "-ada",
            "_ada",
            "a b",
            "adä",
            "a".repeat(25).as_str(),
        ] {
            assert_eq!(Handle::new(bad).unwrap_err().field, "handle", "{bad}");
        }
    }

    #[test]
    fn password_is_absent_from_errors_and_debug_output() {
        for bad in ["hunter2", "x".repeat(257).as_str()] {
            let refused = Password::new(bad).unwrap_err();
            assert!(!refused.to_string().contains(bad), "{refused}");
        }
        let password = Password::new("correct horse").unwrap();
        assert_eq!(format!("{password:?}"), "[password]");
    }

    #[test]
    fn roles_are_sorted_by_rights_and_parse_from_names() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
        }
        assert!("root".parse::<Role>().is_err());
    }

    #[test]
    fn former_role_is_read_but_not_assigned() {
        assert_eq!(Role::stored("viewer").unwrap(), Role::Player);
        assert_eq!(Role::stored("admin").unwrap(), Role::Admin);
        assert!(Role::stored("root").is_err());
        assert!("viewer".parse::<Role>().is_err());
    }
}
