//! One WebSocket for the whole page: connects when something is watched,
//! reconnects with full-jitter backoff, watches everything again by itself.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::{FutureExt, SinkExt, StreamExt, select};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use gloo_timers::future::TimeoutFuture;
use leaderport::protocol::{Channel, Command, Event};
use leaderport::{Page, PageDelta, Position};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::ConnectionStatus;
use super::backoff::wait_millis;

/// What a watcher hears.
pub enum PageEvent {
    /// The page, whole.
    Snapshot(Page, Position),
    /// A change of it. False says that it does not fit: the page is sent again.
    Delta(PageDelta, Position),
}

type Watcher = Rc<dyn Fn(PageEvent) -> bool>;

/// The page's connection. Copied freely; there is one.
#[derive(Clone, Copy)]
pub struct Connection {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    /// Whether changes arrive.
    pub status: RwSignal<ConnectionStatus>,
}

#[derive(Default)]
struct Inner {
    watched: RefCell<HashMap<String, (Channel, Watcher)>>,
    /// Commands for the open socket; none while there is none.
    commands: RefCell<Option<UnboundedSender<Command>>>,
    next_id: Cell<u32>,
    is_running: Cell<bool>,
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
    /// Watches a page until [`Self::unwatch`].
    pub fn watch(self, channel: Channel, watcher: impl Fn(PageEvent) -> bool + 'static) {
        let inner = self.inner.get_value();
        inner.command(inner.subscribe(&channel));
        inner
            .watched
            .borrow_mut()
            .insert(channel.to_string(), (channel, Rc::new(watcher)));
        if !inner.is_running.replace(true) {
            spawn_local(run(inner, self.status));
        }
    }

    /// Stops watching a page.
    pub fn unwatch(self, channel: &Channel) {
        let inner = self.inner.get_value();
        let channel = channel.to_string();
        if inner.watched.borrow_mut().remove(&channel).is_some() {
            inner.command(Command::Unsubscribe {
                id: inner.id(),
                channel,
            });
        }
    }
}

impl Inner {
    fn id(&self) -> u32 {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        id
    }

    fn subscribe(&self, channel: &Channel) -> Command {
        Command::Subscribe {
            id: self.id(),
            board: channel.board.clone(),
            period: None,
            season: Some(channel.season),
            page: channel.page,
        }
    }

    /// Without a socket nothing is lost: the next one watches everything again.
    fn command(&self, command: Command) {
        if let Some(commands) = &*self.commands.borrow() {
            // An error says that the socket has just ended.
            let _ = commands.unbounded_send(command);
        }
    }

    fn hear(&self, text: &str) {
        let event = match serde_json::from_str(text) {
            Ok(event) => event,
            Err(error) => return leptos::logging::warn!("an event was not understood: {error}"),
        };
        let (name, event) = match event {
            Event::Subscribed {
                channel,
                page,
                position,
                ..
            }
            | Event::Snapshot {
                channel,
                page,
                position,
            } => (channel, PageEvent::Snapshot(page, position)),
            Event::Delta {
                channel,
                delta,
                position,
            } => (channel, PageEvent::Delta(delta, position)),
            Event::Error { code, message, .. } => {
                return leptos::logging::warn!("refused ({code}): {message}");
            }
            Event::Unsubscribed { .. } | Event::Pong { .. } => return,
        };
        // The borrow ends before the watcher runs: it may watch something else.
        let found = self.watched.borrow().get(&name).cloned();
        if let Some((channel, watcher)) = found
            && !watcher(event)
        {
            self.command(self.subscribe(&channel));
        }
    }
}

async fn run(inner: Rc<Inner>, status: RwSignal<ConnectionStatus>) {
    let mut failures = 0;
    loop {
        if session(&inner, status).await {
            failures = 0;
        }
        *inner.commands.borrow_mut() = None;
        status.set(ConnectionStatus::Reconnecting);
        TimeoutFuture::new(wait_millis(failures, js_sys::Math::random())).await;
        failures = failures.saturating_add(1);
    }
}

/// One socket's life. Whether it ever heard anything.
async fn session(inner: &Rc<Inner>, status: RwSignal<ConnectionStatus>) -> bool {
    let Some(url) = url() else { return false };
    let Ok(socket) = WebSocket::open(&url) else {
        return false;
    };
    let (mut sink, stream) = socket.split();
    let mut stream = stream.fuse();
    let (commands, mut queue) = unbounded();
    for (channel, _) in inner.watched.borrow().values() {
        // The receiver is right here.
        let _ = commands.unbounded_send(inner.subscribe(channel));
    }
    *inner.commands.borrow_mut() = Some(commands);
    let mut heard = false;
    loop {
        select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    if !heard {
                        heard = true;
                        status.set(ConnectionStatus::Live);
                    }
                    inner.hear(&text);
                }
                Some(Ok(Message::Bytes(_))) => {}
                Some(Err(_)) | None => return heard,
            },
            command = queue.next() => {
                let Some(command) = command else { return heard };
                let text = serde_json::to_string(&command).expect("commands have string keys alone");
                if sink.send(Message::Text(text)).fuse().await.is_err() {
                    return heard;
                }
            }
        }
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
