//! The connection over HTTP: an event stream if WebSockets are blocked, or polling if event streams
//! are blocked too. Its code loads later: most pages use a WebSocket alone.

use std::rc::Rc;

use futures::future::{Either, pending, select};
use futures::{FutureExt, StreamExt, pin_mut};
use gloo_net::eventsource::State as StreamState;
use gloo_net::eventsource::futures::EventSource;
use gloo_net::http::Request;
use gloo_timers::future::TimeoutFuture;
use leaderport::protocol::{Command, Event, MAX_SUBSCRIPTIONS, binary};
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use web_sys::AbortController;

use super::session::Session;
use crate::browser::part::{PartFuture, boxed};
use crate::core::sync::transport::{Closed, ConnectionStatus, Transport};

/// The delay before a new stream or poll, in milliseconds. It combines several changes of the
/// subscriptions into one request.
const GATHER_MILLIS: u32 = 60;

/// The lifetime of an event stream, in milliseconds. A WebSocket is then tried again.
const STREAM_MILLIS: u32 = 60_000;

/// The interval of checks of an event stream, in milliseconds. They are needed because browsers do
/// not report every failure. A stream without any event at the first check counts as blocked: a
/// proxy is buffering it.
const CHECK_MILLIS: u32 = 3_000;

/// The time between two polls, in milliseconds.
const POLL_MILLIS: u32 = 5_000;

/// The time limit of a poll, in milliseconds.
const ANSWER_MILLIS: u32 = 8_000;

/// Receives events over HTTP, until the stream closes or the next poll is due. Without its code, a
/// connection counts as closed.
pub(super) async fn receive_over_http(
    transport: Transport,
    session: Rc<Session>,
    status: RwSignal<ConnectionStatus>,
) -> Closed {
    match begin(transport, session, status).await {
        Ok(closed) => closed.await,
        Err(_) => Closed::default(),
    }
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn begin(
    transport: Transport,
    session: Rc<Session>,
    status: RwSignal<ConnectionStatus>,
) -> Result<PartFuture<Closed>, SplitLoaderError> {
    boxed(async move {
        if transport == Transport::Polling {
            poll(&session, status).await
        } else {
            receive_by_stream(&session, status).await
        }
    })
}

/// Receives by an event stream. A stream cannot take commands, so it ends with the next change of
/// the subscriptions.
async fn receive_by_stream(session: &Rc<Session>, status: RwSignal<ConnectionStatus>) -> Closed {
    let mut closed = Closed::default();
    let (mut orders, commands) = session.open();
    let Some((url, ids)) = stream_url(commands) else {
        // Without subscriptions there is nothing to stream: wait for the first one.
        closed.is_ours = orders.next().await.is_some();
        return closed;
    };
    let Ok(mut source) = EventSource::new(&url) else {
        return closed;
    };
    let Ok(messages) = source.subscribe("message") else {
        return closed;
    };
    let mut messages = messages.fuse();
    let mut over = TimeoutFuture::new(STREAM_MILLIS).fuse();
    let mut check = TimeoutFuture::new(CHECK_MILLIS).fuse();
    loop {
        futures::select! {
            message = messages.next() => {
                let Some(Ok((_, message))) = message else { return closed };
                let text = message.data().as_string().unwrap_or_default();
                let Ok(event) = binary::read_text::<Event>(&text) else {
                    return closed;
                };
                closed.has_received = true;
                status.set(ConnectionStatus::Live);
                session.receive(with_command_id(event, &ids));
            }
            order = orders.next() => {
                if order.is_none() {
                    return closed;
                }
                TimeoutFuture::new(GATHER_MILLIS).await;
                closed.is_ours = true;
                return closed;
            }
            () = check => {
                if source.state() != StreamState::Open || !closed.has_received {
                    return closed;
                }
                check = TimeoutFuture::new(CHECK_MILLIS).fuse();
            }
            () = over => {
                closed.is_due = closed.has_received;
                return closed;
            }
        }
    }
}

/// Polls once, then waits for the next poll, or for a change of the subscriptions.
async fn poll(session: &Rc<Session>, status: RwSignal<ConnectionStatus>) -> Closed {
    let mut closed = Closed::default();
    let (mut orders, mut commands) = session.open();
    // Do not poll presence: a poll would count the reader only for a moment.
    commands.retain(|command| match command {
        Command::Subscribe { channel, .. } => !channel.starts_with("presence:"),
        _ => true,
    });
    if let Some((url, ids)) = stream_url(commands) {
        let Some(events) = answer(&format!("{url}&once=true")).await else {
            return closed;
        };
        status.set(ConnectionStatus::Polling);
        for event in events {
            session.receive(with_command_id(event, &ids));
        }
        closed.has_received = true;
    }
    let has_received = closed.has_received;
    let is_due = async move {
        // Without subscriptions, wait for the first one and not for the next poll.
        if has_received {
            TimeoutFuture::new(POLL_MILLIS).await;
        } else {
            pending::<()>().await;
        }
    };
    pin_mut!(is_due);
    match select(orders.next(), is_due).await {
        Either::Left((order, _)) => {
            TimeoutFuture::new(GATHER_MILLIS).await;
            closed.is_ours = order.is_some();
        }
        Either::Right(_) => closed.is_due = true,
    }
    closed
}

/// The events of one poll. None if the poll fails or times out, or if the answer has another
/// format, such as the page of a proxy.
async fn answer(url: &str) -> Option<Vec<Event>> {
    let abort = AbortController::new().ok()?;
    let answered = async {
        let request = Request::get(url).abort_signal(Some(&abort.signal()));
        let response = request.send().await.ok()?;
        let text = response.text().await.ok().filter(|_| response.ok())?;
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        data.map(|data| binary::read_text(data.trim()).ok())
            .collect::<Option<Vec<Event>>>()
            .filter(|events| !events.is_empty())
    };
    let late = TimeoutFuture::new(ANSWER_MILLIS);
    pin_mut!(answered, late);
    match select(answered, late).await {
        Either::Left((events, _)) => events,
        Either::Right(_) => {
            abort.abort();
            None
        }
    }
}

/// The address of a stream of all subscriptions, and the ids of their commands; none without
/// subscriptions.
fn stream_url(commands: Vec<Command>) -> Option<(String, Vec<u32>)> {
    let (mut names, mut since, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    let mut show = "";
    for command in commands {
        let Command::Subscribe {
            id,
            channel,
            since: at,
            show: is_shown,
        } = command
        else {
            continue;
        };
        if ids.len() == MAX_SUBSCRIPTIONS {
            break;
        }
        names.push(channel);
        since.push(at.map_or_else(|| "-".to_owned(), |at| at.to_string()));
        ids.push(id);
        if is_shown {
            show = "&show=true";
        }
    }
    let (names, since) = (names.join(","), since.join(","));
    let url = format!("/api/v1/events?channels={names}&since={since}&format=binary{show}");
    (!ids.is_empty()).then_some((url, ids))
}

/// Replaces the id in an answer by the id of the command, because a stream numbers its channels
/// from 1.
fn with_command_id(event: Event, ids: &[u32]) -> Event {
    let place = |id: u32| {
        let index = usize::try_from(id).ok()?.checked_sub(1)?;
        ids.get(index).copied()
    };
    match event {
        Event::Subscribed {
            id,
            channel,
            recovered,
        } => Event::Subscribed {
            id: place(id).unwrap_or(id),
            channel,
            recovered,
        },
        Event::Error {
            id: Some(id),
            code,
            message,
        } => Event::Error {
            id: place(id),
            code,
            message,
        },
        other => other,
    }
}
