#![doc = include_str!("realtime.md")]
//!
//! (This is the page `/docs/realtime`, too.) Both sides as state machines:
//! [`crate::live`].

pub mod binary;
mod channel;
mod close;
mod format;
mod state;

pub use self::channel::{Channel, ChannelName};
pub use self::close::{After, CloseCode};
pub use self::format::{Format, Unreadable};
pub use self::state::{
    BoardState, Change, FEED_LENGTH, Highlight, HighlightKind, Mine, MyPlace, OPS_SECONDS,
    OpsState, Overtaker, Presence, RunningSeason, State, keep_newest,
};

use serde::{Deserialize, Serialize};

use crate::{PlayerId, Position, Timestamp};

/// The protocol's document, in Markdown.
pub const DOCUMENT: &str = include_str!("realtime.md");
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
        /// On a presence channel: whether others may see the listener there, by the
        /// name that the board shows of them. Nobody is named who does not ask for it.
        #[serde(default)]
        show: bool,
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
            show: false,
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
