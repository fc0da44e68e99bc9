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
use futures::future::{Either, pending, select};
use futures::{FutureExt, SinkExt, StreamExt, pin_mut};
use gloo_net::eventsource::State as StreamState;
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
const BLOCKED: u32 = 3;

/// How long a socket may say nothing before it is given up.
const OPENING_MILLIS: u32 = 8_000;

/// After a silence of this a socket is asked whether it is there, and after as much
/// again it is given up.
const SILENT_MILLIS: u32 = 25_000;

/// How long after a passing refusal it is asked again, and half as long at least.
const RETRY_MILLIS: u32 = 3_000;

/// How often an event stream is looked at: browsers keep one that has failed to
/// themselves.
const LOOK_MILLIS: u32 = 3_000;

/// How long what is asked for is gathered before an event stream is opened anew.
const GATHER_MILLIS: u32 = 60;

/// How long a page uses an event stream before it tries a socket again.
const STREAM_MILLIS: u32 = 60_000;

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
    /// A timer runs that asks again for what was refused for the moment.
    is_retrying: Cell<bool>,
    /// When anything was heard last, by the browser's clock.
    heard_at: Cell<f64>,
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
            if document().hidden() {
                // A tab that was opened in the background.
                inner.client.borrow_mut().pause();
            }
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

    fn hear(self: &Rc<Self>, event: Event) {
        self.heard_at.set(js_sys::Date::now());
        let heard = self.client.borrow_mut().hear(event);
        self.send(heard.commands);
        if heard.must_retry && !self.is_retrying.replace(true) {
            let inner = self.clone();
            spawn_local(async move {
                TimeoutFuture::new(spread(RETRY_MILLIS)).await;
                inner.is_retrying.set(false);
                let commands = inner.client.borrow_mut().retry();
                inner.send(commands);
            });
        }
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
    let (mut sink, mut stream) = socket.split();
    let (mut orders, commands) = inner.begin();
    inner.send(commands);
    // Beside reading, because a socket that never opens never takes anything either.
    let telling = async {
        while let Some(Order::Send(command)) = orders.next().await {
            let message = Message::Bytes(Format::Binary.write_command(&command));
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
                    match Format::Binary.read_event(&bytes) {
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
        TimeoutFuture::new(OPENING_MILLIS).await;
        let mut before = opened_at;
        while inner.heard_at.get() > before {
            before = inner.heard_at.get();
            TimeoutFuture::new(SILENT_MILLIS).await;
            if inner.heard_at.get() > before {
                continue;
            }
            inner.order(Order::Send(Command::Ping { id: 0 }));
            TimeoutFuture::new(OPENING_MILLIS).await;
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
    let mut look = TimeoutFuture::new(LOOK_MILLIS).fuse();
    loop {
        futures::select! {
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

/// Some milliseconds, at random: from half of them to all.
fn spread(millis: u32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to a half"
    )]
    let more = (f64::from(millis / 2) * js_sys::Math::random()) as u32;
    millis / 2 + more
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
