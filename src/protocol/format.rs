//! The two frame formats, selected by the WebSocket subprotocol.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Command, Event, binary};

/// Encoding of commands and events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON in text frames.
    Json,
    /// Postcard in binary frames.
    Binary,
}

/// A frame that could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Format {
    /// Both formats, in order of the server's preference.
    pub const ALL: [Self; 2] = [Self::Binary, Self::Json];

    /// The WebSocket subprotocol.
    #[must_use]
    pub const fn subprotocol(self) -> &'static str {
        match self {
            Self::Json => "leaderport.v1.json",
            Self::Binary => "leaderport.v1.binary",
        }
    }

    /// The format of a subprotocol.
    #[must_use]
    pub fn of(subprotocol: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|f| f.subprotocol() == subprotocol)
    }

    /// Encodes an event; JSON as UTF-8.
    #[must_use]
    pub fn write_event(self, event: &Event) -> Vec<u8> {
        self.write(event)
    }

    /// Encodes a command; JSON as UTF-8.
    #[must_use]
    pub fn write_command(self, command: &Command) -> Vec<u8> {
        self.write(command)
    }

    /// Decodes an event. It must span all bytes.
    ///
    /// # Errors
    /// Refuses other bytes.
    pub fn read_event(self, bytes: &[u8]) -> Result<Event, Unreadable> {
        self.read(bytes)
    }

    /// Decodes a command. It must span all bytes.
    ///
    /// # Errors
    /// Refuses other bytes.
    pub fn read_command(self, bytes: &[u8]) -> Result<Command, Unreadable> {
        self.read(bytes)
    }

    fn write(self, value: &impl Serialize) -> Vec<u8> {
        match self {
            Self::Json => serde_json::to_vec(value).expect("all keys are strings"),
            Self::Binary => binary::write(value),
        }
    }

    fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, Unreadable> {
        match self {
            Self::Json => serde_json::from_slice(bytes).map_err(|e| Unreadable(e.to_string())),
            Self::Binary => binary::read(bytes),
        }
    }
}
