//! The connection as an event stream, where sockets are blocked, and by asking from time to time
//! where streams are, too: loaded there.

use std::rc::Rc;

use futures::future::{Either, pending, select};
use futures::{FutureExt, StreamExt, pin_mut};
use gloo_net::eventsource::State as StreamState;
use gloo_net::eventsource::futures::EventSource;
use gloo_net::http::Request;
use gloo_timers::future::TimeoutFuture;
use leaderport::protocol::{Command, Event, MAX_SUBSCRIPTIONS, binary};
use leptos::prelude::*;
use web_sys::AbortController;

use crate::browser::connection::Inner;
use crate::core::transport::ConnectionStatus;
use crate::core::transport::Ended;

/// How long what is asked for is gathered before an event stream is opened anew.
const GATHER_MILLIS: u32 = 60;

/// How long a page uses an event stream before it tries a socket again.
const STREAM_MILLIS: u32 = 60_000;

/// How often an event stream is looked at: browsers keep one that has failed to
/// themselves. One that has said nothing by the first time is held back on the way.
const LOOK_MILLIS: u32 = 3_000;

/// How long after an answer the same is asked for again.
const ASK_MILLIS: u32 = 5_000;

/// How long an answer may take.
const ANSWER_MILLIS: u32 = 8_000;

/// An event stream's life: until something else is asked for, since a stream cannot
/// be told.
pub(crate) async fn by_stream(inner: Rc<Inner>, status: RwSignal<ConnectionStatus>) -> Ended {
    let mut ended = Ended::default();
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
                if source.state() != StreamState::Open || !ended.was_heard {
                    return ended;
                }
                look = TimeoutFuture::new(LOOK_MILLIS).fuse();
            }
            () = over => {
                ended.is_due = ended.was_heard;
                return ended;
            }
        }
    }
}

/// An answer, and the time until the next is due: less where something else is asked for.
pub(crate) async fn by_asking(inner: Rc<Inner>, status: RwSignal<ConnectionStatus>) -> Ended {
    let mut ended = Ended::default();
    let (mut orders, mut commands) = inner.begin();
    // Who is there for a moment is not shown to others.
    commands.retain(|command| match command {
        Command::Subscribe { channel, .. } => !channel.starts_with("presence:"),
        _ => true,
    });
    if let Some((url, ids)) = stream_url(commands) {
        let Some(events) = answer(&format!("{url}&once=true")).await else {
            return ended;
        };
        status.set(ConnectionStatus::Asking);
        for event in events {
            inner.hear(as_asked(event, &ids));
        }
        ended.was_heard = true;
    }
    let was_heard = ended.was_heard;
    let is_due = async move {
        // Where nothing is watched, nothing is due.
        if was_heard {
            TimeoutFuture::new(ASK_MILLIS).await;
        } else {
            pending::<()>().await;
        }
    };
    pin_mut!(is_due);
    match select(orders.next(), is_due).await {
        Either::Left((order, _)) => {
            TimeoutFuture::new(GATHER_MILLIS).await;
            ended.is_ours = order.is_some();
        }
        Either::Right(_) => ended.is_due = true,
    }
    ended
}

/// What a stream says at once; none where that cannot be had, or not in time, or where somebody
/// else answers.
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

/// The address of a stream of what is asked for, and the ids of the commands; none where nothing
/// is.
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
