//! One WebSocket connection: reads commands, writes its outbox, keeps time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures::stream::SplitSink;
use futures::{SinkExt, StreamExt};
use leaderport::protocol::{Channel, Command, Event, MAX_COMMAND_BYTES, MAX_SUBSCRIPTIONS};
use leaderport::service::Error;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::hub::{Hub, encode};
use super::outbox::Outbox;
use crate::run::has_stopped;

/// A socket that takes no frame for this long is closed.
const BLOCKED: Duration = Duration::from_secs(15);
/// A ping is sent when nothing was heard for this long; twice that ends it.
const QUIET: Duration = Duration::from_secs(30);

type Sink = SplitSink<WebSocket, Message>;

/// Serves a connection until it ends or the server stops.
pub(super) async fn run(socket: WebSocket, hub: Arc<Hub>, mut stopped: watch::Receiver<bool>) {
    metrics::gauge!("leaderport_sockets").increment(1);
    let (mut sink, mut stream) = socket.split();
    let (outbox, mut frames) = Outbox::new();
    let outbox = Arc::new(outbox);
    let mut session = Session {
        hub,
        outbox: outbox.clone(),
        channels: HashMap::new(),
    };
    let mut asked_for_life = false;
    loop {
        let going_on = tokio::select! {
            message = timeout(QUIET, stream.next()) => match message {
                Ok(Some(Ok(message))) => {
                    asked_for_life = false;
                    session.hear(message, &mut frames, &mut sink).await
                }
                Ok(Some(Err(_)) | None) => false,
                Err(_) if asked_for_life => false,
                Err(_) => {
                    asked_for_life = true;
                    send(&mut sink, Message::Ping(axum::body::Bytes::new())).await
                }
            },
            Some(frame) = frames.recv() => session.drain(frame, &mut frames, &mut sink).await,
            () = outbox.told_of_gap() => {
                session.fill_gaps();
                true
            }
            () = has_stopped(&mut stopped) => {
                let code = close_code::RESTART;
                let reason = Utf8Bytes::from_static("the server is restarting; connect again");
                send(&mut sink, Message::Close(Some(CloseFrame { code, reason }))).await;
                false
            }
        };
        if !going_on {
            break;
        }
    }
    session.leave();
    metrics::gauge!("leaderport_sockets").decrement(1);
}

/// Whether the socket took the message in time.
async fn send(sink: &mut Sink, message: Message) -> bool {
    matches!(timeout(BLOCKED, sink.send(message)).await, Ok(Ok(())))
}

/// What a connection watches.
struct Session {
    hub: Arc<Hub>,
    outbox: Arc<Outbox>,
    channels: HashMap<String, Channel>,
}

impl Session {
    /// Writes what waits in the outbox; then fills the gaps of what found no room.
    async fn drain(
        &self,
        first: Utf8Bytes,
        frames: &mut mpsc::Receiver<Utf8Bytes>,
        sink: &mut Sink,
    ) -> bool {
        let mut next = Some(first);
        while let Some(frame) = next {
            if !send(sink, Message::Text(frame)).await {
                return false;
            }
            next = frames.try_recv().ok();
        }
        self.fill_gaps();
        true
    }

    /// Gets the newest page of what found no room; what finds none again waits for
    /// the next frame to leave.
    fn fill_gaps(&self) {
        if self.outbox.take_missed() {
            self.hub.fill_gaps(self.channels.values(), self.outbox.id);
        }
    }

    /// Acts on a message. Whether the connection goes on.
    async fn hear(
        &mut self,
        message: Message,
        frames: &mut mpsc::Receiver<Utf8Bytes>,
        sink: &mut Sink,
    ) -> bool {
        let answer = match message {
            Message::Text(text) => self.obey(text.as_str()).await,
            Message::Binary(_) => Some(refusal(
                None,
                "unsupported_frame",
                "commands are JSON in text frames",
            )),
            Message::Ping(_) | Message::Pong(_) => None,
            Message::Close(_) => return false,
        };
        // What waits goes first: no delta of a channel follows its `unsubscribed`.
        if let Ok(first) = frames.try_recv()
            && !self.drain(first, frames, sink).await
        {
            return false;
        }
        match answer {
            Some(answer) => send(sink, Message::Text(encode(&answer))).await,
            None => true,
        }
    }

    async fn obey(&mut self, text: &str) -> Option<Event> {
        if text.len() > MAX_COMMAND_BYTES {
            let words = format!("a command has at most {MAX_COMMAND_BYTES} bytes");
            return Some(refusal(None, "command_too_large", words));
        }
        let command = match serde_json::from_str(text) {
            Ok(command) => command,
            Err(error) => return Some(unread(text, &error)),
        };
        match command {
            Command::Ping { id } => Some(Event::Pong { id }),
            Command::Unsubscribe { id, channel } => Some(match self.channels.remove(&channel) {
                Some(watched) => {
                    self.hub.unsubscribe(&watched, self.outbox.id);
                    Event::Unsubscribed { id, channel }
                }
                None => refusal(
                    Some(id),
                    "not_subscribed",
                    format!("{channel:?} is not watched here"),
                ),
            }),
            Command::Subscribe {
                id,
                board,
                period,
                season,
                page,
            } => {
                let found = self.hub.leaderboards().find(&board, period, season);
                let season = match found {
                    Ok(season) => season,
                    Err(error) => return Some(refused(id, &error)),
                };
                let channel = Channel {
                    board,
                    season: season.key.season,
                    page,
                }
                .to_string();
                if self.channels.len() >= MAX_SUBSCRIPTIONS && !self.channels.contains_key(&channel)
                {
                    let words = format!("a connection watches at most {MAX_SUBSCRIPTIONS} pages");
                    return Some(refusal(Some(id), "too_many_subscriptions", words));
                }
                match self.hub.subscribe(id, season, page, &self.outbox).await {
                    Ok(watched) => {
                        self.channels.insert(channel, watched);
                        None
                    }
                    Err(error) => Some(refused(id, &error)),
                }
            }
        }
    }

    fn leave(&self) {
        for channel in self.channels.values() {
            self.hub.unsubscribe(channel, self.outbox.id);
        }
    }
}

fn refusal(id: Option<u32>, code: &str, message: impl Into<String>) -> Event {
    Event::Error {
        id,
        code: code.to_owned(),
        message: message.into(),
    }
}

fn refused(id: u32, error: &Error) -> Event {
    if let Error::Unavailable { part, detail } = error {
        tracing::error!(part, detail, "an engine is away");
    }
    refusal(Some(id), error.code(), error.to_string())
}

/// A command that could not be read: no JSON, an unknown type, or a bad value.
fn unread(text: &str, error: &serde_json::Error) -> Event {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else {
        return refusal(
            None,
            "malformed_json",
            format!("the command is not JSON: {error}"),
        );
    };
    let id = json
        .get("id")
        .and_then(serde_json::Value::as_u64)
        .and_then(|id| u32::try_from(id).ok());
    let kind = json.get("type").and_then(serde_json::Value::as_str);
    if let Some("subscribe" | "unsubscribe" | "ping") = kind {
        refusal(id, "invalid_value", error.to_string())
    } else {
        let words = "`type` must be subscribe, unsubscribe or ping";
        refusal(id, "unknown_command", words)
    }
}
