//! The client's side: its channels, and what it has of each.
//!
//! It is told what happens (the connection opened, an event came, it ended) and says
//! what to do (commands to send, how long to wait). Whoever embeds it owns the
//! socket, the timers and the screen.

use super::backoff::{RESTART_SPREAD_MILLIS, wait_millis};
use crate::Position;
use crate::protocol::{After, Channel, CloseCode, Command, Event, State};

/// A client's channels.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// They are few.
    channels: Vec<(Channel, Follower)>,
    next_id: u32,
    is_open: bool,
    is_paused: bool,
    failures: u32,
    /// Subscriptions that were answered: recovered, and not.
    joined: (u64, u64),
    misfits: u64,
}

#[derive(Debug, Clone, Default)]
struct Follower {
    held: Option<(State, Position)>,
    phase: Phase,
    /// Whether to be named, on a presence channel.
    show: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// Not asked for on this connection.
    #[default]
    Idle,
    /// Asked for by this id; what is held goes on being shown.
    Joining(u32),
    /// The state follows, and nothing else makes sense before it.
    Awaiting,
    /// Changes come.
    Live,
    /// Refused for the moment: it is asked for again.
    Refused,
}

impl Phase {
    /// Whether the server was told of it on this connection.
    fn is_asked(self) -> bool {
        !matches!(self, Self::Idle | Self::Refused)
    }
}

/// What an event did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// The channel whose state is another one now.
    pub news: Option<Channel>,
    /// What to send.
    pub commands: Vec<Command>,
    /// A channel that cannot be heard, and why.
    pub refused: Option<Refusal>,
    /// Some channel could not be heard for the moment: [`Client::retry`] asks again, in
    /// a second or some.
    pub must_retry: bool,
}

/// Why a channel is not heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which; none where it is not about one.
    pub channel: Option<Channel>,
    /// Stable, for programs.
    pub code: String,
    /// For people; may be empty.
    pub message: String,
}

/// Refusals that pass by themselves.
const PASSING: [&str; 3] = ["busy", "unavailable", "too_many_requests"];

impl Client {
    /// Watches a channel from here on. `held` is what is there to begin with, as of
    /// its position. Gives what to send.
    pub fn watch(&mut self, channel: &Channel, held: Option<(State, Position)>) -> Option<Command> {
        if self.follower(channel).is_none() {
            let follower = Follower::default();
            self.channels.push((channel.clone(), follower));
        }
        if let Some(follower) = self.follower_mut(channel).filter(|_| held.is_some()) {
            follower.held = held;
        }
        self.ask(channel)
    }

    /// On a presence channel that is watched: whether others may see the listener there
    /// by name. Gives what to send.
    pub fn show(&mut self, channel: &Channel, show: bool) -> Option<Command> {
        let follower = self.follower_mut(channel)?;
        if follower.show == show {
            return None;
        }
        follower.show = show;
        self.ask(channel)
    }

