//! A connection, independent of its transport: its caller, its subscriptions, and the frames that
//! it takes.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use leaderport::protocol::{Channel, ChannelName, Event, MAX_SUBSCRIPTIONS};
use leaderport::service::access::Operation;
use leaderport::service::{Caller, Error, People};
use leaderport::{Position, Timestamp};

use tokio::time::timeout;

use crate::auth::cookies::Cookies;
use crate::realtime::channels::hub::Hub;
use crate::realtime::delivery::frame::Frame;
use crate::realtime::delivery::inbox::{Inbox, Slot};
use crate::realtime::listeners::heartbeat::{HeartbeatGuard, Wheel};
use crate::realtime::listeners::subscription::{PeriodCommand, Subscription};
use app::api::visitor::Visitors;

/// Timeout of a subscribe command. The connection handles nothing else until the command is
/// answered.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Code of the end of a subscription by period: it goes on in the next season.
const SEASON_ENDED: &str = "season_ended";

/// Credentials of a connection.
enum Proof {
    /// No credentials.
    None,
    /// Cookies, checked again at each heartbeat.
    Cookies(HeaderMap),
    /// A token with its expiry, checked again at each heartbeat.
    Token(String, Timestamp),
}

/// A connection.
pub(crate) struct Listener {
    hub: Arc<Hub>,
    people: Arc<People>,
    visitors: Arc<Cookies>,
    caller: Caller,
    proof: Proof,
    pub(crate) inbox: Arc<Inbox>,
    /// Indexed by slot.
    subscriptions: Vec<Option<Subscription>>,
    _heartbeat: HeartbeatGuard,
}

impl Listener {
    /// Creates a listener without subscriptions. The cookies of its request identify the caller.
    ///
    /// # Errors
    /// Fails if the caller cannot be identified because the ledger is down.
    pub(crate) async fn new(
        hub: Arc<Hub>,
        wheel: &Arc<Wheel>,
        people: Arc<People>,
        visitors: Arc<Cookies>,
        headers: &HeaderMap,
    ) -> Result<Self, Error> {
        let inbox = Arc::new(Inbox::new());
        let mut cookies = HeaderMap::new();
        for cookie in headers.get_all(axum::http::header::COOKIE) {
            cookies.append(axum::http::header::COOKIE, cookie.clone());
        }
        let (caller, proof) = if cookies.is_empty() {
            (Caller::Nobody, Proof::None)
        } else {
            let caller = by_cookies(&visitors, &cookies).await?;
            (caller, Proof::Cookies(cookies))
        };
        Ok(Self {
            hub,
            people,
            visitors,
            caller,
            proof,
            _heartbeat: wheel.register(&inbox),
            inbox,
            subscriptions: Vec::new(),
        })
    }

    /// Subscribes to a channel by its name. A repeated subscription replaces the previous one. A
    /// period in the name selects its running season, also after that has changed. Returns the
    /// resolved channel, and whether the client continues from its state at `since`.
    ///
    /// # Errors
    /// Fails if the name is invalid, the caller lacks the permission, there are too many
    /// subscriptions, or an engine is down.
    pub(crate) async fn subscribe(
        &mut self,
        id: u32,
        name: &str,
        since: Option<Position>,
        show: bool,
    ) -> Result<(Channel, bool), Error> {
        let channel = self.hub.resolve(&self.caller, name)?;
        let is_by_period = matches!(name.parse(), Ok(ChannelName::Running(..)));
        let command = is_by_period.then(|| PeriodCommand {
            id,
            name: name.to_owned(),
        });
        let before = self.slot_of(&channel);
        let slot = self.free_slot(before.is_some())?;
        let recovered = self.join(&channel, (slot, before), since, show, command);
        Ok((channel.clone(), recovered.await?))
    }

