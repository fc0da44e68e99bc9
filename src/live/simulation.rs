//! Randomised test of the protocol: two nodes, four clients, one season. The seed decides
//! the order of writes, notices, reads, commands and frames. Connections are cut, pages
//! hidden, notices lost, the season reloaded, the broker stopped.
//!
//! Checked at every step: a client's state is the page at the client's position, and every
//! change fits. Checked after all queues are empty: the state is the current page.
//!
//! `LEADERPORT_SEEDS` sets the number of seeds; `LEADERPORT_SEED` runs one seed.

mod node;
mod world;

use std::collections::HashMap;

use self::node::{Link, Node};
use self::world::{Notice, Random, World};
use super::Client;
use crate::protocol::{Channel, ChannelName, Command, State};
use crate::{Epoch, PageNumber, Position, SeasonKey, Slug};

const STEPS: usize = 500;
const NODES: usize = 2;
const CLIENTS: usize = 4;
const PAGES: u64 = 3;
const PLAYERS: u64 = 140;
/// Frames in flight before a connection counts as slow.
const ROOM: usize = 6;

struct Simulation {
    random: Random,
    world: World,
    nodes: Vec<Node>,
    clients: Vec<Client>,
    links: Vec<Link>,
    /// Whether notices are lost, seasons reloaded and the broker stopped. True for odd
    /// seeds.
    is_stormy: bool,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let key = SeasonKey {
            board: Slug::new("atp").expect("a slug"),
            season: "all".parse().expect("a season"),
        };
        let mut random = Random(seed);
        let mut ranking: Vec<(i64, u64)> = (0..90 + random.below(40))
            .map(|player| (i64::try_from(random.below(1000)).expect("small"), player))
            .collect();
        ranking.sort_unstable_by(|a, b| b.cmp(a));
        let position = Position {
            epoch: Epoch(1),
            offset: 7,
        };
        let world = World {
            past: HashMap::from([(position, ranking.clone())]),
            key,
            position,
            ranking,
            is_away: false,
        };
        Self {
            random,
            nodes: (0..NODES).map(|_| Node::new(&world.key)).collect(),
            world,
            clients: vec![Client::default(); CLIENTS],
            links: (0..CLIENTS).map(|_| Link::default()).collect(),
            is_stormy: seed % 2 == 1,
        }
    }

    fn channel(&self, number: PageNumber) -> Channel {
        Channel::Page(self.world.key.clone(), number)
    }

    fn tell(&mut self, notice: Notice) {
        for node in &mut self.nodes {
            node.notices.push_back(notice);
        }
    }

    fn step(&mut self) {
        let client = self.random.pick(CLIENTS);
        let node = self.random.pick(NODES);
        match self.random.below(100) {
            // Calm runs write less, so clients often reconnect without having missed a
            // change.
            6..=17 | 97.. if !self.is_stormy => {}
            0..=17 if !self.world.is_away => {
                let step = self.world.write(&mut self.random);
                let epoch = self.world.position.epoch;
                self.tell(Notice::Published(epoch, step));
            }
            18..=31 => self.deliver_notice(node),
            32..=41 => self.nodes[node].tick(&self.world),
            42..=52 => self.arrive(node),
            53..=62 => self.deliver_command(client),
            63..=72 => {
                let from = self.random.pick(CLIENTS * 3);
                self.nodes[node].send(from, &mut self.links);
            }
            73..=84 => self.deliver_frame(client),
            85..=88 => {
                let number = self.random.page();
                let channel = self.channel(number);
                // A page may start with the state of an HTTP answer.
                let read = (!self.world.is_away && self.random.below(2) == 0)
                    .then(|| self.world.read(number))
                    .map(|(page, position)| (State::Page(page), position));
                let known = self.clients[client].state(&channel).is_some();
                let command = self.clients[client].watch(&channel, read.filter(|_| !known));
                self.links[client].up.extend(command);
            }
            89..=90 => {
                let number = self.random.page();
                let channel = self.channel(number);
                let (command, _) = self.clients[client].unwatch(&channel);
                self.links[client].up.extend(command);
            }
            91..=93 => self.connect(client, node),
            94 => self.cut(client),
            95 => {
                let commands = self.clients[client].pause();
                self.links[client].up.extend(commands);
            }
            96 => {
                let commands = self.clients[client].resume();
                self.links[client].up.extend(commands);
            }
            97 if self.random.below(4) == 0 && !self.world.is_away => {
                self.world.load_again();
                self.tell(Notice::Lost);
            }
            98 if self.random.below(3) == 0 => {
                // The node loses its subscription to the notices.
                self.nodes[node].notices.clear();
                self.nodes[node].receive(Notice::Lost);
            }
            99 if self.random.below(3) == 0 => {
                self.world.is_away = !self.world.is_away;
                self.tell(Notice::Lost);
            }
            _ => {}
        }
    }

    fn deliver_notice(&mut self, node: usize) {
        if let Some(notice) = self.nodes[node].notices.pop_front() {
            self.nodes[node].receive(notice);
        }
    }

    fn arrive(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        if !node.readings.is_empty() {
            let n = self.random.pick(node.readings.len());
            let reading = node.readings.swap_remove(n);
            node.arrive(reading, &mut self.links);
        }
    }

    fn connect(&mut self, client: usize, node: usize) {
        if self.links[client].node.is_none() {
            self.links[client].node = Some(node);
            let commands = self.clients[client].opened();
            self.links[client].up.extend(commands);
        }
    }

    fn cut(&mut self, client: usize) {
        let link = std::mem::take(&mut self.links[client]);
        if let Some(node) = link.node {
            self.nodes[node].lose(client);
            self.clients[client].closed(None, 0.0);
        }
    }

    fn deliver_command(&mut self, client: usize) {
        let Some(node) = self.links[client].node else {
            self.links[client].up.clear();
            return;
        };
        let number = |name: &str| match name.parse() {
            Ok(ChannelName::Of(Channel::Page(_, number))) => number,
            other => panic!("expected a page channel, got {other:?}"),
        };
        match self.links[client].up.pop_front() {
            Some(Command::Subscribe {
                id, channel, since, ..
            }) => {
                let number = number(&channel);
                let (world, links) = (&self.world, &mut self.links);
                self.nodes[node].subscribe(client, id, number, since, world, links);
            }
            Some(Command::Unsubscribe { channel, .. }) => {
                self.nodes[node].leave(client, number(&channel));
            }
            Some(other) => panic!("unexpected command {other:?}"),
            None => {}
        }
    }

    fn deliver_frame(&mut self, client: usize) {
        let Some(event) = self.links[client].down.pop_front() else {
            return;
        };
        let received = self.clients[client].receive(event);
        assert_eq!(self.clients[client].misfits(), 0, "a change did not fit");
        if let Some(news) = received.news {
            let (state, position) = self.clients[client].state(&news).expect("it is watched");
            self.world.check(state, position);
        }
        self.links[client].up.extend(received.commands);
    }

    /// Delivers everything in flight.
    fn settle(&mut self) {
        if self.is_stormy {
            self.world.is_away = false;
            self.tell(Notice::Lost);
        }
        for client in 0..CLIENTS {
            let node = self.random.pick(NODES);
            self.connect(client, node);
            let commands = self.clients[client].resume();
            self.links[client].up.extend(commands);
        }
        for _ in 0..400 {
            for node in 0..NODES {
                self.deliver_notice(node);
                self.nodes[node].tick(&self.world);
                self.arrive(node);
                while self.nodes[node].send(0, &mut self.links) {}
            }
            for client in 0..CLIENTS {
                self.deliver_command(client);
                self.deliver_frame(client);
            }
        }
        for (client, link) in self.clients.iter().zip(&self.links) {
            assert!(
                link.down.is_empty() && link.up.is_empty(),
                "queues are empty"
            );
            for channel in client.channels() {
                let Channel::Page(_, number) = channel else {
                    panic!("expected a page channel");
                };
                assert!(client.is_live(channel), "{channel} is live");
                let (state, position) = client.state(channel).expect("it is held");
                let (now, _) = self.world.read(*number);
                let is_newest = *state == State::Page(now);
                assert!(is_newest, "{channel} is stale at {position}");
            }
        }
    }

    fn joined(&self) -> (u64, u64) {
        let all = self.clients.iter().map(Client::joined);
        all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }
}

#[test]
fn clients_hold_consistent_states_and_converge_under_any_schedule() {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seeds = match number("LEADERPORT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LEADERPORT_SEEDS").unwrap_or(1_000),
    };
    let (mut recovered, mut whole) = (0, 0);
    for seed in seeds.clone() {
        let run = std::panic::catch_unwind(|| {
            let mut simulation = Simulation::new(seed);
            for _ in 0..STEPS {
                simulation.step();
            }
            simulation.settle();
            simulation.joined()
        });
        match run {
            Ok(joined) => {
                recovered += joined.0;
                whole += joined.1;
            }
            Err(panic) => {
                eprintln!("reproduce with LEADERPORT_SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    eprintln!(
        "{} seeds: {recovered} subscriptions recovered, {whole} whole",
        seeds.count()
    );
    assert!(recovered > 0 && whole > 0);
}
