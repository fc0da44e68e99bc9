//! A simulated node (relay, queued notices, reads in flight, subscribers) and the clients'
//! connections.

use std::collections::{BTreeMap, VecDeque};

use super::world::{Notice, World};
use super::{PAGES, ROOM};
use crate::live::{Cursor, Due, Join, Opening, Relay};
use crate::protocol::{Channel, Command, Event};
use crate::{Page, PageNumber, Position, SeasonKey};

/// A read whose result has not arrived.
pub(super) struct Reading {
    pub(super) page: Page,
    pub(super) position: Position,
    pub(super) read: Read,
}

/// Kind of read.
#[derive(Clone, Copy)]
pub(super) enum Read {
    First(Opening),
    Again(Due),
}

pub(super) struct Node {
    pub(super) relay: Relay<Event>,
    pub(super) notices: VecDeque<Notice>,
    pub(super) readings: Vec<Reading>,
    /// Clients waiting for a page: client, command id, page, position.
    pub(super) waiting: Vec<(usize, u32, PageNumber, Option<Position>)>,
    pub(super) followers: BTreeMap<(usize, PageNumber), Cursor>,
}

impl Node {
    pub(super) fn new(key: &SeasonKey) -> Self {
        Self {
            relay: Relay::new(key.clone()),
            notices: VecDeque::new(),
            readings: Vec::new(),
            waiting: Vec::new(),
            followers: BTreeMap::new(),
        }
    }

    pub(super) fn receive(&mut self, notice: Notice) {
        match notice {
            Notice::Published(epoch, step) => self.relay.receive(epoch, step),
            Notice::Lost => self.relay.lost(),
        };
    }

    /// Runs a tick: reads the dirty pages, unless such reads are still in flight.
    pub(super) fn tick(&mut self, world: &World) {
        if self
            .readings
            .iter()
            .any(|r| matches!(r.read, Read::Again(_)))
        {
            return;
        }
        for due in self.relay.take_dirty() {
            let (page, position) = world.read(due.number);
            self.readings.push(Reading {
                page,
                position,
                read: Read::Again(due),
            });
        }
    }

    pub(super) fn arrive(&mut self, reading: Reading, links: &mut [Link]) {
        let number = reading.page.number;
        let Reading {
            page,
            position,
            read,
        } = reading;
        match read {
            Read::First(opening) => drop(self.relay.open(opening, page, position)),
            Read::Again(due) => drop(self.relay.read(due, page, position)),
        }
        let waiting = std::mem::take(&mut self.waiting);
        for (client, id, page, since) in waiting {
            if page == number && self.relay.has(number) {
                self.join(client, id, page, since, links);
            } else {
                self.waiting.push((client, id, page, since));
            }
        }
        self.close_unwatched();
    }

    pub(super) fn subscribe(
        &mut self,
        client: usize,
        id: u32,
        number: PageNumber,
        since: Option<Position>,
        world: &World,
        links: &mut [Link],
    ) {
        self.leave(client, number);
        if self.relay.has(number) {
            return self.join(client, id, number, since, links);
        }
        self.waiting.push((client, id, number, since));
        let is_first = |r: &Reading| matches!(r.read, Read::First(_)) && r.page.number == number;
        if !self.readings.iter().any(is_first) {
            let (page, position) = world.read(number);
            self.readings.push(Reading {
                page,
                position,
                read: Read::First(self.relay.opening()),
            });
        }
    }

    pub(super) fn join(
        &mut self,
        client: usize,
        id: u32,
        number: PageNumber,
        since: Option<Position>,
        links: &mut [Link],
    ) {
        let join = self.relay.join(number, since).expect("it is open");
        let (recovered, cursor) = match join {
            Join::Recovered(cursor) => (true, cursor),
            Join::Whole => (false, Cursor::default()),
            Join::Behind => return self.waiting.push((client, id, number, since)),
        };
        self.followers.insert((client, number), cursor);
        links[client].down.push_back(Event::Subscribed {
            id,
            channel: Channel::Page(self.relay.key().clone(), number),
            recovered,
        });
    }

    pub(super) fn leave(&mut self, client: usize, number: PageNumber) {
        self.followers.remove(&(client, number));
        self.waiting
            .retain(|(c, _, n, _)| (*c, *n) != (client, number));
        self.close_unwatched();
    }

    pub(super) fn lose(&mut self, client: usize) {
        self.followers.retain(|(c, _), _| *c != client);
        self.waiting.retain(|(c, ..)| *c != client);
        self.close_unwatched();
    }

    pub(super) fn close_unwatched(&mut self) {
        for number in (1..=PAGES).filter_map(|n| PageNumber::new(n).ok()) {
            let is_followed = self.followers.keys().any(|(_, n)| *n == number);
            let is_wanted = self.waiting.iter().any(|(_, _, n, _)| *n == number);
            if !is_followed && !is_wanted {
                self.relay.close(number);
            }
        }
    }

    /// Sends the next frame to a subscriber with room. Returns whether one was sent.
    pub(super) fn send(&mut self, from: usize, links: &mut [Link]) -> bool {
        let behind: Vec<(usize, PageNumber)> = self
            .followers
            .iter()
            .filter(|((client, number), cursor)| {
                let log = self.relay.log(*number);
                links[*client].down.len() < ROOM && log.is_some_and(|log| log.behind(**cursor) > 0)
            })
            .map(|(who, _)| *who)
            .collect();
        let Some(who) = behind.get(from % behind.len().max(1)).copied() else {
            return false;
        };
        let (Some(log), Some(cursor)) = (self.relay.log(who.1), self.followers.get_mut(&who))
        else {
            return false;
        };
        let Some((frame, next)) = log.next(*cursor) else {
            return false;
        };
        *cursor = next;
        links[who.0].down.push_back(frame);
        true
    }
}

/// A client's connection: its node, and the commands and frames in flight.
#[derive(Default)]
pub(super) struct Link {
    pub(super) node: Option<usize>,
    pub(super) up: VecDeque<Command>,
    pub(super) down: VecDeque<Event>,
}
