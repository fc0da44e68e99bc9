//! One connection for the whole page: opens when something is watched, comes back by
//! itself, and hears nothing while nobody looks at the page.
//!
//! What it says and hears is decided by [`Client`], which knows no browser; here are
//! the WebSocket, the event stream that takes its place where WebSockets are blocked,
//! the timers, and whether the page is hidden.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{FutureExt, SinkExt, StreamExt, select};
use gloo_net::eventsource::futures::EventSource;
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use gloo_timers::future::TimeoutFuture;
use leaderport::live::{Client, Refusal};
use leaderport::protocol::{Channel, Command, Event, Format, State};
use leaderport::{Position, Slug};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, UnwrapThrowExt};

use super::ConnectionStatus;

/// Sockets in a row that said nothing, after which an event stream is tried.
const BLOCKED: u32 = 2;

/// How long what is asked for is gathered before an event stream is opened anew.
const GATHER_MILLIS: u32 = 60;

/// How long a page uses an event stream before it tries a socket again.
const STREAM_MILLIS: u32 = 120_000;

/// What a watcher is told.
pub enum News<'a> {
    /// The state of the channel, as of a position.
    State(&'a State, Position),
    /// It is not heard, and why.
    Refused(&'a Refusal),
}

type Watcher = Rc<dyn Fn(News<'_>)>;

/// The page's connection. Copied freely; there is one.
#[derive(Clone, Copy)]
pub struct Connection {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    /// Whether changes arrive.
    pub status: RwSignal<ConnectionStatus>,
}

#[derive(Default)]
struct Inner {
    client: RefCell<Client>,
    watchers: RefCell<HashMap<Channel, Watcher>>,
    /// To the connection that is open; none while there is none.
    orders: RefCell<Option<UnboundedSender<Order>>>,
    is_running: Cell<bool>,
}

/// What the open connection is told.
enum Order {
    Send(Command),
    /// To end: the next one brings other cookies.
    Renew,
}

/// How a connection ended.
struct Ended {
    code: Option<u16>,
    /// Whether anything was heard on it.
    was_heard: bool,
    /// Whether it was ended here, so that there is nothing to wait for.
    is_ours: bool,
}

impl Default for Connection {
    /// The connection, not yet open.
    fn default() -> Self {
        Self {
            inner: StoredValue::new_local(Rc::new(Inner::default())),
            status: RwSignal::new(ConnectionStatus::Connecting),
        }
    }
}

impl Connection {
    /// Watches a channel until [`Self::unwatch`], beginning with what is `held` of it.
    pub fn watch(
        self,
        channel: &Channel,
        held: Option<(State, Position)>,
        watcher: impl Fn(News<'_>) + 'static,
    ) {
        let inner = self.inner.get_value();
        let watchers = &inner.watchers;
        watchers
            .borrow_mut()
            .insert(channel.clone(), Rc::new(watcher));
        let command = inner.client.borrow_mut().watch(channel, held);
        inner.send(command);
        if !inner.is_running.replace(true) {
            hear_visibility(&inner);
            spawn_local(run(inner, self.status));
        }
    }

    /// Stops watching a channel.
    pub fn unwatch(self, channel: &Channel) {
        let inner = self.inner.get_value();
        inner.watchers.borrow_mut().remove(channel);
        let (command, _) = inner.client.borrow_mut().unwatch(channel);
        inner.send(command);
    }

    /// Connects anew, as who the cookies say by now.
    pub fn renew(self) {
        self.inner.get_value().order(Order::Renew);
    }
}

impl Inner {
    /// Without a connection nothing is lost: the next one asks for everything again.
    fn send(&self, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            self.order(Order::Send(command));
        }
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &*self.orders.borrow() {
            // An error says that the connection has just ended.
            let _ = orders.unbounded_send(order);
        }
    }

    fn hear(&self, event: Event) {
        let heard = self.client.borrow_mut().hear(event);
        self.send(heard.commands);
        if let Some(channel) = &heard.news {
            // No borrow is held while the watcher runs: it may watch something else.
            let watcher = self.watchers.borrow().get(channel).cloned();
            let client = self.client.borrow();
            let state = client.state(channel).map(|(state, at)| (state.clone(), at));
            drop(client);
            if let (Some(watcher), Some((state, position))) = (watcher, state) {
                watcher(News::State(&state, position));
            }
        }
        if let Some(refusal) = &heard.refused {
            let of = refusal.channel.as_ref();
            let watcher = of.and_then(|channel| self.watchers.borrow().get(channel).cloned());
            match watcher {
                Some(watcher) => watcher(News::Refused(refusal)),
                None => leptos::logging::warn!("refused ({}): {}", refusal.code, refusal.message),
            }
        }
    }

    fn begin(&self) -> (UnboundedReceiver<Order>, Vec<Command>) {
        let (orders, queue) = unbounded();
        *self.orders.borrow_mut() = Some(orders);
        (queue, self.client.borrow_mut().opened())
    }
}

/// Hears nothing while the page is hidden.
fn hear_visibility(inner: &Rc<Inner>) {
    let inner = inner.clone();
    let changed = Closure::<dyn Fn()>::new(move || {
        let mut client = inner.client.borrow_mut();
        let commands = if document().hidden() {
            client.pause()
        } else {
            client.resume()
        };
        drop(client);
        inner.send(commands);
    });
    let listener = changed.as_ref().unchecked_ref();
    document()
        .add_event_listener_with_callback("visibilitychange", listener)
        .unwrap_throw();
    // The connection is the page's, and lives as long.
    changed.forget();
}

async fn run(inner: Rc<Inner>, status: RwSignal<ConnectionStatus>) {
    let mut silent = 0;
    loop {
        let ended = if silent < BLOCKED {
            let ended = by_socket(&inner, status).await;
            silent = if ended.was_heard { 0 } else { silent + 1 };
            ended
        } else {
            let ended = by_stream(&inner, status).await;
            if !ended.is_ours {
                // A socket may be let through by now.
                silent = 0;
            }
            ended
        };
        *inner.orders.borrow_mut() = None;
        let random = js_sys::Math::random();
        let wait = inner.client.borrow_mut().closed(ended.code, random);
        if ended.is_ours {
            continue;
        }
        let Some(wait) = wait else {
            status.set(ConnectionStatus::Ended);
            return;
        };
        status.set(ConnectionStatus::Reconnecting);
        TimeoutFuture::new(wait).await;
    }
}

/// A WebSocket's life.
async fn by_socket(inner: &Rc<Inner>, status: RwSignal<ConnectionStatus>) -> Ended {
    let mut ended = Ended {
        code: None,
        was_heard: false,
        is_ours: false,
    };
    let protocol = Format::Binary.subprotocol();
    let socket = url().and_then(|url| WebSocket::open_with_protocol(&url, protocol).ok());
    let Some(socket) = socket else { return ended };
    let (mut sink, stream) = socket.split();
    let mut stream = stream.fuse();
    let (mut orders, commands) = inner.begin();
    inner.send(commands);
    loop {
        select! {
            message = stream.next() => match message {
                Some(Ok(Message::Bytes(bytes))) => {
                    if !ended.was_heard {
                        ended.was_heard = true;
                        status.set(ConnectionStatus::Live);
                    }
                    match Format::Binary.read_event(&bytes) {
                        Ok(event) => inner.hear(event),
                        Err(error) => leptos::logging::warn!("an event was not understood: {error}"),
                    }
                }
                Some(Ok(Message::Text(_))) => {}
                Some(Err(WebSocketError::ConnectionClose(close))) => {
                    ended.code = Some(close.code);
                    return ended;
                }
                Some(Err(_)) | None => return ended,
            },
            order = orders.next() => match order {
                Some(Order::Send(command)) => {
                    let message = Message::Bytes(Format::Binary.write_command(&command));
                    if sink.send(message).await.is_err() {
                        return ended;
                    }
                }
                Some(Order::Renew) => {
                    ended.is_ours = true;
                    return ended;
                }
                None => return ended,
            }
        }
    }
}

/// An event stream's life: until something else is asked for, since a stream cannot
/// be told.
async fn by_stream(inner: &Rc<Inner>, status: RwSignal<ConnectionStatus>) -> Ended {
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
    loop {
        select! {
            message = messages.next() => {
                let Some(Ok((_, message))) = message else { return ended };
                let text = message.data().as_string().unwrap_or_default();
                let Ok(event) = Format::Json.read_event(text.as_bytes()) else {
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
            () = over => return ended,
        }
    }
}

/// The address of a stream of what is asked for, and the ids of the commands: of one
/// board's channels, the one of which most is asked.
fn stream_url(commands: Vec<Command>) -> Option<(String, Vec<u32>)> {
    let asked = commands.into_iter().filter_map(|command| match command {
        Command::Subscribe {
            id, channel, since, ..
        } => {
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
    let url = format!("/api/v1/boards/{board}/events?channels={names}&since={since}");
    Some((url, asked.into_iter().map(|(_, id, _)| id).collect()))
}

/// With the id of the command: a stream numbers its channels from 1.
fn as_asked(event: Event, ids: &[u32]) -> Event {
    match event {
        Event::Subscribed {
            id,
            channel,
            recovered,
        } => {
            let index = usize::try_from(id).unwrap_or(usize::MAX).wrapping_sub(1);
            Event::Subscribed {
                id: ids.get(index).copied().unwrap_or(id),
                channel,
                recovered,
            }
        }
        other => other,
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
