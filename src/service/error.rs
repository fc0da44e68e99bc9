//! Errors of the service: a stable code, whether a retry helps, and a sentence for people.
//! Details of engine failures go to the log only.

use crate::board::Closed;
use crate::ranking::standing::SumOutOfRange;
use crate::service::quota::Limited;
use crate::{Handle, InvalidValue, PlayerId, Season, SeasonKey, Slug, SubmissionId, Timestamp};

/// A failure of the ledger's engine, for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LedgerError(pub String);

/// A failure of the broker's engine, for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct BrokerError(pub String);

/// Reason that the service refused or failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A value breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidValue),
    /// Unknown slug.
    #[error("there is no board {0:?}; GET /api/v1/boards lists them")]
    UnknownBoard(Slug),
    /// The board's version differs from the expected one; 0 if the board does not exist.
    #[error("board {0:?} was changed meanwhile: it is at version {1}; read it again and merge")]
    OutdatedBoard(Slug, u64),
    /// The definition leaves out settings of the board, and would reset them.
    #[error(
        "board {0:?} has other values than the defaults for {list}, which this definition leaves \
         out: send them too, or change single settings with PATCH",
        list = .1.join(", ")
    )]
    OmittedSettings(Slug, Vec<&'static str>),
    /// The board has no uploaded emblem.
    #[error("board {0:?} has no picture of its own; PUT /api/v1/boards/{0}/emblem uploads one")]
    NoEmblem(Slug),
    /// Only an archived board can be deleted.
    #[error("board {0:?} is not archived; archive it first, then delete it")]
    NotArchived(Slug),
    /// A board of this slug is being deleted.
    #[error("a former board {0:?} is still being deleted; try again in a minute")]
    BeingDeleted(Slug),
    /// The board's standings are being recounted by new rules.
    #[error(
        "board {0:?} has new rules, and its standings are being recounted; try again in a moment"
    )]
    Recounting(Slug),
    /// A season with standings would begin or end at another time by another time zone.
    #[error(
        "time_zone: season {1} of board {0:?} has standings, and would begin or end at another time; \
         start such seasons over first, or define another board"
    )]
    CalendarInUse(Slug, Season),
    /// The player has no standing.
    #[error("player {0:?} has no standing in {1}")]
    UnknownPlayer(PlayerId, String),
    /// The board refuses submissions made at this time.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The id belongs to a recorded submission with different content.
    #[error(
        "submission {0} was recorded before with another content; a new submission needs a new id"
    )]
    IdConflict(SubmissionId),
    /// The sum is out of the range of scores.
    #[error(transparent)]
    SumOutOfRange(#[from] SumOutOfRange),
    /// Anonymous caller; contains the required permission.
    #[error("not signed in: {0}")]
    Unauthorized(String),
    /// Invalid token; contains the reason.
    #[error("this token is not valid: {0}")]
    BadToken(&'static str),
    /// The caller lacks a permission; contains the required permission.
    #[error("you may not do this: {0}")]
    Forbidden(String),
    /// The player is banned.
    #[error("player {0:?} is banned: a moderator decided that nothing of theirs counts")]
    Banned(PlayerId),
    /// The player was erased at this time, and neither scores nor credentials from before bring
    /// the player back.
    #[error(
        "player {0:?} was erased at {1}, and scores and credentials from before do not bring them \
         back; leave the row out of an import, or give it a time after that if the score is a later one"
    )]
    Erased(PlayerId, Timestamp),
    /// Unknown handle or wrong password.
    #[error("there is no account with this handle and this password")]
    WrongCredentials,
    /// Another account has this handle.
    #[error("the handle {0} is taken; choose another")]
    HandleTaken(Handle),
    /// The player already has an account.
    #[error("you have an account already, {0}; sign in")]
    AlreadySignedUp(Handle),
    /// Unknown handle.
    #[error("there is no account {0}")]
    UnknownAccount(Handle),
    /// Unknown or revoked key id.
    #[error("there is no key {0:?}, or it was revoked before; GET /api/v1/keys lists them")]
    UnknownKey(String),
    /// The connection has the maximum number of subscriptions.
    #[error("a connection has at most {0} subscriptions; unsubscribe from one")]
    TooManySubscriptions(usize),
    /// A quota is exceeded. A later retry helps.
    #[error("{0}")]
    TooMany(Limited),
    /// Too many concurrent expensive requests. A retry helps.
    #[error("too many requests for this at once; try again in a moment")]
    Busy,
    /// An engine is down. A retry helps.
    #[error(
        "the {part} is unavailable; try again in a moment. A submission with the same id counts once"
    )]
    Unavailable {
        /// `ledger`, `broker` or `server`.
        part: &'static str,
        /// Detail for the log only.
        detail: String,
    },
}

