//! The service's errors: a stable code, whether retrying helps, a sentence for
//! people. What went wrong inside an engine is kept for the log, never shown.

use crate::board::Closed;
use crate::service::ports::error::BrokerError;
use crate::service::ports::error::LedgerError;
use crate::service::ports::limiter::Limited;
use crate::standing::SumOutOfRange;
use crate::{Handle, InvalidValue, PlayerId, SeasonKey, Slug, SubmissionId};

/// Why the service refused or failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A value breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidValue),
    /// No board has this slug.
    #[error("there is no board {0:?}; GET /api/v1/boards lists them")]
    UnknownBoard(Slug),
    /// The board is at another version than was expected: 0 when it is not there.
    #[error("board {0:?} was changed meanwhile: it is at version {1}; read it again and merge")]
    OutdatedBoard(Slug, u64),
    /// The player has no standing.
    #[error("player {0:?} has no standing in {1}")]
    UnknownPlayer(PlayerId, String),
    /// The board takes no submissions of this time.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// A submission with this id and another content was recorded before.
    #[error(
        "submission {0} was recorded before with another content; a new submission needs a new id"
    )]
    IdConflict(SubmissionId),
    /// The standing's sum would leave the range of scores.
    #[error(transparent)]
    SumOutOfRange(#[from] SumOutOfRange),
    /// It is not known who asks; says what is needed.
    #[error("it is not known who you are: {0}")]
    Unauthorized(String),
    /// A token that proves nothing; says why.
    #[error("this token is not valid: {0}")]
    BadToken(&'static str),
    /// Who asks may not; says what is needed.
    #[error("you may not do this: {0}")]
    Forbidden(String),
    /// The player is banned.
    #[error("player {0:?} is banned: a moderator decided that nothing of theirs counts")]
    Banned(PlayerId),
    /// No account has this handle and this password.
    #[error("there is no account with this handle and this password")]
    WrongCredentials,
    /// Another account has this handle.
    #[error("the handle {0} is taken; choose another")]
    HandleTaken(Handle),
    /// The player has an account.
    #[error("you have an account already, {0}; sign in")]
    AlreadySignedUp(Handle),
    /// No account has this handle.
    #[error("there is no account {0}")]
    UnknownAccount(Handle),
    /// No valid key has this id.
    #[error("there is no key {0:?}, or it was revoked before; GET /api/v1/keys lists them")]
    UnknownKey(String),
    /// A connection that hears of many channels asks for one more.
    #[error("a connection hears of at most {0} channels; unsubscribe from one")]
    TooManySubscriptions(usize),
    /// More than a quota allows. Retrying helps, later.
    #[error("{0}")]
    TooMany(Limited),
    /// Too many ask for something costly at once. Retrying helps.
    #[error("too many ask for this at once; try again in a moment")]
    Busy,
    /// An engine is away. Retrying helps.
    #[error("the {part} is away; try again in a moment, with the same id nothing counts twice")]
    Unavailable {
        /// `ledger`, `broker` or `server`.
        part: &'static str,
        /// For the log only.
        detail: String,
    },
}

impl Error {
    /// Stable, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_value",
            Self::UnknownBoard(_) => "unknown_board",
            Self::OutdatedBoard(..) => "outdated_board",
            Self::UnknownPlayer(..) => "unknown_player",
            Self::Closed(Closed::NotYetOpen(_)) => "board_not_open",
            Self::Closed(_) => "board_closed",
            Self::IdConflict(_) => "id_conflict",
            Self::SumOutOfRange(_) => "sum_out_of_range",
            Self::Unauthorized(_) => "unauthorized",
            Self::BadToken(_) => "bad_token",
            Self::Forbidden(_) => "forbidden",
            Self::Banned(_) => "banned",
            Self::WrongCredentials => "wrong_credentials",
            Self::HandleTaken(_) => "handle_taken",
            Self::AlreadySignedUp(_) => "already_signed_up",
            Self::UnknownAccount(_) => "unknown_account",
            Self::UnknownKey(_) => "unknown_key",
            Self::TooManySubscriptions(_) => "too_many_subscriptions",
            Self::TooMany(_) => "too_many_requests",
            Self::Busy => "busy",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// The HTTP status that says it: what went wrong, and whose fault it is.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Invalid(_) | Self::SumOutOfRange(_) | Self::TooManySubscriptions(_) => 422,
            Self::Unauthorized(_) | Self::BadToken(_) | Self::WrongCredentials => 401,
            Self::Forbidden(_) | Self::Banned(_) => 403,
            Self::UnknownBoard(_)
            | Self::UnknownPlayer(..)
            | Self::UnknownAccount(_)
            | Self::UnknownKey(_) => 404,
            Self::Closed(_)
            | Self::IdConflict(_)
            | Self::HandleTaken(_)
            | Self::AlreadySignedUp(_) => 409,
            Self::OutdatedBoard(..) => 412,
            Self::TooMany(_) => 429,
            Self::Busy | Self::Unavailable { .. } => 503,
        }
    }

    /// Whether the same call may succeed later, unchanged.
    #[must_use]
    pub const fn retry_helps(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. }
                | Self::Busy
                | Self::TooMany(_)
                | Self::Closed(Closed::NotYetOpen(_))
        )
    }

    /// Whether the broker is what is away.
    pub(crate) fn is_of_broker(&self) -> bool {
        matches!(self, Self::Unavailable { part: "broker", .. })
    }

    pub(crate) fn unknown_player(player: &PlayerId, key: &SeasonKey) -> Self {
        Self::UnknownPlayer(player.clone(), key.to_string())
    }

    /// Who asks is no player, and so has no standing.
    #[must_use]
    pub fn not_a_player() -> Self {
        Self::Unauthorized("this needs a player: a cookie of this site, or a token".to_owned())
    }

    pub(crate) fn contended(board: &Slug) -> Self {
        Self::Unavailable {
            part: "ledger",
            detail: format!("other nodes define board {board} all the time"),
        }
    }

    pub(crate) fn stopping() -> Self {
        Self::Unavailable {
            part: "server",
            detail: "the server is stopping".to_owned(),
        }
    }
}

impl From<Limited> for Error {
    fn from(limited: Limited) -> Self {
        Self::TooMany(limited)
    }
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Self {
        Self::Unavailable {
            part: "ledger",
            detail: error.0,
        }
    }
}

impl From<BrokerError> for Error {
    fn from(error: BrokerError) -> Self {
        Self::Unavailable {
            part: "broker",
            detail: error.0,
        }
    }
}
