//! One WebSocket connection: reads commands, sends frames, enforces time limits.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use leaderport::protocol::{CloseCode, Command, Event, Format, MAX_COMMAND_BYTES};
use leaderport::service::Error;
use tokio::time::{Instant, timeout};

use crate::http::connections::client_address::ReadQuota;
use crate::realtime::delivery::frame::Frame;
use crate::realtime::delivery::inbox::Marks;
use crate::realtime::listeners::listener::Listener;
use crate::realtime::node::Realtime;
use crate::realtime::transports::cost;
use crate::realtime::transports::slow_client::in_time;
use crate::startup::shutdown::has_stopped;

/// Time limit for closing an ended connection.
const GRACE: Duration = Duration::from_secs(1);

/// Maximum number of bytes handed to the socket before a flush.
const AT_ONCE: usize = 16 << 10;

type Sink = SplitSink<WebSocket, Message>;

/// Reason for the end of a connection: a close code, or `None` if the client is gone.
type Ended = Option<CloseCode>;

/// Serves a connection until it ends or the server stops.
pub(crate) async fn run(
    socket: WebSocket,
    realtime: Arc<Realtime>,
    (listener, quota): (Listener, ReadQuota),
    format: Format,
) {
    metrics::gauge!("leaderport_sockets").increment(1);
    let (sink, mut stream) = socket.split();
    let mut connection = Connection {
        sink,
        format,
        listener,
        quota,
        slow: realtime.limits.slow,
        allowance: Allowance::new(realtime.limits.commands),
    };
    let ended = connection.serve(&mut stream, &realtime).await;
    // Drop the listener first, which ends all subscriptions, because closing may take a while.
    let Connection {
        mut sink, listener, ..
    } = connection;
    drop(listener);
    if let Some(code) = ended {
        let closed = match code {
            CloseCode::TooSlow => Some("slow"),
            CloseCode::Silent => Some("silent"),
            CloseCode::TooManyCommands => Some("commands"),
            _ => None,
        };
        if let Some(why) = closed {
            metrics::counter!("leaderport_closes_total", "why" => why).increment(1);
        }
        let frame = CloseFrame {
            code: code.code(),
            reason: Utf8Bytes::from_static(code.reason()),
        };
        // Keep reading after the close frame: dropping a socket with unread data would discard
        // data in flight, such as the close frame. A client that reads nothing does not get it.
        let close = async {
            let sent = sink.send(Message::Close(Some(frame))).await;
            while sent.is_ok() && matches!(stream.next().await, Some(Ok(_))) {}
        };
        let _ = timeout(GRACE, close).await;
    } else {
        // Answer the client's close frame.
        let _ = timeout(GRACE, sink.close()).await;
    }
    metrics::gauge!("leaderport_sockets").decrement(1);
}

struct Connection {
    sink: Sink,
    format: Format,
    listener: Listener,
    quota: ReadQuota,
    slow: Duration,
    allowance: Allowance,
}

impl Connection {
    async fn serve(&mut self, stream: &mut SplitStream<WebSocket>, realtime: &Realtime) -> Ended {
        let inbox = self.listener.inbox.clone();
        let mut stopped = realtime.stopped.clone();
        loop {
            let went = tokio::select! {
                code = inbox.ended() => Err(Some(code)),
                marks = inbox.marked() => self.take(marks).await,
                message = stream.next() => match message {
                    Some(Ok(message)) => {
                        inbox.record_activity();
                        // Messages are infrequent. Boxing this future saves memory of idle
                        // connections.
                        Box::pin(self.receive(message)).await
                    }
                    Some(Err(error)) => Err(too_large(&error)),
                    None => Err(None),
                },
                () = has_stopped(&mut stopped) => {
                    tokio::time::sleep(realtime.drain_delay()).await;
                    Err(Some(CloseCode::Restart))
                }
            };
            if let Err(ended) = went {
                return ended;
            }
        }
    }

    /// Handles marks: checks the connection, or sends the new frames of marked subscriptions.
    async fn take(&mut self, marks: Marks) -> Result<(), Ended> {
        if marks.is_look() {
            for event in Box::pin(self.listener.look()).await {
                self.feed(&Frame::from(event)).await?;
            }
            if self.listener.inbox.must_ping() {
                self.within(Message::Ping(axum::body::Bytes::new())).await?;
            }
        }
        let mut unflushed = 0;
        for slot in marks.slots() {
            while let Some(frame) = self.listener.next(slot) {
                unflushed += self.feed(&frame).await?;
                if unflushed > AT_ONCE {
                    self.flush().await?;
                    unflushed = 0;
                }
            }
        }
        self.flush().await
    }

    async fn feed(&mut self, frame: &Frame) -> Result<usize, Ended> {
        let (message, size) = frame.message(self.format);
        taken(in_time(self.slow, self.sink.feed(message)).await)?;
        frame.was_sent(size);
        Ok(size)
    }

    async fn flush(&mut self) -> Result<(), Ended> {
        taken(in_time(self.slow, self.sink.flush()).await)
    }

    async fn within(&mut self, message: Message) -> Result<(), Ended> {
        taken(in_time(self.slow, self.sink.send(message)).await)
    }

