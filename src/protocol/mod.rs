//! The realtime protocol, version 1. Frozen: what is said here stays true; what
//! comes later is added so that clients of today may ignore it.
//!
//! # Connecting
//!
//! A WebSocket at `/ws`, with one of the subprotocols `leaderport.v1.json` (a text
//! frame each; also when none is asked for) and `leaderport.v1.binary` (a binary
//! frame each: the same values in [postcard](https://postcard.jamesmunns.com)).
//! Where sockets are blocked the same channels come as Server-Sent Events from
//! `/api/v1/boards/{slug}/events`.
//!
//! A client sends [`Command`]s, the server [`Event`]s. In JSON both are objects of
//! one member, which says what it is: `{"ping":{"id":1}}`. Each command has an `id`
//! of the client's choice, which its answer gives back. What cannot be done is
//! answered by [`Event::Error`] with a stable `code`, and the connection stays.
//! When the server ends a connection it says why by a [`CloseCode`]. Clients ignore
//! events and members that they do not know.
//!
//! # Channels
//!
//! [`Channel`] has the grammar. A channel has a *state*, and each state a
//! [`Position`] in a stream: its `epoch` and its `offset`. Offsets of one epoch
//! grow; positions of different epochs do not compare.
//!
//! # Subscribing, and coming back
//!
//! 1. [`Command::Subscribe`] names a channel, and with `since` the position of the
//!    state that the client has: from the answer to a request over HTTP, from the
//!    page's HTML, or from a connection that was lost.
//! 2. The server answers [`Event::Subscribed`]. With `recovered: true` it knows what
//!    the state of that position became: what was missed follows, as
//!    [`Event::Change`]s, or nothing if nothing was. With `recovered: false` an
//!    [`Event::State`] follows, which replaces what the client has. There is no
//!    third way: nothing is recovered in part.
//! 3. From then on [`Event::Change`]s come as the state changes, at most one a tick
//!    (a board's setting, 100 ms unless it says otherwise). Each says in `from` for
//!    which offsets it is made, first and last: a client whose position has the same
//!    epoch and an offset within them applies it and is at the change's `position`.
//!    A client that is at that offset already ignores it. Else something was lost,
//!    and the client subscribes again without `since`; the server takes care that
//!    this does not happen.
//! 4. Channels whose state is small have no changes: each [`Event::State`] replaces
//!    the one before it. And so does one at any time on the others: when a stream
//!    began again, and when a client was too slow, because the newest state takes the
//!    place of what was not yet sent. A client that takes nothing at all for some
//!    time is disconnected.
//!
//! # Who sees what
//!
//! Pages, feeds, presence and boards are open to all. [`Channel::Me`] is for a
//! player, [`Channel::Ops`] for admins: known by the cookies of the connection, or
//! by [`Command::Authenticate`] with a token. When a token ends, what it allowed
//! does: the server says [`Event::Unsubscribed`], unless a newer token came before.
//!
//! # The least that a client does
//!
//! It sends one `subscribe`, keeps the state it is given, and lets every
//! `{"state":…}` replace it and every `{"change":…}` change it: for a page by
//! [`PageDelta`], whose edits list the new rows from top to bottom, `{"row":…}` a new
//! one, `{"copy":[from,count,shift]}` rows of the state before with `shift` added to
//! each rank. When the connection ends it waits a random time, connects again and
//! subscribes with `since`.

mod channel;
mod close;
mod format;
mod state;

pub use self::channel::{Channel, ChannelName};
pub use self::close::{After, CloseCode};
pub use self::format::{Format, Unreadable};
pub use self::state::{
    BoardState, Change, FEED_LENGTH, Highlight, HighlightKind, Mine, MyPlace, OPS_SECONDS,
    OpsState, Overtaker, Presence, RunningSeason, State, StateKind,
};

use serde::{Deserialize, Serialize};

use crate::{PlayerId, Position, Timestamp};

