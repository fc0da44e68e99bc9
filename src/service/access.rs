//! Permissions: the only place that decides them.
//!
//! Every restricted operation of the service takes its [`Caller`] and checks it here first.
//! Handlers only identify the caller.

use std::sync::Arc;

use crate::protocol::Channel;
use crate::service::error::Error;
use crate::{ApiKey, Board, PlayerId, Role, Scope, Slug, Submission, Submitters};

/// The caller of an operation.
#[derive(Debug, Clone)]
pub enum Caller {
    /// The operator of the deployment: this process, or the bearer of its token.
    Operator,
    /// A game server with an API key.
    GameServer(Arc<ApiKey>),
    /// A player: a guest, or a person with an account.
    Person {
        /// The person's player on boards.
        player: PlayerId,
        /// Role of the person.
        role: Role,
        /// Credential of the person.
        proof: Proof,
    },
    /// An anonymous caller.
    Nobody,
}

/// Kind of credential that identifies a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A cookie of this site: the person is present.
    Cookie,
    /// A token created by the player. It lets the bearer play as the player for some
    /// minutes, but not create tokens or manage the account.
    Token,
    /// A token created by a game server for the player. It lets the bearer submit where
    /// game servers may submit, but not read private data.
    Vouched,
}

impl Caller {
    /// A guest: a player without an account.
    #[must_use]
    pub fn guest(player: PlayerId) -> Self {
        Self::Person {
            player,
            role: Role::Player,
            proof: Proof::Cookie,
        }
    }

    /// The caller's player, if the caller is a person.
    #[must_use]
    pub fn player(&self) -> Option<&PlayerId> {
        match self {
            Self::Person { player, .. } => Some(player),
            _ => None,
        }
    }

    /// Whether the names in the caller's submissions replace those of players who have one.
    /// Names are shown on every board, so a key for some boards only names the nameless.
    #[must_use]
    pub fn may_rename_by_submission(&self) -> bool {
        match self {
            Self::GameServer(key) => key.allows(Scope::Submit, None),
            Self::Operator | Self::Person { .. } | Self::Nobody => true,
        }
    }

    /// Name of the caller in the audit log.
    #[must_use]
    pub fn actor(&self) -> String {
        match self {
            Self::Operator => "operator".to_owned(),
            Self::GameServer(key) => format!("key {}", key.id),
            Self::Person { player, .. } => format!("player {player}"),
            Self::Nobody => "nobody".to_owned(),
        }
    }
}