    /// Handles a message. Every message counts against the allowance.
    async fn receive(&mut self, message: Message) -> Result<(), Ended> {
        let taken = self.allowance.take();
        if matches!(taken, Taken::Never) {
            return Err(Some(CloseCode::TooManyCommands));
        }
        let bytes = match &message {
            Message::Text(text) if self.format == Format::Json => text.as_bytes(),
            Message::Binary(bytes) if self.format == Format::Binary => bytes,
            Message::Text(_) | Message::Binary(_) => {
                let words = match self.format {
                    Format::Json => "commands are JSON in text frames here",
                    Format::Binary => "commands are postcard in binary frames here",
                };
                return self.answer(refusal(None, "unsupported_frame", words)).await;
            }
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(None),
        };
        let command = if bytes.len() > MAX_COMMAND_BYTES {
            let words = format!("a command has at most {MAX_COMMAND_BYTES} bytes");
            Err(refusal(None, "command_too_large", words))
        } else {
            let read = self.format.read_command(bytes);
            read.map_err(|error| unread(self.format, bytes, &error.to_string()))
        };
        let command = match (taken, command) {
            (Taken::Yes, Ok(command)) => command,
            (Taken::Yes, Err(refusal)) => return self.answer(refusal).await,
            (_, command) => {
                let id = command.ok().map(|command| command.id());
                let rate = self.allowance.rate;
                let words = format!("at most {rate} commands a second are taken; send it again");
                return self.answer(refusal(id, "too_many_requests", words)).await;
            }
        };
        for event in self.handle_command(command).await {
            self.feed(&Frame::from(event)).await?;
        }
        self.flush().await
    }

    async fn answer(&mut self, event: Event) -> Result<(), Ended> {
        self.feed(&Frame::from(event)).await?;
        self.flush().await
    }

    /// Executes a command. Returns the answers.
    async fn handle_command(&mut self, command: Command) -> Vec<Event> {
        let id = command.id();
        let done = match command {
            Command::Ping { id } => Ok(vec![Event::Pong { id }]),
            Command::Authenticate { id, token } => match self.quota.take_pages(cost::TOKEN).await {
                Ok(()) => self.listener.authenticate(id, &token).await,
                Err(limited) => Err(limited.into()),
            },
            Command::Unsubscribe { id, channel } => {
                self.unsubscribe(id, &channel).map(|event| vec![event])
            }
            Command::Subscribe {
                id,
                channel,
                since,
                show,
            } => {
                // Thousands of connections of one address share its quota.
                let pages = cost::of_channels([channel.as_str()]);
                let subscribed = match self.quota.take_pages(pages).await {
                    Ok(()) => self.listener.subscribe(id, &channel, since, show).await,
                    Err(limited) => Err(limited.into()),
                };
                subscribed.map(|(channel, recovered)| {
                    vec![Event::Subscribed {
                        id,
                        channel,
                        recovered,
                    }]
                })
            }
        };
        done.unwrap_or_else(|error| vec![refused(id, &error)])
    }

    fn unsubscribe(&mut self, id: u32, name: &str) -> Result<Event, Error> {
        let channel = name.to_owned().try_into()?;
        if self.listener.unsubscribe(&channel) {
            let code = None;
            return Ok(Event::Unsubscribed {
                id: Some(id),
                channel,
                code,
            });
        }
        let words = format!("{name:?} is not subscribed to here");
        Ok(refusal(Some(id), "not_subscribed", words))
    }
}

/// Converts the result of a timed send: a timeout means a slow client, an error a gone one.
fn taken<E>(taken: Option<Result<(), E>>) -> Result<(), Ended> {
    taken.ok_or(Some(CloseCode::TooSlow))?.map_err(|_| None)
}

/// Rate limit of a connection's commands: a rate per second, with bursts of twice the rate.
struct Allowance {
    rate: u32,
    left: f64,
    at: Instant,
    refused: u32,
}

enum Taken {
    Yes,
    No,
    /// Refused too often.
    Never,
}

/// Number of refusals after which a connection is closed. A second without commands resets it.
const REFUSALS: u32 = 100;

impl Allowance {
    fn new(rate: u32) -> Self {
        Self {
            rate,
            left: f64::from(rate) * 2.0,
            at: Instant::now(),
            refused: 0,
        }
    }

    fn take(&mut self) -> Taken {
        let now = Instant::now();
        let earned = now.duration_since(self.at).as_secs_f64() * f64::from(self.rate);
        self.at = now;
        self.left = (self.left + earned).min(f64::from(self.rate) * 2.0);
        if self.left >= f64::from(self.rate) {
            // The connection was quiet for at least a second.
            self.refused = 0;
        }
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Taken::Yes;
        }
        self.refused += 1;
        if self.refused > REFUSALS {
            Taken::Never
        } else {
            Taken::No
        }
    }
}

/// The close code for a frame above the maximum size; `None` for any other failure.
fn too_large(error: &axum::Error) -> Ended {
    let text = error.to_string();
    (text.contains("too long") || text.contains("too big")).then_some(CloseCode::TooLarge)
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
        tracing::error!(
            part,
            detail,
            "a command failed because an engine is unavailable"
        );
    }
    refusal(Some(id), error.code(), error.to_string())
}

/// The refusal of an unreadable command: malformed, unknown, or with an invalid value.
fn unread(format: Format, bytes: &[u8], why: &str) -> Event {
    if format == Format::Binary {
        let words = format!("the command is not postcard of a command: {why}");
        return refusal(None, "malformed_command", words);
    }
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(bytes) else {
        let words = format!("the command is not JSON: {why}");
        return refusal(None, "malformed_json", words);
    };
    let only = json.as_object().filter(|object| object.len() == 1);
    let member = only.and_then(|object| object.iter().next());
    match member {
        Some((kind, value))
            if ["subscribe", "unsubscribe", "authenticate", "ping"].contains(&kind.as_str()) =>
        {
            let id = value.get("id").and_then(serde_json::Value::as_u64);
            let id = id.and_then(|id| u32::try_from(id).ok());
            refusal(id, "invalid_value", why)
        }
        _ => {
            let words = "a command is an object of one member: subscribe, unsubscribe, \
                         authenticate or ping";
            refusal(None, "unknown_command", words)
        }
    }
}
