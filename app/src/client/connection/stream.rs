//! The connection as an event stream, where sockets are blocked: loaded there.

use std::collections::HashMap;
use std::rc::Rc;

use futures::{FutureExt, StreamExt};
use gloo_net::eventsource::State as StreamState;
use gloo_net::eventsource::futures::EventSource;
use gloo_timers::future::TimeoutFuture;
use leaderport::protocol::{Channel, Command, Event, binary};
use leaderport::{Position, Slug};
use leptos::prelude::*;

use super::{Ended, Inner};
use crate::client::ConnectionStatus;

/// How long what is asked for is gathered before an event stream is opened anew.
const GATHER_MILLIS: u32 = 60;

/// How long a page uses an event stream before it tries a socket again.
const STREAM_MILLIS: u32 = 60_000;

/// How often an event stream is looked at: browsers keep one that has failed to
/// themselves.
const LOOK_MILLIS: u32 = 3_000;

/// An event stream's life: until something else is asked for, since a stream cannot
/// be told.
pub(in crate::client) async fn by_stream(
    inner: Rc<Inner>,
    status: RwSignal<ConnectionStatus>,
) -> Ended {
    let mut ended = Ended {
        code: None,
        was_heard: false,
        is_ours: false,
    };
    let (mut orders, commands) = inner.begin();
    let Some((url, ids)) = stream_url(commands) else {
        // Nothing is watched that a stream could bring: until there is.
        ended.is_ours = orders.next().await.is_some();
        return ended;
    };
    let Ok(mut source) = EventSource::new(&url) else {
        return ended;
    };
    let Ok(messages) = source.subscribe("message") else {
        return ended;
    };
    let mut messages = messages.fuse();
    let mut over = TimeoutFuture::new(STREAM_MILLIS).fuse();
    let mut look = TimeoutFuture::new(LOOK_MILLIS).fuse();
    loop {
        futures::select! {
            message = messages.next() => {
                let Some(Ok((_, message))) = message else { return ended };
                let text = message.data().as_string().unwrap_or_default();
                let Ok(event) = binary::read_text::<Event>(&text) else {
                    return ended;
                };
                ended.was_heard = true;
                status.set(ConnectionStatus::Live);
                inner.hear(as_asked(event, &ids));
            }
            order = orders.next() => {
                if order.is_none() {
                    return ended;
                }
                TimeoutFuture::new(GATHER_MILLIS).await;
                ended.is_ours = true;
                return ended;
            }
            () = look => {
                if source.state() != StreamState::Open {
                    return ended;
                }
                look = TimeoutFuture::new(LOOK_MILLIS).fuse();
            }
            () = over => return ended,
        }
    }
}

/// The address of a stream of what is asked for, and the ids of the commands: of one
/// board's channels, the one of which most is asked.
fn stream_url(commands: Vec<Command>) -> Option<(String, Vec<u32>)> {
    let mut is_shown = false;
    let asked = commands.into_iter().filter_map(|command| match command {
        Command::Subscribe {
            id,
            channel,
            since,
            show,
        } => {
            is_shown |= show;
            let channel = Channel::try_from(channel).ok()?;
            let board = channel.board()?.clone();
            Some((board, channel, id, since))
        }
        _ => None,
    });
    let mut boards: HashMap<Slug, Vec<(Channel, u32, Option<Position>)>> = HashMap::new();
    for (board, channel, id, since) in asked {
        boards.entry(board).or_default().push((channel, id, since));
    }
    let (board, asked) = boards.into_iter().max_by_key(|(_, asked)| asked.len())?;
    let of_board = format!(":{board}");
    let names: Vec<String> = asked
        .iter()
        .map(|(channel, ..)| channel.to_string().replacen(&of_board, "", 1))
        .collect();
    let since: Vec<String> = asked
        .iter()
        .map(|(.., since)| since.map_or_else(|| "-".to_owned(), |since| since.to_string()))
        .collect();
    let (names, since) = (names.join(","), since.join(","));
    let show = if is_shown { "&show=true" } else { "" };
    let url =
        format!("/api/v1/boards/{board}/events?channels={names}&since={since}&format=binary{show}");
    Some((url, asked.into_iter().map(|(_, id, _)| id).collect()))
}

/// With the id of the command: a stream numbers its channels from 1.
fn as_asked(event: Event, ids: &[u32]) -> Event {
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
