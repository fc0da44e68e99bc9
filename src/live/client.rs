//! The client side of the protocol: the subscribed channels, and the client's copy of each
//! channel's state (the *held* state).
//!
//! Inputs of the state machine: connection opened, event received, connection closed.
//! Outputs: commands to send, and the delay before a reconnect. The embedder owns the
//! socket, the timers and the screen.

use super::backoff::{RESTART_SPREAD_MILLIS, wait_millis};
use crate::Position;
use crate::protocol::{After, Channel, CloseCode, Command, Event, State};

/// The subscriptions of one client.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// A short list, so a linear search is enough.
    channels: Vec<(Channel, Follower)>,
    next_id: u32,
    is_open: bool,
    is_paused: bool,
    failures: u32,
    /// Numbers of confirmed subscriptions: recovered from the held state, and not recovered.
    joined: (u64, u64),
    misfits: u64,
}

#[derive(Debug, Clone, Default)]
struct Follower {
    held: Option<(State, Position)>,
    phase: Phase,
    /// On a presence channel: whether the user agreed to be listed by name.
    show: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// Not subscribed on this connection.
    #[default]
    Idle,
    /// Subscribe sent with this id. The held state stays visible.
    Joining(u32),
    /// Subscribed without recovery. Only a full state is accepted next.
    Awaiting,
    /// Up to date; changes are applied.
    Live,
    /// Refused temporarily; [`Client::retry`] subscribes again.
    Refused,
}

impl Phase {
    /// Whether the client has sent a subscribe command on this connection.
    fn is_subscribing(self) -> bool {
        !matches!(self, Self::Idle | Self::Refused)
    }
}

/// Result of an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reaction {
    /// The channel whose state changed, if any.
    pub news: Option<Channel>,
    /// Commands to send.
    pub commands: Vec<Command>,
    /// The refused or ended subscription, if any.
    pub refused: Option<Refusal>,
    /// Whether a subscription was refused temporarily. Call [`Client::retry`] after a
    /// second or two.
    pub must_retry: bool,
}

/// Refusal of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The refused channel; absent if the error concerns no channel.
    pub channel: Option<Channel>,
    /// Stable code, for programs.
    pub code: String,
    /// Message for people; may be empty.
    pub message: String,
}

/// Error codes after which a retry may succeed.
const PASSING: [&str; 3] = ["busy", "unavailable", "too_many_requests"];

impl Client {
    /// Subscribes to a channel. `held` is an initial state with its position. Returns the
    /// command to send.
    pub fn watch(&mut self, channel: &Channel, held: Option<(State, Position)>) -> Option<Command> {
        if self.follower(channel).is_none() {
            let follower = Follower::default();
            self.channels.push((channel.clone(), follower));
        }
        if let Some(follower) = self.follower_mut(channel).filter(|_| held.is_some()) {
            follower.held = held;
        }
        self.subscribe(channel)
    }

    /// Sets whether the user is listed by name on a watched presence channel. Returns the
    /// command to send.
    pub fn show(&mut self, channel: &Channel, show: bool) -> Option<Command> {
        let follower = self.follower_mut(channel)?;
        if follower.show == show {
            return None;
        }
        follower.show = show;
        self.subscribe(channel)
    }

    /// Unsubscribes from a channel. Returns the command to send and the held state.
    pub fn unwatch(&mut self, channel: &Channel) -> (Option<Command>, Option<(State, Position)>) {
        let Some(n) = self.channels.iter().position(|(of, _)| of == channel) else {
            return (None, None);
        };
        let (_, follower) = self.channels.remove(n);
        let is_subscribing = self.is_open && follower.phase.is_subscribing();
        let command = is_subscribing.then(|| Command::Unsubscribe {
            id: self.id(),
            channel: channel.to_string(),
        });
        (command, follower.held)
    }

    fn follower(&self, channel: &Channel) -> Option<&Follower> {
        let mut all = self.channels.iter();
        all.find(|(of, _)| of == channel)
            .map(|(_, follower)| follower)
    }

    fn follower_mut(&mut self, channel: &Channel) -> Option<&mut Follower> {
        let mut all = self.channels.iter_mut();
        all.find(|(of, _)| of == channel)
            .map(|(_, follower)| follower)
    }

