//! The connection as a WebSocket.

use std::rc::Rc;

use futures::future::{Either, pending, select};
use futures::{SinkExt, StreamExt, pin_mut};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use gloo_timers::future::TimeoutFuture;
use leaderport::protocol::{Command, Event, Format, binary};
use leptos::prelude::*;

use crate::browser::connection::{Inner, Order};
use crate::core::transport::ConnectionStatus;
use crate::core::transport::Ended;

/// How long a socket may say nothing before it is given up.
const OPENING_MILLIS: u32 = 8_000;

/// After a silence of this a socket is asked whether it is there, and after as much
/// again it is given up.
const SILENT_MILLIS: u32 = 25_000;

/// How long it may take to answer where somebody looks at the page again, or has a network again: it
/// may have died meanwhile, and nobody told.
const LOOKED_AT_MILLIS: u32 = 4_000;

/// A WebSocket's life.
pub(crate) async fn by_socket(inner: &Rc<Inner>, status: RwSignal<ConnectionStatus>) -> Ended {
    let mut ended = Ended::default();
    let protocol = Format::Binary.subprotocol();
    let socket = url().and_then(|url| WebSocket::open_with_protocol(&url, protocol).ok());
    let Some(socket) = socket else { return ended };
    let (mut sink, mut stream) = socket.split();
    let (mut orders, commands) = inner.begin();
    if commands.is_empty() {
        // Nothing is heard while nobody looks, which must not be taken for a socket that is blocked.
        inner.order(Order::Send(Command::Ping { id: 0 }));
    }
    inner.send(commands);
    // Beside reading, because a socket that never opens never takes anything either.
    let telling = async {
        while let Some(Order::Send(command)) = orders.next().await {
            let message = Message::Bytes(binary::write(&command));
            if sink.send(message).await.is_err() {
                // Reading says how it ended.
                return pending().await;
            }
        }
    };
    let hearing = async {
        while let Some(message) = stream.next().await {
            match message {
                Ok(Message::Bytes(bytes)) => {
                    if !ended.was_heard {
                        ended.was_heard = true;
                        status.set(ConnectionStatus::Live);
                    }
                    match binary::read::<Event>(&bytes) {
                        Ok(event) => inner.hear(event),
                        Err(error) => {
                            leptos::logging::warn!("an event was not understood: {error}");
                        }
                    }
                }
                Ok(Message::Text(_)) => {}
                Err(WebSocketError::ConnectionClose(close)) => return Some(close.code),
                Err(_) => return None,
            }
        }
        None
    };
    let opened_at = js_sys::Date::now();
    inner.heard_at.set(opened_at);
    let watching = async {
        let mut before = opened_at;
        let mut is_hurried = inner.wait(OPENING_MILLIS).await;
        if is_hurried && inner.heard_at.get() <= opened_at {
            // It may still be about to open.
            TimeoutFuture::new(OPENING_MILLIS).await;
            is_hurried = false;
        }
        while inner.heard_at.get() > before {
            if !is_hurried {
                before = inner.heard_at.get();
                is_hurried = inner.wait(SILENT_MILLIS).await;
                if inner.heard_at.get() > before && !is_hurried {
                    continue;
                }
            }
            before = inner.heard_at.get();
            inner.order(Order::Send(Command::Ping { id: 0 }));
            let limit = if std::mem::take(&mut is_hurried) {
                LOOKED_AT_MILLIS
            } else {
                OPENING_MILLIS
            };
            TimeoutFuture::new(limit).await;
        }
    };
    pin_mut!(telling, hearing, watching);
    let (code, is_ours) = match select(telling, select(hearing, watching)).await {
        Either::Left(_) => (None, true),
        Either::Right((Either::Left((code, _)), _)) => (code, false),
        Either::Right((Either::Right(_), _)) => (None, false),
    };
    Ended {
        code,
        is_ours,
        ..ended
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
