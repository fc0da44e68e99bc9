//! The subscriptions of the page, independent of the transport.
//!
//! Changes are delivered at most once per animation frame, because the page is not drawn more
//! often. While the reader scrolls, changes wait a little longer and are delivered one channel per
//! frame, to keep the scrolling smooth.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

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

use crate::browser::clock::monotonic_millis;

/// The maximum wait before a temporary refusal is retried, in milliseconds. The minimum is half of
/// this.
const RETRY_MILLIS: u32 = 3_000;

/// The delay of changes while the reader scrolls, in milliseconds.
const DELAY_MILLIS: u32 = 300;

/// An update of a channel.
pub enum ChannelUpdate<'a> {
    /// The state of the channel, and its position.
    State(&'a State, Position),
    /// The subscription was refused.
    Refused(&'a Refusal),
}

type Watcher = Rc<dyn Fn(ChannelUpdate<'_>)>;

/// An order to the open connection.
pub(super) enum Order {
    /// Send a command.
    Send(Command),
    /// Close the connection, because the next one carries other cookies.
    Renew,
}

/// The subscriptions, and the updates that are not delivered yet.
#[derive(Default)]
pub(super) struct Session {
    client: RefCell<Client>,
    watchers: RefCell<Vec<(Channel, Watcher)>>,
    /// Channels with undelivered changes.
    changed: RefCell<Vec<Channel>>,
    /// Whether the next frame delivers the undelivered changes.
    is_scheduled: Cell<bool>,
    /// Whether the undelivered changes are delivered after [`DELAY_MILLIS`], one by one.
    is_delayed: Cell<bool>,
    /// Returns whether the reader is busy, for example scrolling, so that changes should wait.
    is_busy: Cell<Option<fn() -> bool>>,
    /// Sends orders to the open connection, if any.
    orders: RefCell<Option<UnboundedSender<Order>>>,
    /// Ends the current [`Session::wait`], if any.
    waiting: RefCell<Option<oneshot::Sender<()>>>,
    is_running: Cell<bool>,
    /// Whether a timer runs that retries temporary refusals.
    is_retrying: Cell<bool>,
    /// When the last event arrived, by the monotonic clock.
    pub(super) heard_at: Cell<f64>,
}

impl Session {
    /// Subscribes to a channel. Returns whether the connection must be opened, because this is the
    /// first subscription.
    pub(super) fn watch(
        &self,
        channel: &Channel,
        held: Option<(State, Position)>,
        watcher: impl Fn(ChannelUpdate<'_>) + 'static,
    ) -> bool {
        self.forget(channel);
        let watcher: Watcher = Rc::new(watcher);
        self.watchers.borrow_mut().push((channel.clone(), watcher));
        let command = self.client.borrow_mut().watch(channel, held);
        self.send(command);
        !self.is_running.replace(true)
    }

    pub(super) fn unwatch(&self, channel: &Channel) {
        self.forget(channel);
        let (command, _) = self.client.borrow_mut().unwatch(channel);
        self.send(command);
    }

    pub(super) fn show_name(&self, channel: &Channel, show: bool) {
        let command = self.client.borrow_mut().show(channel, show);
        self.send(command);
    }

    pub(super) fn delay_while(&self, is_busy: fn() -> bool) {
        self.is_busy.set(Some(is_busy));
    }

    /// Pauses all subscriptions while the page is hidden. When the page becomes visible again, a
    /// pending reconnect is attempted at once.
    pub(super) fn set_hidden(&self, is_hidden: bool) {
        let mut client = self.client.borrow_mut();
        let commands = if is_hidden {
            client.pause()
        } else {
            client.resume()
        };
        drop(client);
        self.send(commands);
        if !is_hidden {
            self.hurry();
        }
    }

    /// Sends commands. Without a connection they are dropped, because the next connection
    /// subscribes to all channels again.
    pub(super) fn send(&self, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            self.order(Order::Send(command));
        }
    }

    pub(super) fn order(&self, order: Order) {
        if let Some(orders) = &*self.orders.borrow() {
            // An error means that the connection has just ended.
            let _ = orders.unbounded_send(order);
        }
    }

    /// Handles an opened connection. Returns the queue of its orders, and the first commands to
    /// send.
    pub(super) fn open(&self) -> (UnboundedReceiver<Order>, Vec<Command>) {
        let (orders, queue) = unbounded();
        *self.orders.borrow_mut() = Some(orders);
        (queue, self.client.borrow_mut().opened())
    }

    /// Handles a closed connection. Returns the delay before the next one, in milliseconds; none if
    /// the client must not reconnect.
    pub(super) fn closed(&self, code: Option<u16>) -> Option<u32> {
        *self.orders.borrow_mut() = None;
        let random = js_sys::Math::random();
        self.client.borrow_mut().closed(code, random)
    }

    /// Waits for some milliseconds, or until [`Self::hurry`]. Returns whether `hurry` ended the
    /// wait.
    pub(super) async fn wait(&self, millis: u32) -> bool {
        let (hurry, hurried) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(hurry);
        let ended = select(TimeoutFuture::new(millis), hurried).await;
        *self.waiting.borrow_mut() = None;
        matches!(ended, Either::Right(_))
    }

    /// Ends the current wait.
    pub(super) fn hurry(&self) {
        if let Some(wait) = self.waiting.take() {
            // Fails when the wait has ended already.
            let _ = wait.send(());
        }
    }

    /// Handles an event.
    pub(super) fn receive(self: &Rc<Self>, event: Event) {
        self.heard_at.set(monotonic_millis());
        let is_requested = matches!(event, Event::State { .. });
        let received = self.client.borrow_mut().receive(event);
        self.send(received.commands);
        if received.must_retry && !self.is_retrying.replace(true) {
            let session = self.clone();
            spawn_local(async move {
                TimeoutFuture::new(jitter(RETRY_MILLIS)).await;
                session.is_retrying.set(false);
                let commands = session.client.borrow_mut().retry();
                session.send(commands);
            });
        }
        if let Some(channel @ Channel::Me(_)) = &received.news {
            // Deliver at once, because skipping a state could skip an overtaker in it.
            self.deliver(channel);
        } else if let Some(channel) = received.news {
            let mut changed = self.changed.borrow_mut();
            if !changed.contains(&channel) {
                changed.push(channel);
            }
            drop(changed);
            self.schedule(is_requested);
        }
        if let Some(refusal) = &received.refused {
            let channel = refusal.channel.as_ref();
            match channel.and_then(|channel| self.watcher(channel)) {
                Some(watcher) => watcher(ChannelUpdate::Refused(refusal)),
                None => leptos::logging::warn!("refused ({}): {}", refusal.code, refusal.message),
            }
        }
    }

    fn schedule(self: &Rc<Self>, is_requested: bool) {
        let session = self.clone();
        if is_requested || !self.is_busy.get().is_some_and(|is_busy| is_busy()) {
            if !self.is_scheduled.replace(true) {
                request_animation_frame(move || {
                    session.is_scheduled.set(false);
                    session.deliver_all(&session.changed.take());
                });
            }
        } else if !self.is_delayed.replace(true) {
            let deliver = move || {
                let changed = session.changed.take().into_iter();
                let is_page = |channel: &Channel| matches!(channel, Channel::Page(..));
                // Deliver all pages in one frame, so that a player who moves between two pages does
                // not appear on both or none.
                let (pages, others): (Vec<_>, Vec<_>) = changed.partition(is_page);
                session.deliver_all(&pages);
                session.deliver_one_by_one(others.into_iter());
            };
            Timeout::new(DELAY_MILLIS, || request_animation_frame(deliver)).forget();
        }
    }

    /// Delivers one channel in each of the next frames, then schedules later changes.
    fn deliver_one_by_one(self: Rc<Self>, mut changed: std::vec::IntoIter<Channel>) {
        if let Some(channel) = changed.next() {
            request_animation_frame(move || {
                self.deliver(&channel);
                self.deliver_one_by_one(changed);
            });
            return;
        }
        self.is_delayed.set(false);
        if !self.changed.borrow().is_empty() {
            self.schedule(false);
        }
    }

    fn deliver_all(&self, channels: &[Channel]) {
        for channel in channels {
            self.deliver(channel);
        }
    }

    fn deliver(&self, channel: &Channel) {
        // Hold no borrow while the watcher runs, because it may subscribe to another channel.
        let watcher = self.watcher(channel);
        let client = self.client.borrow();
        let state = client.state(channel).map(|(state, at)| (state.clone(), at));
        drop(client);
        if let (Some(watcher), Some((state, position))) = (watcher, state) {
            watcher(ChannelUpdate::State(&state, position));
        }
    }

    fn watcher(&self, channel: &Channel) -> Option<Watcher> {
        let watchers = self.watchers.borrow();
        let found = watchers.iter().find(|(of, _)| of == channel);
        found.map(|(_, watcher)| watcher.clone())
    }

    fn forget(&self, channel: &Channel) {
        self.watchers.borrow_mut().retain(|(of, _)| of != channel);
    }
}

/// A random wait, from half of `millis` to all of it.
fn jitter(millis: u32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to a half"
    )]
    let more = (f64::from(millis / 2) * js_sys::Math::random()) as u32;
    millis / 2 + more
}