/// A restricted operation. Reads of boards are open to all callers and therefore not listed.
#[derive(Debug, Clone, Copy)]
pub enum Operation<'a> {
    /// Submit a score to a board.
    Submit(&'a Board, &'a Submission),
    /// Create or redefine a board.
    DefineBoard(&'a Slug),
    /// Delete a board with all its submissions.
    DeleteBoard,
    /// Read the state of the engines.
    ReadEngine,
    /// Compare, rebuild or drop a board's ranked state.
    RepairEngine(&'a Slug),
    /// Retry dead letters, which may be of any board.
    RetryDeadLetters,
    /// Subscribe to a channel.
    Subscribe(&'a Channel),
    /// Search players, read their submissions, and make rulings.
    Moderate,
    /// Make a ruling about players, or about their submissions, with at most this role.
    Rule(Role),
    /// Read a player's record and submissions.
    ReadSubmissions(&'a PlayerId),
    /// Change a player's display name.
    Rename(&'a PlayerId),
    /// Permanently erase a player and their data.
    Erase(&'a PlayerId),
    /// Read the audit log.
    ReadAudit,
    /// Create a token for a player.
    MakeToken(&'a PlayerId),
    /// List, create and revoke API keys.
    ManageKeys,
    /// List accounts, create them for others, and change their roles.
    ManageAccounts,
    /// Change or end one's own account.
    ManageSelf,
}

impl Caller {
    /// # Errors
    /// Returns [`Error::Unauthorized`] for an anonymous caller, else [`Error::Forbidden`]
    /// with the required permission.
    pub fn check(&self, operation: Operation<'_>) -> Result<(), Error> {
        let is_allowed = is_open(operation)
            || match self {
                // The operator is not a person, so it has no account and no standing.
                Self::Operator => !matches!(
                    operation,
                    Operation::ManageSelf | Operation::Subscribe(Channel::Me(_))
                ),
                Self::GameServer(key) => key_allows(key, operation),
                Self::Person {
                    player,
                    role,
                    proof,
                } => person_may(player, *role, *proof, operation),
                Self::Nobody => false,
            };
        if is_allowed {
            return Ok(());
        }
        let needs = needs(operation);
        Err(match self {
            Self::Nobody => Error::Unauthorized(needs),
            _ => Error::Forbidden(needs),
        })
    }
}

/// Operations that are open to all.
fn is_open(operation: Operation<'_>) -> bool {
    let Operation::Subscribe(channel) = operation else {
        return false;
    };
    match channel {
        Channel::Page(..) | Channel::Feed(_) | Channel::Presence(_) | Channel::Board(_) => true,
        Channel::Me(_) | Channel::Ops => false,
    }
}

fn key_allows(key: &ApiKey, operation: Operation<'_>) -> bool {
    match operation {
        Operation::Submit(board, _) => {
            board.submitters != Submitters::Players && key.allows(Scope::Submit, Some(&board.slug))
        }
        Operation::DefineBoard(board) | Operation::RepairEngine(board) => {
            key.allows(Scope::Admin, Some(board))
        }
        Operation::ReadEngine | Operation::Subscribe(Channel::Ops) => key.allows(Scope::Read, None),
        Operation::RetryDeadLetters => key.allows(Scope::Admin, None),
        // The token's bearer can submit to any board, so the key must cover every board.
        Operation::MakeToken(_) => key.allows(Scope::Submit, None),
        Operation::Moderate | Operation::ReadSubmissions(_) | Operation::Rename(_) => {
            key.allows(Scope::Admin, None)
        }
        Operation::Rule(of) => key.allows(Scope::Admin, None) && of < Role::Moderator,
        Operation::Subscribe(_)
        | Operation::DeleteBoard
        | Operation::Erase(_)
        | Operation::ReadAudit
        | Operation::ManageKeys
        | Operation::ManageAccounts
        | Operation::ManageSelf => false,
    }
}

fn person_may(player: &PlayerId, role: Role, proof: Proof, operation: Operation<'_>) -> bool {
    // Tokens allow playing only, never administration.
    let role = match proof {
        Proof::Cookie => role,
        Proof::Token | Proof::Vouched => Role::Player,
    };
    match operation {
        // Players submit only their own scores, and cannot set the time.
        Operation::Submit(board, submission) => {
            let is_taken = match board.submitters {
                Submitters::Both => true,
                Submitters::Players => proof != Proof::Vouched,
                Submitters::Servers => false,
            };
            is_taken && submission.player == *player && submission.at.is_none()
        }
        // A token cannot create another token, because its bearer could then renew access
        // without end.
        Operation::MakeToken(of) => of == player && proof == Proof::Cookie,
        Operation::ManageSelf => proof == Proof::Cookie,
        Operation::Moderate => role >= Role::Moderator,
        // A moderator cannot rule on other moderators or admins. Admins can; the audit log
        // records it.
        Operation::Rule(of) => {
            role == Role::Admin || role == Role::Moderator && of < Role::Moderator
        }
        Operation::ReadSubmissions(of) => {
            role >= Role::Moderator || of == player && proof != Proof::Vouched
        }
        Operation::Rename(of) => role >= Role::Moderator || of == player && proof == Proof::Cookie,
        Operation::Erase(of) => role >= Role::Admin || of == player && proof == Proof::Cookie,
        Operation::Subscribe(channel) => !matches!(channel, Channel::Ops) || role >= Role::Admin,
        Operation::DefineBoard(_)
        | Operation::DeleteBoard
        | Operation::ReadEngine
        | Operation::RepairEngine(_)
        | Operation::RetryDeadLetters
        | Operation::ReadAudit
        | Operation::ManageKeys
        | Operation::ManageAccounts => role >= Role::Admin,
    }
}

fn needs(operation: Operation<'_>) -> String {
    match operation {
        Operation::Submit(board, _) => {
            let slug = &board.slug;
            let key = format!("an API key with the scope `submit` for {slug:?}");
            let own = "a player's own score, of now";
            match board.submitters {
                Submitters::Both => format!("this board takes {own}, or {key}"),
                Submitters::Players => format!("this board takes {own}, and none of game servers"),
                Submitters::Servers => {
                    format!("this board takes scores of game servers alone, by {key}")
                }
            }
        }
        Operation::DefineBoard(slug) | Operation::RepairEngine(slug) => {
            format!("this needs an admin, or an API key with the scope `admin` for {slug:?}")
        }
        Operation::RetryDeadLetters => {
            "this needs an admin, or an API key with the scope `admin` for every board".to_owned()
        }
        Operation::Subscribe(Channel::Me(_)) => {
            "this needs a player: a cookie of this site, or a token".to_owned()
        }
        Operation::ReadEngine | Operation::Subscribe(_) => {
            "this needs an admin, or an API key with the scope `read` for every board".to_owned()
        }
        Operation::MakeToken(_) => {
            "this needs the player, or an API key with the scope `submit` for every board"
                .to_owned()
        }
        Operation::Moderate => "this needs a moderator".to_owned(),
        Operation::Rule(of) => {
            format!("this is about a player who is {of} here: that needs an admin")
        }
        Operation::ReadSubmissions(_) | Operation::Rename(_) => {
            "this needs the player, or a moderator".to_owned()
        }
        Operation::Erase(_) => "this needs the player, or an admin".to_owned(),
        Operation::DeleteBoard
        | Operation::ReadAudit
        | Operation::ManageKeys
        | Operation::ManageAccounts => "this needs an admin".to_owned(),
        Operation::ManageSelf => "this needs a player who is signed in".to_owned(),
    }
}

#[cfg(test)]
mod tests;
