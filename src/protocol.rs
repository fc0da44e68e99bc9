//! The realtime wire: JSON text frames over the WebSocket at `/ws`.
//!
//! A client sends [`Command`]s, the server [`Event`]s. Subscribing to a page of
//! a season answers [`Event::Subscribed`] with the page's snapshot and position;
//! then come [`Event::Delta`]s, at most ten a second a page, each made for the
//! page as the delta (or snapshot) before it left it. They name their channel,
//! not the subscriber, because every watcher gets the same bytes. A watcher
//! whose connection cannot keep up is not queued for: when it can take frames
//! again it gets [`Event::Snapshot`], the newest page. What the server cannot
//! read is answered by [`Event::Error`]; the connection stays open.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Page, PageDelta, PageNumber, Period, Position, Season, Slug, Timestamp};

/// The largest command, in bytes.
pub const MAX_COMMAND_BYTES: usize = 4096;
/// The most subscriptions a connection may hold.
pub const MAX_SUBSCRIPTIONS: usize = 32;

/// A page of a season that clients watch. In text: `page:{slug}:{season}:{number}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Channel {
    /// The board.
    pub board: Slug,
    /// The season.
    pub season: Season,
    /// The page.
    pub page: PageNumber,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page:{}:{}:{}", self.board, self.season, self.page.get())
    }
}

/// What a client asks. `id` is the client's own number, given back in the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Watch a page: of `season`, else of the current season of `period`, else
    /// of the current season of the board's longest period.
    Subscribe {
        /// Given back in the answer.
        id: u32,
        /// The board.
        board: Slug,
        /// Which of the board's periods.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        period: Option<Period>,
        /// Which season; the current one when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        season: Option<Season>,
        /// Which page, from 1.
        page: PageNumber,
    },
    /// Stop watching a channel.
    Unsubscribe {
        /// Given back in the answer.
        id: u32,
        /// As [`Event::Subscribed`] named it.
        channel: String,
    },
    /// Ask for a [`Event::Pong`].
    Ping {
        /// Given back in the answer.
        id: u32,
    },
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The page as of now. Deltas follow.
    Subscribed {
        /// The command's.
        id: u32,
        /// The name that deltas carry.
        channel: String,
        /// The season watched.
        season: Season,
        /// When it ends; never for `all`.
        next_reset: Option<Timestamp>,
        /// Of the page.
        position: Position,
        /// The snapshot.
        page: Page,
    },
    /// The page changed.
    Delta {
        /// Which page.
        channel: String,
        /// Of the page after the delta.
        position: Position,
        /// How to make it.
        delta: PageDelta,
    },
    /// The page, whole: deltas were left out, or the stream began again.
    Snapshot {
        /// Which page.
        channel: String,
        /// Of the page.
        position: Position,
        /// All of it.
        page: Page,
    },
    /// No more deltas of the channel will come.
    Unsubscribed {
        /// The command's.
        id: u32,
        /// Which page.
        channel: String,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_read_as_documented() {
        let text = r#"{"type":"subscribe","id":1,"board":"atp","period":"weekly","page":2}"#;
        let command: Command = serde_json::from_str(text).unwrap();
        let Command::Subscribe {
            id,
            period,
            season,
            page,
            ..
        } = command
        else {
            panic!("a subscribe");
        };
        assert_eq!(
            (id, period, season, page.get()),
            (1, Some(Period::Weekly), None, 2)
        );
        for bad in [
            r#"{"type":"subscribe","id":1,"board":"A B","page":2}"#,
            r#"{"type":"subscribe","id":1,"board":"atp","page":0}"#,
            r#"{"type":"shout","id":1}"#,
            r#"{"id":1}"#,
            "[]",
        ] {
            assert!(serde_json::from_str::<Command>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_channel_is_named_by_its_parts() {
        let channel = Channel {
            board: Slug::new("atp").unwrap(),
            season: "2026-W47".parse().unwrap(),
            page: PageNumber::FIRST,
        };
        assert_eq!(channel.to_string(), "page:atp:2026-W47:1");
    }
}