#[cfg(doc)]
use crate::PageDelta;

/// The largest command, in bytes.
pub const MAX_COMMAND_BYTES: usize = 4096;
/// The most subscriptions a connection may hold.
pub const MAX_SUBSCRIPTIONS: usize = 48;

/// What a client asks. `id` is the client's own number, given back in the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Hear of a channel.
    Subscribe {
        /// Given back in the answer.
        id: u32,
        /// A [`ChannelName`].
        channel: String,
        /// The position of the state that the client has, if it has one.
        #[serde(default)]
        since: Option<Position>,
        /// On a presence channel: the name to be shown to others. Nobody is named
        /// who does not ask for it.
        #[serde(default)]
        show: Option<String>,
    },
    /// Hear of it no more.
    Unsubscribe {
        /// Given back in the answer.
        id: u32,
        /// As [`Event::Subscribed`] named it.
        channel: String,
    },
    /// Say who this is, or say it again with a token that ends later.
    Authenticate {
        /// Given back in the answer.
        id: u32,
        /// A token of `POST /api/v1/tokens`.
        token: String,
    },
    /// Ask for a [`Event::Pong`].
    Ping {
        /// Given back in the answer.
        id: u32,
    },
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The channel is heard from here on.
    Subscribed {
        /// The command's.
        id: u32,
        /// Its full name, which what follows carries.
        channel: Channel,
        /// Whether what the client has is brought forward. If not, the state follows.
        recovered: bool,
    },
    /// The state, whole.
    State {
        /// Of which channel.
        channel: Channel,
        /// Of the state.
        position: Position,
        /// All of it.
        state: State,
    },
    /// The state changed.
    Change {
        /// Of which channel.
        channel: Channel,
        /// The offsets of the states that this is made for, the first and the last.
        from: (u64, u64),
        /// Of the state after the change.
        position: Position,
        /// How to make it.
        change: Change,
    },
    /// Nothing more of the channel will come.
    Unsubscribed {
        /// The command's; none where the server ended it.
        id: Option<u32>,
        /// Which.
        channel: Channel,
        /// Why, as an error's code, where the server ended it.
        code: Option<String>,
    },
    /// Who this is.
    Authenticated {
        /// The command's.
        id: u32,
        /// The player.
        player: PlayerId,
        /// When the token ends.
        expires_at: Timestamp,
    },
    /// The answer to a ping.
    Pong {
        /// The command's.
        id: u32,
    },
    /// A command was refused; the connection stays open.
    Error {
        /// The command's, where it could be read.
        id: Option<u32>,
        /// Stable, for programs.
        code: String,
        /// For people.
        message: String,
    },
}

impl Command {
    /// The client's number.
    #[must_use]
    pub const fn id(&self) -> u32 {
        match self {
            Self::Subscribe { id, .. }
            | Self::Unsubscribe { id, .. }
            | Self::Authenticate { id, .. }
            | Self::Ping { id } => *id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_read_as_documented() {
        let text = r#"{"subscribe":{"id":1,"channel":"page:atp:weekly:2"}}"#;
        let command: Command = serde_json::from_str(text).unwrap();
        let expected = Command::Subscribe {
            id: 1,
            channel: "page:atp:weekly:2".to_owned(),
            since: None,
            show: None,
        };
        assert_eq!(command, expected);
        for bad in [
            r#"{"subscribe":{"channel":"page:atp:weekly:2"}}"#,
            r#"{"subscribe":{"id":-1,"channel":"page:atp:weekly:2"}}"#,
            r#"{"subscribe":{"id":1,"channel":"ops","since":{"epoch":"x","offset":1}}}"#,
            r#"{"shout":{"id":1}}"#,
            r#"{"ping":{"id":1},"pong":{"id":1}}"#,
            r#"{"id":1}"#,
            "{}",
            "[]",
        ] {
            assert!(serde_json::from_str::<Command>(bad).is_err(), "{bad}");
        }
    }
}
