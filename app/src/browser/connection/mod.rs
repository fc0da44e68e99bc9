//! The page's only connection. It opens with the first subscription, reconnects by itself, and
//! pauses while the page is hidden.
//!
//! [`leaderport::live::Client`] implements the protocol, independent of browsers. This module
//! decides when to connect and by which transport: a WebSocket ([`websocket`]), an event stream if
//! WebSockets are blocked, or polling if event streams are blocked too ([`event_stream`]).

mod event_stream;
mod session;
mod websocket;

use std::rc::Rc;

use leaderport::Position;
use leaderport::protocol::{Channel, State};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;

use self::event_stream::receive_over_http;
pub use self::session::ChannelUpdate;
use self::session::{Order, Session};
use self::websocket::receive_by_websocket;
use crate::core::sync::transport::{ConnectionStatus, Transport, TransportPicker};

/// The page's connection. All copies share one session.
#[derive(Clone, Copy)]
pub struct Connection {
    /// None until the first subscription, and on the server.
    session: StoredValue<Option<SendWrapper<Rc<Session>>>>,
    /// The status of the connection.
    pub status: RwSignal<ConnectionStatus>,
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}

impl Connection {
    /// A connection that opens with its first subscription.
    #[must_use]
    pub fn new() -> Self {
        let connection = Self {
            session: StoredValue::new(None),
            status: RwSignal::new(ConnectionStatus::Connecting),
        };
        Effect::new(move |_| {
            let follow = move || connection.session().set_hidden(document().hidden());
            follow();
            let changed = window_event_listener(ev::visibilitychange, move |_| follow());
            on_cleanup(move || changed.remove());
        });
        Effect::new(move |_| {
            let online = window_event_listener(ev::online, move |_| connection.session().hurry());
            on_cleanup(move || online.remove());
        });
        connection
    }

    /// Subscribes to a channel until [`Self::unwatch`]. `held` is a known state with its position,
    /// from which the subscription continues.
    pub fn watch(
        self,
        channel: &Channel,
        held: Option<(State, Position)>,
        watcher: impl Fn(ChannelUpdate<'_>) + 'static,
    ) {
        let session = self.session();
        if session.watch(channel, held, watcher) {
            spawn_local(run(session, self.status));
        }
    }

    /// Delays changes by a short time if `is_busy` returns true. The first states of new
    /// subscriptions are not delayed.
    pub fn delay_while(self, is_busy: fn() -> bool) {
        self.session().delay_while(is_busy);
    }

    /// Shows or hides the reader's name on a presence channel.
    pub fn show_name(self, channel: &Channel, show: bool) {
        self.session().show_name(channel, show);
    }

    /// Unsubscribes from a channel.
    pub fn unwatch(self, channel: &Channel) {
        self.session().unwatch(channel);
    }

    /// Reconnects with the current cookies.
    pub fn renew(self) {
        self.session().order(Order::Renew);
    }

    fn session(self) -> Rc<Session> {
        let session = self.session.try_update_value(|session| {
            let session = session.get_or_insert_with(|| SendWrapper::new(Rc::default()));
            Rc::clone(session)
        });
        // The page is closed, so nothing uses this new session.
        session.unwrap_or_default()
    }
}

async fn run(session: Rc<Session>, status: RwSignal<ConnectionStatus>) {
    let mut picker = TransportPicker::default();
    loop {
        let closed = match picker.next() {
            Transport::WebSocket => receive_by_websocket(&session, status).await,
            http => receive_over_http(http, session.clone(), status).await,
        };
        let is_at_once = picker.closed(closed);
        let wait = session.closed(closed.code);
        if is_at_once {
            continue;
        }
        let Some(wait) = wait else {
            status.set(ConnectionStatus::Ended);
            return;
        };
        if !picker.is_served() {
            status.set(ConnectionStatus::Reconnecting);
        }
        session.wait(wait).await;
    }
}
