//! API keys: credentials of game servers, with their scopes and boards.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{InvalidValue, Slug, Timestamp};

/// Maximum title length, in characters.
pub const MAX_TITLE_CHARS: usize = 80;
/// Maximum number of boards in one key.
pub const MAX_BOARDS: usize = 100;

/// A permission of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Submit scores for any player.
    Submit,
    /// Read data that is not public: the state of the engines.
    Read,
    /// Define boards and repair their ranked state.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Submit, Self::Read, Self::Admin];

    /// Name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

/// Request for a key: the body of `POST /api/v1/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyDraft {
    /// Purpose of the key, for people: 1 to 80 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80))]
    pub title: String,
    /// Permissions; at least one.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub scopes: BTreeSet<Scope>,
    /// Boards to which the key applies; every board if absent.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
    pub boards: Option<BTreeSet<Slug>>,
}

/// An API key without its secret. Only the bearer has the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// Public identifier in lists and logs: 16 hexadecimal digits.
    pub id: String,
    /// Purpose of the key, for people.
    pub title: String,
    /// Permissions.
    pub scopes: BTreeSet<Scope>,
    /// Boards that the key covers; every board if absent.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub boards: Option<BTreeSet<Slug>>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last use, to the minute.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub last_used_at: Option<Timestamp>,
    /// Time of revocation. A revoked key allows nothing.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// # Errors
    /// Refuses the first field that breaks a rule.
    pub fn new(id: String, draft: KeyDraft, now: Timestamp) -> Result<Self, InvalidValue> {
        let title = draft.title.trim();
        let chars = title.chars().count();
        if chars == 0 || chars > MAX_TITLE_CHARS || title.chars().any(char::is_control) {
            let reason = format!("must be 1 to {MAX_TITLE_CHARS} printable characters");
            return Err(InvalidValue::new("title", title, reason));
        }
        if draft.scopes.is_empty() {
            let reason = "must have at least one of submit, read and admin";
            return Err(InvalidValue::new("scopes", "[]", reason));
        }
        if let Some(boards) = &draft.boards
            && !(1..=MAX_BOARDS).contains(&boards.len())
        {
            let reason =
                format!("must name 1 to {MAX_BOARDS} boards, or be left out for every board");
            return Err(InvalidValue::new("boards", boards.len(), reason));
        }
        // The state of the engines has no part for each board.
        if draft.boards.is_some() && draft.scopes.contains(&Scope::Read) {
            let reason = "is for every board: leave `boards` out, or make another key for `read`";
            return Err(InvalidValue::new("scopes", Scope::Read.as_str(), reason));
        }
        Ok(Self {
            id,
            title: title.to_owned(),
            scopes: draft.scopes,
            boards: draft.boards,
            created_at: now,
            last_used_at: None,
            revoked_at: None,
        })
    }

    /// Permissions as display text.
    #[must_use]
    pub fn scopes_shown(&self) -> String {
        let scopes: Vec<&str> = self.scopes.iter().map(|scope| scope.as_str()).collect();
        scopes.join(", ")
    }

    /// Boards as display text.
    #[must_use]
    pub fn boards_shown(&self) -> String {
        self.boards
            .as_ref()
            .map_or("every board".to_owned(), |boards| {
                let boards: Vec<&str> = boards.iter().map(Slug::as_str).collect();
                boards.join(", ")
            })
    }

    /// Whether the key grants `scope` on `board`, or on every board if `board` is absent.
    #[must_use]
    pub fn allows(&self, scope: Scope, board: Option<&Slug>) -> bool {
        let is_for = match (&self.boards, board) {
            (None, _) => true,
            (Some(boards), Some(board)) => boards.contains(board),
            (Some(_), None) => false,
        };
        self.revoked_at.is_none() && self.scopes.contains(&scope) && is_for
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(scopes: &[Scope], boards: Option<&[&str]>) -> Result<ApiKey, InvalidValue> {
        let boards = boards.map(|b| b.iter().map(|s| Slug::new(s).unwrap()).collect());
        let draft = KeyDraft {
            title: " Match server ".to_owned(),
            scopes: scopes.iter().copied().collect(),
            boards,
        };
        ApiKey::new("0123456789abcdef".to_owned(), draft, Timestamp::MIN)
    }

    #[test]
    fn key_grants_only_its_scopes_on_its_boards_until_revoked() {
        let arena = Slug::new("arena").unwrap();
        let sprint = Slug::new("sprint").unwrap();
        let some = key(&[Scope::Submit], Some(&["arena"])).unwrap();
        assert!(some.allows(Scope::Submit, Some(&arena)));
        assert!(!some.allows(Scope::Submit, Some(&sprint)));
        assert!(!some.allows(Scope::Submit, None));
        assert!(!some.allows(Scope::Admin, Some(&arena)));
        let all = key(&[Scope::Read], None).unwrap();
        assert!(all.allows(Scope::Read, None) && all.allows(Scope::Read, Some(&arena)));
        let revoked = ApiKey {
            revoked_at: Some(Timestamp::MIN),
            ..all
        };
        assert!(!revoked.allows(Scope::Read, None));
    }

    #[test]
    fn key_without_scopes_or_boards_is_refused() {
        assert_eq!(key(&[], None).unwrap_err().field, "scopes");
        assert_eq!(key(&[Scope::Read], Some(&[])).unwrap_err().field, "boards");
        assert_eq!(key(&[Scope::Read], None).unwrap().title, "Match server");
    }

    #[test]
    fn key_that_reads_the_engine_is_for_every_board() {
        let some = Some(&["arena"][..]);
        assert_eq!(key(&Scope::ALL, some).unwrap_err().field, "scopes");
        assert!(key(&[Scope::Submit, Scope::Admin], some).is_ok());
        assert!(key(&Scope::ALL, None).is_ok());
    }
}
