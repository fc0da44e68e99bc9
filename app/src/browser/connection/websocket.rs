//! The connection as a WebSocket.

use std::rc::Rc;

use futures::future::{Either, pending, select};
use futures::{SinkExt, StreamExt, pin_mut};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use gloo_timers::future::TimeoutFuture;
use leaderport::protocol::{Command, Event, Format, binary};
use leptos::prelude::*;

use super::session::{Order, Session};
use crate::browser::clock::monotonic_millis;
use crate::core::sync::transport::{Closed, ConnectionStatus};

/// The time limit for a first event or for the answer to a ping, in milliseconds.
const OPENING_MILLIS: u32 = 8_000;

/// The time without events after which the client pings the server, in milliseconds.
const SILENT_MILLIS: u32 = 25_000;

/// The time limit for the answer to a ping after the reader has returned to the page, in
/// milliseconds. It is short, because the connection may have been lost while the page was hidden.
const RETURN_MILLIS: u32 = 4_000;

/// Receives events by a WebSocket, until it closes.
pub(super) async fn receive_by_websocket(
    session: &Rc<Session>,
    status: RwSignal<ConnectionStatus>,
) -> Closed {
    let mut closed = Closed::default();
    let protocol = Format::Binary.subprotocol();
    let socket = url().and_then(|url| WebSocket::open_with_protocol(&url, protocol).ok());
    let Some(socket) = socket else { return closed };
    let (mut sink, mut stream) = socket.split();
    let (mut orders, commands) = session.open();
    if commands.is_empty() {
        // A hidden page has no subscriptions and would receive no event, so the socket would count
        // as blocked. A ping requests an event.
        session.order(Order::Send(Command::Ping { id: 0 }));
    }
    session.send(commands);
    // Runs concurrently with reading, because sending blocks until the socket is open.
    let sending = async {
        while let Some(Order::Send(command)) = orders.next().await {
            let message = Message::Bytes(binary::write(&command));
            if sink.send(message).await.is_err() {
                // The reading side reports the close code.
                return pending().await;
            }
        }
    };
    let receiving = async {
        while let Some(message) = stream.next().await {
            match message {
                Ok(Message::Bytes(bytes)) => {
                    if !closed.has_received {
                        closed.has_received = true;
                        status.set(ConnectionStatus::Live);
                    }
                    match binary::read::<Event>(&bytes) {
                        Ok(event) => session.receive(event),
                        Err(error) => leptos::logging::warn!("unreadable event: {error}"),
                    }
                }
                Ok(Message::Text(_)) => {}
                Err(WebSocketError::ConnectionClose(close)) => return Some(close.code),
                Err(_) => return None,
            }
        }
        None
    };
    let opened_at = monotonic_millis();
    session.heard_at.set(opened_at);
    let watching = async {
        let mut before = opened_at;
        let mut is_hurried = session.wait(OPENING_MILLIS).await;
        if is_hurried && session.heard_at.get() <= opened_at {
            // The socket may still be opening, so wait for the full time.
            TimeoutFuture::new(OPENING_MILLIS).await;
            is_hurried = false;
        }
        while session.heard_at.get() > before {
            if !is_hurried {
                before = session.heard_at.get();
                is_hurried = session.wait(SILENT_MILLIS).await;
                if session.heard_at.get() > before && !is_hurried {
                    continue;
                }
            }
            before = session.heard_at.get();
            session.order(Order::Send(Command::Ping { id: 0 }));
            let limit = if std::mem::take(&mut is_hurried) {
                RETURN_MILLIS
            } else {
                OPENING_MILLIS
            };
            TimeoutFuture::new(limit).await;
        }
    };
    pin_mut!(sending, receiving, watching);
    let (code, is_ours) = match select(sending, select(receiving, watching)).await {
        Either::Left(_) => (None, true),
        Either::Right((Either::Left((code, _)), _)) => (code, false),
        Either::Right((Either::Right(_), _)) => (None, false),
    };
    Closed {
        code,
        is_ours,
        ..closed
    }
}

fn url() -> Option<String> {
    let location = window().location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    Some(format!("{scheme}://{}/ws", location.host().ok()?))
}