    /// Watches a channel at a free slot. Ends the subscription at the slot `before`.
    async fn join(
        &mut self,
        channel: &Channel,
        (slot, before): (u8, Option<usize>),
        since: Option<Position>,
        show: bool,
        command: Option<PeriodCommand>,
    ) -> Result<bool, Error> {
        let watched = self.hub.watch(&self.caller, channel, since, show);
        let watched = timeout(TIMEOUT, watched).await;
        let (source, cursor, recovered) = watched.unwrap_or(Err(Error::Busy))?;
        let at = Slot(slot);
        let subscription = Subscription::new(channel.clone(), source, cursor, &self.inbox, at);
        let subscription = subscription.follow(command);
        // The channel may have changed since the cursor was taken: check it once.
        self.inbox.mark(at);
        let found = if recovered { "recovered" } else { "whole" };
        let found = match since {
            Some(_) => Some(found),
            // A client that subscribes again without a position has lost a change.
            None => before.map(|_| "partial"),
        };
        if let Some(found) = found {
            metrics::counter!("leaderport_recoveries_total", "found" => found).increment(1);
        }
        self.subscriptions[usize::from(slot)] = Some(subscription);
        if let Some(before) = before {
            // Drop the old subscription only here, so that it stays if the new one is refused.
            self.subscriptions[before] = None;
        }
        Ok(recovered)
    }

    /// Ends the subscriptions of boards that were deleted. Returns their events.
    fn end_deleted(&mut self) -> Vec<Event> {
        let leaderboards = &self.hub.leaderboards;
        let lost = |s: &mut Option<Subscription>| {
            let channel = s.as_ref().map(|s| s.channel.clone())?;
            let error = leaderboards.board(channel.board()?).err()?;
            *s = None;
            Some(ended(channel, error.code()))
        };
        self.subscriptions.iter_mut().filter_map(lost).collect()
    }

    /// Moves subscriptions by period whose season no longer runs to the running one. Returns the
    /// events: the end of the old channel, and the begin of the new one, whose state follows.
    async fn follow_periods(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        for before in 0..self.subscriptions.len() {
            let Some(subscription) = &self.subscriptions[before] else {
                continue;
            };
            let Some(command) = subscription.by_period().cloned() else {
                continue;
            };
            let old = subscription.channel.clone();
            let channel = match self.hub.resolve(&self.caller, &command.name) {
                Ok(channel) if channel == old => continue,
                Ok(channel) => channel,
                Err(error) => {
                    // The board lost the period.
                    self.subscriptions[before] = None;
                    events.push(ended(old, error.code()));
                    continue;
                }
            };
            let id = command.id;
            let also = self.slot_of(&channel);
            let Ok(slot) = self.free_slot(true) else {
                break;
            };
            let joined = self.join(&channel, (slot, Some(before)), None, false, Some(command));
            if joined.await.is_err() {
                // An engine is down. The next check tries again.
                break;
            }
            if let Some(also) = also {
                self.subscriptions[also] = None;
            }
            events.push(ended(old, SEASON_ENDED));
            events.push(Event::Subscribed {
                id,
                channel,
                recovered: false,
            });
        }
        events
    }

    /// The slot for a subscription. A repeated one (`is_again`) may exceed the limit by one, until
    /// it has replaced the previous one.
    fn free_slot(&mut self, is_again: bool) -> Result<u8, Error> {
        let taken = self.subscriptions.iter().flatten().count();
        if taken >= MAX_SUBSCRIPTIONS + usize::from(is_again) {
            return Err(Error::TooManySubscriptions(MAX_SUBSCRIPTIONS));
        }
        let free = self.subscriptions.iter().position(Option::is_none);
        let slot = free.unwrap_or_else(|| {
            self.subscriptions.push(None);
            self.subscriptions.len() - 1
        });
        Ok(u8::try_from(slot).expect("there are fewer than 63"))
    }

    fn slot_of(&self, channel: &Channel) -> Option<usize> {
        let of = |s: &Option<Subscription>| s.as_ref().is_some_and(|s| s.channel == *channel);
        self.subscriptions.iter().position(of)
    }

