//! One connection for the whole page: opens when something is watched, comes back by
//! itself, and hears nothing while nobody looks at the page.
//!
//! What it says and hears is decided by [`Client`], which knows no browser; here are
//! when to connect again and by which way: a WebSocket ([`socket`]), an event stream where
//! sockets are blocked, or where streams are, too, by asking from time to time ([`stream`]); and
//! whether the page is hidden.
//!
//! Whatever has changed since the last frame is told with the next one, once: the page is drawn
//! no more often than it is seen. While the reader scrolls, changes of what is there wait a
//! little longer, and are told one by one: nobody reads then, and the frames are the scrolling's.

pub(crate) mod event_stream;
mod socket;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::FutureExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::channel::oneshot;
use futures::future::{Either, select};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use leaderport::Position;
use leaderport::live::{Client, Refusal};
use leaderport::protocol::{Channel, Command, Event, State};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, UnwrapThrowExt};

use self::socket::by_socket;
use crate::core::transport::ConnectionStatus;
use crate::core::transport::{Way, Ways};
use crate::islands::lazy::{Task, later};

/// How long after a passing refusal it is asked again, and half as long at least.
const RETRY_MILLIS: u32 = 3_000;

/// How long changes wait while the reader is busy, in milliseconds.
const HOLD_MILLIS: u32 = 300;

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
pub struct Inner {
    client: RefCell<Client>,
    /// A page watches a few.
    watchers: RefCell<Vec<(Channel, Watcher)>>,
    /// Channels whose state is another since it was last told.
    changed: RefCell<Vec<Channel>>,
    /// They are told with the next frame.
    is_due: Cell<bool>,
    /// They are told in [`HOLD_MILLIS`], one by one.
    is_held: Cell<bool>,
    /// Whether the reader is busy with what a change would disturb, where the page can tell.
    is_busy: Cell<Option<fn() -> bool>>,
    /// To the connection that is open; none while there is none.
    orders: RefCell<Option<UnboundedSender<Order>>>,
    /// Ends the wait before the next connection, or for a silent one; none while there is none.
    waiting: RefCell<Option<oneshot::Sender<()>>>,
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
        inner.forget(channel);
        let watcher: Watcher = Rc::new(watcher);
        inner.watchers.borrow_mut().push((channel.clone(), watcher));
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

    /// Has changes wait a little while `is_busy`; what is awaited does not.
    pub fn hold_while(self, is_busy: fn() -> bool) {
        self.inner.get_value().is_busy.set(Some(is_busy));
    }

    /// On a presence channel: whether others may see the reader there by name.
    pub fn show(self, channel: &Channel, show: bool) {
        let inner = self.inner.get_value();
        let command = inner.client.borrow_mut().show(channel, show);
        inner.send(command);
    }

    /// Stops watching a channel.
    pub fn unwatch(self, channel: &Channel) {
        let inner = self.inner.get_value();
        inner.forget(channel);
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
        let is_awaited = matches!(event, Event::State { .. });
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
        if let Some(channel @ Channel::Me(_)) = &heard.news {
            // Each says who overtook the reader since the one before.
            self.tell_of(channel);
        } else if let Some(channel) = heard.news {
            let mut changed = self.changed.borrow_mut();
            if !changed.contains(&channel) {
                changed.push(channel);
            }
            drop(changed);
            self.tell_soon(is_awaited);
        }
        if let Some(refusal) = &heard.refused {
            let of = refusal.channel.as_ref();
            let watcher = of.and_then(|channel| self.watcher(channel));
            match watcher {
                Some(watcher) => watcher(News::Refused(refusal)),
                None => leptos::logging::warn!("refused ({}): {}", refusal.code, refusal.message),
            }
        }
    }

    fn tell_soon(self: &Rc<Self>, is_awaited: bool) {
        let inner = self.clone();
        if is_awaited || !self.is_busy.get().is_some_and(|is_busy| is_busy()) {
            if !self.is_due.replace(true) {
                request_animation_frame(move || {
                    inner.is_due.set(false);
                    inner.tell();
                });
            }
        } else if !self.is_held.replace(true) {
            let tell = move || {
                let changed = inner.changed.take().into_iter();
                let is_page = |channel: &Channel| matches!(channel, Channel::Page(..));
                // Pages together: who goes from one to another is never on both, or on none.
                let (pages, others): (Vec<_>, Vec<_>) = changed.partition(is_page);
                inner.tell_of_all(&pages);
                inner.tell_one_by_one(others.into_iter());
            };
            Timeout::new(HOLD_MILLIS, || request_animation_frame(tell)).forget();
        }
    }