    /// Stops watching a channel. Gives what to send, and what was held.
    pub fn unwatch(&mut self, channel: &Channel) -> (Option<Command>, Option<(State, Position)>) {
        let Some(n) = self.channels.iter().position(|(of, _)| of == channel) else {
            return (None, None);
        };
        let (_, follower) = self.channels.remove(n);
        let is_asked = self.is_open && follower.phase.is_asked();
        let command = is_asked.then(|| Command::Unsubscribe {
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

    /// The channels watched.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.iter().map(|(channel, _)| channel)
    }

    /// What is held of a channel.
    #[must_use]
    pub fn state(&self, channel: &Channel) -> Option<(&State, Position)> {
        let (state, position) = self.follower(channel)?.held.as_ref()?;
        Some((state, *position))
    }

    /// Whether a channel is heard now.
    #[must_use]
    pub fn is_live(&self, channel: &Channel) -> bool {
        let follower = self.follower(channel);
        follower.is_some_and(|f| f.phase == Phase::Live)
    }

    /// How many subscriptions were answered: with what was held brought forward, and
    /// with the state anew.
    #[must_use]
    pub fn joined(&self) -> (u64, u64) {
        self.joined
    }

    /// How many changes came that did not fit.
    #[must_use]
    pub fn misfits(&self) -> u64 {
        self.misfits
    }

    /// The connection is open. Gives what to send.
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
            .filter_map(|channel| self.ask(channel))
            .collect()
    }

    /// An event came.
    pub fn hear(&mut self, event: Event) -> Heard {
        // Whoever is spoken to is connected well enough.
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
                    return Heard::default();
                };
                if follower.phase != Phase::Live {
                    return Heard::default();
                }
                match follower.change(from, position, &change) {
                    Fits::Already => Heard::default(),
                    Fits::Applied => Heard {
                        news: Some(channel),
                        ..Heard::default()
                    },
                    Fits::Not => self.ask_anew(&channel),
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
                    // Of a subscription before the one that is asked for.
                    return Heard::default();
                };
                follower.phase = Phase::Idle;
                Heard {
                    refused: Some(Refusal {
                        channel: Some(channel),
                        code: code.unwrap_or_default(),
                        message: String::new(),
                    }),
                    ..Heard::default()
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
                Heard {
                    must_retry: is_passing && channel.is_some(),
                    refused: Some(Refusal {
                        channel,
                        code,
                        message,
                    }),
                    ..Heard::default()
                }
            }
            Event::Unsubscribed { .. } | Event::Authenticated { .. } | Event::Pong { .. } => {
                Heard::default()
            }
        }
    }

    fn subscribed(&mut self, id: u32, channel: &Channel, recovered: bool) -> Heard {
        let Some(follower) = self.follower_mut(channel) else {
            return Heard::default();
        };
        if follower.phase != Phase::Joining(id) {
            return Heard::default();
        }
        if !recovered {
            follower.phase = Phase::Awaiting;
            self.joined.1 += 1;
            return Heard::default();
        }
        if follower.held.is_none() {
            return self.ask_anew(channel);
        }
        follower.phase = Phase::Live;
        self.joined.0 += 1;
        Heard::default()
    }

    fn replace(&mut self, channel: Channel, position: Position, state: State) -> Heard {
        let Some(follower) = self.follower_mut(&channel) else {
            return Heard::default();
        };
        if !matches!(follower.phase, Phase::Awaiting | Phase::Live) {
            // Of a subscription before this one.
            return Heard::default();
        }
        follower.phase = Phase::Live;
        follower.held = Some((state, position));
        Heard {
            news: Some(channel),
            ..Heard::default()
        }
    }

    /// Something was lost: only the state makes sense.
    fn ask_anew(&mut self, channel: &Channel) -> Heard {
        self.misfits += 1;
        if let Some(follower) = self.follower_mut(channel) {
            follower.held = None;
        }
        Heard {
            commands: self.ask(channel).into_iter().collect(),
            ..Heard::default()
        }
    }

    /// The connection ended, with a code or without. Gives in how many milliseconds
    /// to connect again; none to leave it. `random` is in 0..1.
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

    /// Asks again for what was refused for the moment. Gives what to send.
    pub fn retry(&mut self) -> Vec<Command> {
        let all = self.channels.iter();
        let refused = all.filter(|(_, f)| f.phase == Phase::Refused);
        let refused: Vec<Channel> = refused.map(|(channel, _)| channel.clone()).collect();
        refused
            .iter()
            .filter_map(|channel| self.ask(channel))
            .collect()
    }

    /// Nobody looks: nothing is heard until [`Self::resume`]. Gives what to send.
    pub fn pause(&mut self) -> Vec<Command> {
        self.is_paused = true;
        let asked = self.channels.iter_mut().filter(|(_, f)| f.phase.is_asked());
        let asked: Vec<Channel> = asked
            .map(|(channel, follower)| {
                follower.phase = Phase::Idle;
                channel.clone()
            })
            .collect();
        if !self.is_open {
            return Vec::new();
        }
        let commands = asked.into_iter().map(|channel| Command::Unsubscribe {
            id: self.id(),
            channel: channel.to_string(),
        });
        commands.collect()
    }

    /// Somebody looks again. Gives what to send.
    pub fn resume(&mut self) -> Vec<Command> {
        self.is_paused = false;
        if self.is_open {
            self.opened()
        } else {
            Vec::new()
        }
    }

    fn ask(&mut self, channel: &Channel) -> Option<Command> {
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

/// How a change fits what is held.
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
