//! Who may do what: the one place that decides it.
//!
//! Every operation of the service that is not open to all takes its [`Caller`]
//! and asks here before it does anything. Handlers find out who calls; they
//! decide nothing.

use std::sync::Arc;

use crate::protocol::Channel;
use crate::service::error::Error;
use crate::{ApiKey, Board, PlayerId, Role, Scope, Slug, Submission, Submitters};

/// Who asks for something.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Whoever runs the deployment: this process, and who bears its token.
    Operator,
    /// A game server, by its key.
    GameServer(Arc<ApiKey>),
    /// A player: a guest, or one who signed in.
    Person {
        /// Who they are on boards.
        player: PlayerId,
        /// What they may do.
        role: Role,
        /// By what they are known.
        proof: Proof,
    },
    /// Somebody who is not known.
    Nobody,
}

/// By what a person is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A cookie of this site: they are here themselves.
    Cookie,
    /// A token that they made: it allows to play as them for some minutes, and not to
    /// become them.
    Token,
    /// A token that a game server made for them: it allows to play where game servers
    /// may submit, and not to see what is theirs alone.
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

    /// Who they are on boards, where they are a person.
    #[must_use]
    pub fn player(&self) -> Option<&PlayerId> {
        match self {
            Self::Person { player, .. } => Some(player),
            _ => None,
        }
    }

    /// Who it is, for the audit log.
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

/// What somebody wants to do. Reading boards is open to all and not listed.
#[derive(Debug, Clone, Copy)]
pub enum Operation<'a> {
    /// Submit a score to a board.
    Submit(&'a Board, &'a Submission),
    /// Define a board, new or again.
    DefineBoard(&'a Slug),
    /// Read what the engines have.
    ReadEngine,
    /// Compare, rebuild or drop a board's ranked state.
    RepairEngine(&'a Slug),
    /// Hear of a channel.
    Hear(&'a Channel),
    /// Find players, see what they submitted, and decide what counts.
    Moderate,
    /// Decide about somebody who has this role themselves.
    Rule(Role),
    /// See what is known of a player, and what feeds their standings.
    ReadSubmissions(&'a PlayerId),
    /// Give a player another name.
    Rename(&'a PlayerId),
    /// Remove a player and all of theirs for ever.
    Erase(&'a PlayerId),
    /// Read who did what.
    ReadAudit,
    /// Make a token for a player.
    MakeToken(&'a PlayerId),
    /// List, make and revoke keys.
    ManageKeys,
    /// List accounts, make them for others, and change their roles.
    ManageAccounts,
    /// Change or end the own account.
    ManageSelf,
}

impl Caller {
    /// # Errors
    /// [`Error::Unauthorized`] when it is not known who asks, else
    /// [`Error::Forbidden`], which says what it needs.
    pub fn check(&self, operation: Operation<'_>) -> Result<(), Error> {
        let is_allowed = is_open(operation)
            || match self {
                // An account is a person's: the operator has none.
                Self::Operator => !matches!(
                    operation,
                    Operation::ManageSelf | Operation::Hear(Channel::Me(_))
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

/// What anybody may do.
fn is_open(operation: Operation<'_>) -> bool {
    let Operation::Hear(channel) = operation else {
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
        Operation::ReadEngine | Operation::Hear(Channel::Ops) => key.allows(Scope::Read, None),
        // By it the player submits to any board.
        Operation::MakeToken(_) => key.allows(Scope::Submit, None),
        Operation::Moderate | Operation::ReadSubmissions(_) | Operation::Rename(_) => {
            key.allows(Scope::Admin, None)
        }
        Operation::Rule(of) => key.allows(Scope::Admin, None) && of < Role::Moderator,
        Operation::Hear(_)
        | Operation::Erase(_)
        | Operation::ReadAudit
        | Operation::ManageKeys
        | Operation::ManageAccounts
        | Operation::ManageSelf => false,
    }
}

fn person_may(player: &PlayerId, role: Role, proof: Proof, operation: Operation<'_>) -> bool {
    // Whoever is not here themselves plays, and runs nothing.
    let role = match proof {
        Proof::Cookie => role,
        Proof::Token | Proof::Vouched => role.min(Role::Player),
    };
    match operation {
        // A score of one's own, and of now.
        Operation::Submit(board, submission) => {
            let is_taken = match board.submitters {
                Submitters::Both => true,
                Submitters::Players => proof != Proof::Vouched,
                Submitters::Servers => false,
            };
            role >= Role::Player
                && is_taken
                && submission.player == *player
                && submission.at.is_none()
        }
        // A token does not make another: it would have no end.
        Operation::MakeToken(of) => role >= Role::Player && of == player && proof == Proof::Cookie,
        Operation::ManageSelf => proof == Proof::Cookie,
        Operation::Moderate => role >= Role::Moderator,
        // Nobody decides about their equals but admins, whom the audit log watches.
        Operation::Rule(of) => {
            role == Role::Admin || role == Role::Moderator && of < Role::Moderator
        }
        Operation::ReadSubmissions(of) => {
            role >= Role::Moderator || of == player && proof != Proof::Vouched
        }
        Operation::Rename(of) => {
            role >= Role::Moderator
                || role >= Role::Player && of == player && proof == Proof::Cookie
        }
        Operation::Erase(of) => role >= Role::Admin || of == player && proof == Proof::Cookie,
        Operation::Hear(channel) => !matches!(channel, Channel::Ops) || role >= Role::Admin,
        Operation::DefineBoard(_)
        | Operation::ReadEngine
        | Operation::RepairEngine(_)
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
        Operation::Hear(Channel::Me(_)) => {
            "this needs a player: a cookie of this site, or a token".to_owned()
        }
        Operation::ReadEngine | Operation::Hear(_) => {
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
        Operation::ReadAudit | Operation::ManageKeys | Operation::ManageAccounts => {
            "this needs an admin".to_owned()
        }
        Operation::ManageSelf => "this needs a player who is signed in".to_owned(),
    }
}

#[cfg(test)]
mod tests;