impl Error {
    /// Stable code, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_value",
            Self::UnknownBoard(_) => "unknown_board",
            Self::OutdatedBoard(..) => "outdated_board",
            Self::OmittedSettings(..) => "omitted_settings",
            Self::NoEmblem(_) => "no_emblem",
            Self::NotArchived(_) => "not_archived",
            Self::BeingDeleted(_) => "being_deleted",
            Self::Recounting(_) => "board_recounting",
            Self::CalendarInUse(..) => "calendar_in_use",
            Self::UnknownPlayer(..) => "unknown_player",
            Self::Closed(Closed::NotYetOpen(_)) => "board_not_open",
            Self::Closed(_) => "board_closed",
            Self::IdConflict(_) => "id_conflict",
            Self::SumOutOfRange(_) => "sum_out_of_range",
            Self::Unauthorized(_) => "unauthorized",
            Self::BadToken(_) => "bad_token",
            Self::Forbidden(_) => "forbidden",
            Self::Banned(_) => "banned",
            Self::Erased(..) => "erased",
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

    /// The HTTP status of the error.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Invalid(_)
            | Self::OmittedSettings(..)
            | Self::SumOutOfRange(_)
            | Self::TooManySubscriptions(_) => 422,
            Self::Unauthorized(_) | Self::BadToken(_) | Self::WrongCredentials => 401,
            Self::Forbidden(_) | Self::Banned(_) => 403,
            Self::UnknownBoard(_)
            | Self::NoEmblem(_)
            | Self::UnknownPlayer(..)
            | Self::UnknownAccount(_)
            | Self::UnknownKey(_) => 404,
            Self::CalendarInUse(..)
            | Self::NotArchived(_)
            | Self::BeingDeleted(_)
            | Self::Closed(_)
            | Self::IdConflict(_)
            | Self::Erased(..)
            | Self::HandleTaken(_)
            | Self::AlreadySignedUp(_) => 409,
            Self::OutdatedBoard(..) => 412,
            Self::TooMany(_) => 429,
            Self::Busy | Self::Recounting(_) | Self::Unavailable { .. } => 503,
        }
    }

    /// The field that the error is about, by its name in the API; none for other errors.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid(invalid) => Some(invalid.field),
            Self::CalendarInUse(..) => Some("time_zone"),
            Self::Closed(_) => Some("at"),
            Self::SumOutOfRange(_) => Some("value"),
            Self::HandleTaken(_) => Some("handle"),
            _ => None,
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn retry_helps(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. }
                | Self::BeingDeleted(_)
                | Self::Recounting(_)
                | Self::Busy
                | Self::TooMany(_)
                | Self::Closed(Closed::NotYetOpen(_))
        )
    }

    /// Whether the broker is down.
    pub(crate) fn is_of_broker(&self) -> bool {
        matches!(self, Self::Unavailable { part: "broker", .. })
    }

    pub(crate) fn unknown_player(player: &PlayerId, key: &SeasonKey) -> Self {
        Self::UnknownPlayer(player.clone(), key.to_string())
    }

    /// The error for a caller who is not a player and so has no standing.
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
