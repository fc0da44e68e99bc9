//! The two formats of a frame, chosen by the WebSocket's subprotocol.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Command, Event};

/// How commands and events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON in text frames.
    Json,
    /// Postcard in binary frames.
    Binary,
}

/// A frame that is no command, or no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// A value in the binary format, as text: for a document that a page begins with.
///
/// # Errors
/// A value of a type that the format cannot write.
pub fn pack(value: &impl Serialize) -> Result<String, Unreadable> {
    let bytes = postcard::to_allocvec(value).map_err(|e| Unreadable(e.to_string()))?;
    Ok(STANDARD_NO_PAD.encode(bytes))
}

/// The value of such a text.
///
/// # Errors
/// When it is none.
pub fn unpack<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let bytes = STANDARD_NO_PAD.decode(text);
    let bytes = bytes.map_err(|e| Unreadable(e.to_string()))?;
    Format::Binary.read(&bytes)
}

impl Format {
    /// Both, the one that is given first when a client takes either.
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

    /// Writes an event; JSON as UTF-8.
    #[must_use]
    pub fn write_event(self, event: &Event) -> Vec<u8> {
        self.write(event)
    }

    /// Writes a command; JSON as UTF-8.
    #[must_use]
    pub fn write_command(self, command: &Command) -> Vec<u8> {
        self.write(command)
    }

    /// Reads an event, from all of the bytes.
    ///
    /// # Errors
    /// When they are none.
    pub fn read_event(self, bytes: &[u8]) -> Result<Event, Unreadable> {
        self.read(bytes)
    }

    /// Reads a command, from all of the bytes.
    ///
    /// # Errors
    /// When they are none.
    pub fn read_command(self, bytes: &[u8]) -> Result<Command, Unreadable> {
        self.read(bytes)
    }

    fn write(self, value: &impl Serialize) -> Vec<u8> {
        match self {
            Self::Json => serde_json::to_vec(value).expect("all keys are strings"),
            Self::Binary => postcard::to_allocvec(value).expect("all lengths are known"),
        }
    }

    fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, Unreadable> {
        match self {
            Self::Json => serde_json::from_slice(bytes).map_err(|e| Unreadable(e.to_string())),
            Self::Binary => match postcard::take_from_bytes(bytes) {
                Ok((value, [])) => Ok(value),
                Ok((_, rest)) => Err(Unreadable(format!("{} bytes too many", rest.len()))),
                Err(error) => Err(Unreadable(error.to_string())),
            },
        }
    }
}