    /// The watched channels.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.iter().map(|(channel, _)| channel)
    }

    /// The held state of a channel.
    #[must_use]
    pub fn state(&self, channel: &Channel) -> Option<(&State, Position)> {
        let (state, position) = self.follower(channel)?.held.as_ref()?;
        Some((state, *position))
    }

    /// Whether a channel is subscribed and up to date.
    #[must_use]
    pub fn is_live(&self, channel: &Channel) -> bool {
        let follower = self.follower(channel);
        follower.is_some_and(|f| f.phase == Phase::Live)
    }

    /// Number of confirmed subscriptions: recovered, and not recovered.
    #[must_use]
    pub fn joined(&self) -> (u64, u64) {
        self.joined
    }

    /// Number of changes that could not be applied to the held state. Each one caused a new
    /// subscription for the full state.
    #[must_use]
    pub fn misfits(&self) -> u64 {
        self.misfits
    }

    /// Handles an opened connection. Returns the commands to send.
    pub fn opened(&mut self) -> Vec<Command> {
        self.is_open = true;
        let channels: Vec<Channel> = self
            .channels
            .iter()
            .map(|(channel, _)| channel)
            .cloned()
            .collect();
        channels
            .iter()
            .filter_map(|channel| self.subscribe(channel))
            .collect()
    }

    /// Handles an event.
    pub fn receive(&mut self, event: Event) -> Reaction {
        // An event proves that the connection works: reset the backoff.
        self.failures = 0;
        match event {
            Event::Subscribed {
                id,
                channel,
                recovered,
            } => self.subscribed(id, &channel, recovered),
            Event::State {
                channel,
                position,
                state,
            } => self.replace(channel, position, state),
            Event::Change {
                channel,
                from,
                position,
                change,
            } => {
                let Some(follower) = self.follower_mut(&channel) else {
                    return Reaction::default();
                };
                if follower.phase != Phase::Live {
                    return Reaction::default();
                }
                match follower.change(from, position, &change) {
                    Fits::Already => Reaction::default(),
                    Fits::Applied => Reaction {
                        news: Some(channel),
                        ..Reaction::default()
                    },
                    Fits::Not => self.resubscribe(&channel),
                }
            }
            Event::Unsubscribed {
                id: None,
                channel,
                code,
            } => {
                let follower = self.follower_mut(&channel);
                let ended = follower.filter(|f| matches!(f.phase, Phase::Awaiting | Phase::Live));
                let Some(follower) = ended else {
                    // The event belongs to an earlier subscription.
                    return Reaction::default();
                };
                follower.phase = Phase::Idle;
                Reaction {
                    refused: Some(Refusal {
                        channel: Some(channel),
                        code: code.unwrap_or_default(),
                        message: String::new(),
                    }),
                    ..Reaction::default()
                }
            }
            Event::Error { id, code, message } => {
                let of =
                    |follower: &Follower| id.is_some_and(|id| follower.phase == Phase::Joining(id));
                let found = self.channels.iter_mut().find(|(_, f)| of(f));
                let is_passing = PASSING.contains(&code.as_str());
                let channel = found.map(|(channel, follower)| {
                    follower.phase = if is_passing {
                        Phase::Refused
                    } else {
                        Phase::Idle
                    };
                    channel.clone()
                });
                Reaction {
                    must_retry: is_passing && channel.is_some(),
                    refused: Some(Refusal {
                        channel,
                        code,
                        message,
                    }),
                    ..Reaction::default()
                }
            }
            Event::Unsubscribed { .. } | Event::Authenticated { .. } | Event::Pong { .. } => {
                Reaction::default()
            }
        }
    }

    fn subscribed(&mut self, id: u32, channel: &Channel, recovered: bool) -> Reaction {
        let Some(follower) = self.follower_mut(channel) else {
            return Reaction::default();
        };
        if follower.phase != Phase::Joining(id) {
            return Reaction::default();
        }
        if !recovered {
            follower.phase = Phase::Awaiting;
            self.joined.1 += 1;
            return Reaction::default();
        }
        if follower.held.is_none() {
            return self.resubscribe(channel);
        }
        follower.phase = Phase::Live;
        self.joined.0 += 1;
        Reaction::default()
    }

    fn replace(&mut self, channel: Channel, position: Position, state: State) -> Reaction {
        let Some(follower) = self.follower_mut(&channel) else {
            return Reaction::default();
        };
        if !matches!(follower.phase, Phase::Awaiting | Phase::Live) {
            // The event belongs to an earlier subscription.
            return Reaction::default();
        }
        follower.phase = Phase::Live;
        follower.held = Some((state, position));
        Reaction {
            news: Some(channel),
            ..Reaction::default()
        }
    }

    /// Drops the held state and subscribes again for the full state, because a change was lost.
    fn resubscribe(&mut self, channel: &Channel) -> Reaction {
        self.misfits += 1;
        if let Some(follower) = self.follower_mut(channel) {
            follower.held = None;
        }
        Reaction {
            commands: self.subscribe(channel).into_iter().collect(),
            ..Reaction::default()
        }
    }

    /// Handles a closed connection with its close code, if any. Returns the delay before a
    /// reconnect in milliseconds; `None` if the client must not reconnect. `random` is in
    /// 0..1.
    pub fn closed(&mut self, code: Option<u16>, random: f64) -> Option<u32> {
        self.is_open = false;
        for (_, follower) in &mut self.channels {
            follower.phase = Phase::Idle;
        }
        if CloseCode::after(code) == After::GiveUp {
            return None;
        }
        let wait = if code == Some(CloseCode::Restart.code()) {
            spread(random)
        } else {
            wait_millis(self.failures, random)
        };
        self.failures = self.failures.saturating_add(1);
        Some(wait)
    }

    /// Subscribes again to channels refused temporarily. Returns the commands to send.
    pub fn retry(&mut self) -> Vec<Command> {
        let all = self.channels.iter();
        let refused = all.filter(|(_, f)| f.phase == Phase::Refused);
        let refused: Vec<Channel> = refused.map(|(channel, _)| channel.clone()).collect();
        refused
            .iter()
            .filter_map(|channel| self.subscribe(channel))
            .collect()
    }

    /// Unsubscribes from every channel until [`Self::resume`], because the page is hidden.
    /// Returns the commands to send.
    pub fn pause(&mut self) -> Vec<Command> {
        self.is_paused = true;
        let subscribed_channels = self
            .channels
            .iter_mut()
            .filter(|(_, f)| f.phase.is_subscribing());
        let subscribed_channels: Vec<Channel> = subscribed_channels
            .map(|(channel, follower)| {
                follower.phase = Phase::Idle;
                channel.clone()
            })
            .collect();
        if !self.is_open {
            return Vec::new();
        }
        let commands = subscribed_channels
            .into_iter()
            .map(|channel| Command::Unsubscribe {
                id: self.id(),
                channel: channel.to_string(),
            });
        commands.collect()
    }

    /// Subscribes again, because the page is visible. Returns the commands to send.
    pub fn resume(&mut self) -> Vec<Command> {
        self.is_paused = false;
        if self.is_open {
            self.opened()
        } else {
            Vec::new()
        }
    }

    fn subscribe(&mut self, channel: &Channel) -> Option<Command> {
        if !self.is_open || self.is_paused {
            return None;
        }
        let id = self.id();
        let follower = self.follower_mut(channel)?;
        follower.phase = Phase::Joining(id);
        Some(Command::Subscribe {
            id,
            channel: channel.to_string(),
            since: follower.held.as_ref().map(|(_, position)| *position),
            show: follower.show,
        })
    }

    fn id(&mut self) -> u32 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }
}

/// Whether a change applies to the held state.
enum Fits {
    Applied,
    Already,
    Not,
}

impl Follower {
    fn change(
        &mut self,
        from: (u64, u64),
        position: Position,
        change: &crate::protocol::Change,
    ) -> Fits {
        let Some((state, at)) = &self.held else {
            return Fits::Not;
        };
        if at.epoch != position.epoch {
            return Fits::Not;
        }
        if at.offset >= position.offset {
            return Fits::Already;
        }
        if !(from.0..=from.1).contains(&at.offset) {
            return Fits::Not;
        }
        let Ok(state) = state.after(change) else {
            return Fits::Not;
        };
        self.held = Some((state, position));
        Fits::Applied
    }
}

fn spread(random: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to the spread"
    )]
    let wait = (f64::from(RESTART_SPREAD_MILLIS) * random.clamp(0.0, 1.0)) as u32;
    wait
}

#[cfg(test)]
mod tests;