    /// Tells of one channel with each of the next frames; what changes meanwhile is told thereafter.
    fn tell_one_by_one(self: Rc<Self>, mut changed: std::vec::IntoIter<Channel>) {
        if let Some(channel) = changed.next() {
            let tell = move || {
                self.tell_of(&channel);
                self.tell_one_by_one(changed);
            };
            request_animation_frame(tell);
            return;
        }
        self.is_held.set(false);
        if !self.changed.borrow().is_empty() {
            self.tell_soon(false);
        }
    }

    /// Tells what has changed since that was last done.
    fn tell(&self) {
        self.tell_of_all(&self.changed.take());
    }

    fn tell_of_all(&self, channels: &[Channel]) {
        for channel in channels {
            self.tell_of(channel);
        }
    }

    fn watcher(&self, channel: &Channel) -> Option<Watcher> {
        let watchers = self.watchers.borrow();
        let of = watchers.iter().find(|(of, _)| of == channel);
        of.map(|(_, watcher)| watcher.clone())
    }

    fn forget(&self, channel: &Channel) {
        self.watchers.borrow_mut().retain(|(of, _)| of != channel);
    }

    fn tell_of(&self, channel: &Channel) {
        // No borrow is held while the watcher runs: it may watch something else.
        let watcher = self.watcher(channel);
        let client = self.client.borrow();
        let state = client.state(channel).map(|(state, at)| (state.clone(), at));
        drop(client);
        if let (Some(watcher), Some((state, position))) = (watcher, state) {
            watcher(News::State(&state, position));
        }
    }

    /// Waits for some milliseconds, or until there is a reason to hurry: whether there was one.
    async fn wait(&self, millis: u32) -> bool {
        let (hurry, hurried) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(hurry);
        let ended = select(TimeoutFuture::new(millis), hurried).await;
        *self.waiting.borrow_mut() = None;
        matches!(ended, Either::Right(_))
    }

    /// Ends what is waited for.
    fn hurry(&self) {
        if let Some(wait) = self.waiting.take() {
            // Nobody waits any more where this fails.
            let _ = wait.send(());
        }
    }

    fn begin(&self) -> (UnboundedReceiver<Order>, Vec<Command>) {
        let (orders, queue) = unbounded();
        *self.orders.borrow_mut() = Some(orders);
        (queue, self.client.borrow_mut().opened())
    }
}

/// Hears nothing while the page is hidden; whoever looks at it, or has a network again, does not
/// wait for the next connection.
fn hear_visibility(inner: &Rc<Inner>) {
    let of = inner.clone();
    let changed = Closure::<dyn Fn()>::new(move || {
        let mut client = of.client.borrow_mut();
        let is_hidden = document().hidden();
        let commands = if is_hidden {
            client.pause()
        } else {
            client.resume()
        };
        drop(client);
        of.send(commands);
        if !is_hidden {
            of.hurry();
        }
    });
    let listener = changed.as_ref().unchecked_ref();
    document()
        .add_event_listener_with_callback("visibilitychange", listener)
        .unwrap_throw();
    let of = inner.clone();
    let is_back = Closure::<dyn Fn()>::new(move || of.hurry());
    let listener = is_back.as_ref().unchecked_ref();
    window()
        .add_event_listener_with_callback("online", listener)
        .unwrap_throw();
    // The connection is the page's, and lives as long.
    changed.forget();
    is_back.forget();
}

async fn run(inner: Rc<Inner>, status: RwSignal<ConnectionStatus>) {
    let mut ways = Ways::default();
    loop {
        let by_part = |task: fn(_, _, _) -> Task| {
            let (sent, ended) = oneshot::channel();
            later(task(inner.clone(), status, sent));
            // What could not be loaded has ended.
            ended.map(Result::unwrap_or_default)
        };
        let ended = match ways.way() {
            Way::Socket => by_socket(&inner, status).await,
            Way::Stream => by_part(Task::Stream).await,
            Way::Ask => by_part(Task::Ask).await,
        };
        let is_at_once = ways.ended(ended);
        *inner.orders.borrow_mut() = None;
        let random = js_sys::Math::random();
        let wait = inner.client.borrow_mut().closed(ended.code, random);
        if is_at_once {
            continue;
        }
        let Some(wait) = wait else {
            status.set(ConnectionStatus::Ended);
            return;
        };
        if !ways.is_served() {
            status.set(ConnectionStatus::Reconnecting);
        }
        inner.wait(wait).await;
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