    /// Ends a subscription. Returns whether it existed.
    pub(crate) fn unsubscribe(&mut self, channel: &Channel) -> bool {
        let slot = self.slot_of(channel);
        slot.and_then(|slot| self.subscriptions[slot].take())
            .is_some()
    }

    /// The next frame of a subscription; `None` if the subscription has no newer state.
    pub(crate) fn next(&mut self, slot: Slot) -> Option<Frame> {
        let subscription = self.subscriptions.get_mut(usize::from(slot.0));
        subscription?.as_mut()?.next()
    }

    /// Replaces the caller by the player of a token.
    ///
    /// # Errors
    /// Fails if the token is invalid or has expired.
    pub(crate) async fn authenticate(&mut self, id: u32, token: &str) -> Result<Vec<Event>, Error> {
        let (caller, expires_at) = self.people.of_token(token).await?;
        let player = caller.player().cloned().ok_or_else(Error::not_a_player)?;
        let before = std::mem::replace(&mut self.caller, caller);
        self.proof = Proof::Token(token.to_owned(), expires_at);
        let authenticated = Event::Authenticated {
            id,
            player,
            expires_at,
        };
        let mut events = vec![authenticated];
        events.extend(self.end_unauthorized(&before, "another_caller"));
        Ok(events)
    }

    /// Checks the credentials again, and the seasons of subscriptions by period. Returns the events
    /// of the subscriptions that end or move.
    pub(crate) async fn look(&mut self) -> Vec<Event> {
        let mut events = self.check_caller().await;
        events.extend(self.end_deleted());
        events.extend(self.follow_periods().await);
        events
    }

    /// Checks the credentials again. Ends the subscriptions that the caller may no longer have, and
    /// returns their events, which contain the reason.
    async fn check_caller(&mut self) -> Vec<Event> {
        let (caller, code) = match &self.proof {
            Proof::None => return Vec::new(),
            Proof::Token(_, until) if self.hub.leaderboards.now() >= *until => {
                self.proof = Proof::None;
                (Caller::Nobody, "token_expired")
            }
            Proof::Token(token, _) => match self.people.of_token(token).await {
                Ok((caller, _)) => (caller, "signed_out"),
                Err(Error::BadToken(_)) => {
                    self.proof = Proof::None;
                    (Caller::Nobody, "signed_out")
                }
                Err(_) => return Vec::new(),
            },
            Proof::Cookies(cookies) => match by_cookies(&self.visitors, cookies).await {
                Ok(caller) => (caller, "signed_out"),
                // The ledger is down: keep the current caller.
                Err(_) => return Vec::new(),
            },
        };
        let before = std::mem::replace(&mut self.caller, caller);
        self.end_unauthorized(&before, code)
    }

    /// Ends the subscriptions that the new caller may not have. A new player also loses the channel
    /// of the previous player's own standing. Returns the events of the ended subscriptions.
    fn end_unauthorized(&mut self, before: &Caller, code: &str) -> Vec<Event> {
        let is_another = self.caller.player() != before.player();
        let caller = &self.caller;
        let may = |channel: &Channel| {
            let is_theirs = !matches!(channel, Channel::Me(_)) || !is_another;
            is_theirs && caller.check(Operation::Subscribe(channel)).is_ok()
        };
        let lost = |s: &mut Option<Subscription>| {
            let channel = s.as_ref().map(|s| s.channel.clone())?;
            if let Some(subscription) = s.as_ref().filter(|_| is_another) {
                subscription.hide();
            }
            (!may(&channel)).then(|| {
                *s = None;
                ended(channel, code)
            })
        };
        self.subscriptions.iter_mut().filter_map(lost).collect()
    }
}

/// The event of a subscription that the server ended.
fn ended(channel: Channel, code: &str) -> Event {
    Event::Unsubscribed {
        id: None,
        channel,
        code: Some(code.to_owned()),
    }
}

async fn by_cookies(visitors: &Cookies, cookies: &HeaderMap) -> Result<Caller, Error> {
    let visitor = visitors.current(cookies).await?;
    Ok(visitor.map_or(Caller::Nobody, |visitor| visitor.caller()))
}
