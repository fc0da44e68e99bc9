#![doc = include_str!("realtime.md")]
//!
//! The running server publishes this document at `/docs/realtime-protocol`. [`crate::live`]
//! implements both sides as state machines.

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

/// The protocol document, in Markdown.
pub const DOCUMENT: &str = include_str!("realtime.md");
/// Maximum size of a command, in bytes.
pub const MAX_COMMAND_BYTES: usize = 4096;
/// Maximum number of subscriptions per connection.
pub const MAX_SUBSCRIPTIONS: usize = 48;

/// A command of a client. The answer repeats the client's `id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Subscribe to a channel.
    Subscribe {
        /// Command id, repeated in the answer.
        id: u32,
        /// A [`ChannelName`].
        channel: String,
        /// Position of the state that the client holds, if any.
        #[serde(default)]
        since: Option<Position>,
        /// On a presence channel: whether others may see the player's display name. Names
        /// are listed only on request.
        #[serde(default)]
        show: bool,
    },
    /// Unsubscribe from a channel.
    Unsubscribe {
        /// Command id, repeated in the answer.
        id: u32,
        /// Channel name as in [`Event::Subscribed`].
        channel: String,
    },
    /// Authenticate, or replace the token with a later one.
    Authenticate {
        /// Command id, repeated in the answer.
        id: u32,
        /// A token from `POST /api/v1/tokens`.
        token: String,
    },
    /// Request an [`Event::Pong`].
    Ping {
        /// Command id, repeated in the answer.
        id: u32,
    },
}

/// An event from the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The subscription is active.
    Subscribed {
        /// Id of the command.
        id: u32,
        /// Full channel name, as used in all later events.
        channel: Channel,
        /// Whether the client continues from its state at `since`. If not, a full state follows.
        recovered: bool,
    },
    /// The full state of a channel.
    State {
        /// The channel.
        channel: Channel,
        /// Position of the state.
        position: Position,
        /// The state.
        state: State,
    },
    /// A change of a channel's state.
    Change {
        /// The channel.
        channel: Channel,
        /// First and last offset of the states that the change applies to.
        from: (u64, u64),
        /// Position of the state after the change.
        position: Position,
        /// The change.
        change: Change,
    },
    /// The subscription has ended; no event of the channel follows.
    Unsubscribed {
        /// Id of the command; absent if the server ended the subscription.
        id: Option<u32>,
        /// The channel.
        channel: Channel,
        /// Error code, if the server ended the subscription.
        code: Option<String>,
    },
    /// The token was accepted.
    Authenticated {
        /// Id of the command.
        id: u32,
        /// The player of the token.
        player: PlayerId,
        /// Expiry of the token.
        expires_at: Timestamp,
    },
    /// Answer to a ping.
    Pong {
        /// Id of the command.
        id: u32,
    },
    /// A command was refused; the connection stays open.
    Error {
        /// Id of the command, if it could be read.
        id: Option<u32>,
        /// Stable code, for programs.
        code: String,
        /// Message for people.
        message: String,
    },
}

impl Command {
    /// Id of the command.
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
