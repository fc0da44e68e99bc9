//! An event for sending: encoded once for each format, with the same bytes for all clients.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::ws::{Message, Utf8Bytes};
use leaderport::protocol::{Event, Format};
use tokio::time::Instant;

/// An event. The bytes of each format are encoded at their first use, and shared by all clones.
#[derive(Clone)]
pub(crate) struct Frame(Arc<Inner>);

struct Inner {
    event: Event,
    /// Time at which the node received the publication of the change, if known.
    received: OnceLock<Instant>,
    json: OnceLock<Utf8Bytes>,
    binary: OnceLock<Bytes>,
}

impl From<Event> for Frame {
    fn from(event: Event) -> Self {
        Self(Arc::new(Inner {
            event,
            received: OnceLock::new(),
            json: OnceLock::new(),
            binary: OnceLock::new(),
        }))
    }
}

impl Frame {
    /// The event.
    pub(crate) fn event(&self) -> &Event {
        &self.0.event
    }

    /// Records the time at which the node received the publication of the change.
    pub(crate) fn received_at(&self, at: Instant) {
        // Fails only for a second call, which has the same time.
        let _ = self.0.received.set(at);
    }

    /// Counts the frame, with its size in bytes, as handed to a socket.
    pub(crate) fn was_sent(&self, bytes: usize) {
        metrics::counter!("leaderport_frames_total").increment(1);
        metrics::counter!("leaderport_bytes_total").increment(bytes as u64);
        if let Some(received) = self.0.received.get() {
            metrics::histogram!("leaderport_delivery_seconds").record(received.elapsed());
        }
    }

    /// The event as JSON text.
    pub(crate) fn json(&self) -> Utf8Bytes {
        let write = || {
            let bytes = Bytes::from(Format::Json.write_event(&self.0.event));
            Utf8Bytes::try_from(bytes).expect("JSON is UTF-8")
        };
        self.0.json.get_or_init(write).clone()
    }

    /// The event in Postcard encoding.
    pub(crate) fn binary(&self) -> Bytes {
        let write = || Bytes::from(Format::Binary.write_event(&self.0.event));
        self.0.binary.get_or_init(write).clone()
    }

    /// The event as a WebSocket message, with its size in bytes.
    pub(crate) fn message(&self, format: Format) -> (Message, usize) {
        match format {
            Format::Json => {
                let json = self.json();
                let size = json.len();
                (Message::Text(json), size)
            }
            Format::Binary => {
                let bytes = self.binary();
                let size = bytes.len();
                (Message::Binary(bytes), size)
            }
        }
    }
}
