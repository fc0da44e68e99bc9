//! The protocol tried by seeds: two nodes, four clients, a season that is written to;
//! notices, reads, commands and frames take their time, in an order that the seed
//! decides; connections are cut, pages hidden, notices lost, the season loaded anew,
//! the broker away.
//!
//! Checked at every step: what a client holds is what the page was at the position
//! that it says, and no change ever failed to fit. Checked when all is quiet: it is
//! the page as it is.
//!
//! `LEADERPORT_SEEDS` says how many seeds are tried, `LEADERPORT_SEED` which one alone.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{Client, Cursor, Due, Join, Opening, Relay, Step};
use crate::protocol::{Channel, ChannelName, Command, Event, State};
use crate::{
    Epoch, PAGE_SIZE, Page, PageNumber, PlayerId, PlayerName, Position, Rank, Row, Score,
    SeasonKey, Slug, Timestamp,
};

const STEPS: usize = 500;
const NODES: usize = 2;
const CLIENTS: usize = 4;
const PAGES: u64 = 3;
const PLAYERS: u64 = 140;
/// Frames that a connection takes before it is slow.
const ROOM: usize = 6;

/// `SplitMix64`. Source: G. Steele, D. Lea, C. Flood, OOPSLA 2014.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn pick(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).expect("small")
    }

    fn page(&mut self) -> PageNumber {
        PageNumber::new(1 + self.below(PAGES)).expect("a page")
    }
}

#[derive(Debug, Clone, Copy)]
enum Notice {
    Published(Epoch, Step),
    /// Loaded anew, or away, or back: everything may differ.
    Lost,
}

/// The season as the broker has it.
struct World {
    key: SeasonKey,
    position: Position,
    /// Scores and players, the best first.
    ranking: Vec<(i64, u64)>,
    past: HashMap<Position, Vec<(i64, u64)>>,
    is_away: bool,
}

impl World {
    fn page(ranking: &[(i64, u64)], number: PageNumber) -> Page {
        let start = usize::try_from(number.start()).expect("small");
        let rows = (number.start()..).zip(ranking.iter().skip(start));
        let rows = rows.take(usize::try_from(PAGE_SIZE).expect("small"));
        let rows = rows.map(|(place, (score, player))| {
            let player = PlayerId::new(&format!("p{player}")).expect("an id");
            Row {
                rank: Rank::after(place),
                name: PlayerName::from(&player),
                player,
                score: Score::new(*score).expect("small"),
                achieved_at: Timestamp::MIN,
            }
        });
        Page {
            number,
            total: ranking.len() as u64,
            rows: rows.collect(),
        }
    }

    fn read(&self, number: PageNumber) -> (Page, Position) {
        let page = Self::page(&self.ranking, number);
        let position = if self.is_away {
            Position::DEGRADED
        } else {
            self.position
        };
        (page, position)
    }

    /// Writes some scores; what is published together.
    fn write(&mut self, random: &mut Random) -> Step {
        let first = self.position.offset + 1;
        let (mut top, mut bottom, mut is_resized) = (u64::MAX, 0, false);
        for _ in 0..=random.below(3) {
            let player = random.below(PLAYERS);
            let old = self.ranking.iter().position(|(_, p)| *p == player);
            let before = old.map(|place| self.ranking.remove(place).0);
            let is_leaving = before.is_some() && random.below(6) == 0;
            let mut touched: Vec<usize> = old.into_iter().collect();
            if !is_leaving {
                let near =
                    before.unwrap_or(500) + i64::try_from(random.below(41)).expect("small") - 20;
                let entry = (near, player);
                let place = self.ranking.partition_point(|other| *other > entry);
                self.ranking.insert(place, entry);
                touched.push(place);
            } else if let Some(old) = old {
                touched.push(self.ranking.len().max(old));
            }
            is_resized |= before.is_none() || is_leaving;
            if before.is_none() {
                touched.push(self.ranking.len());
            }
            top = top.min(touched.iter().copied().min().unwrap_or(0) as u64);
            bottom = bottom.max(touched.iter().copied().max().unwrap_or(0) as u64);
            self.position.offset += 1;
            self.past.insert(self.position, self.ranking.clone());
        }
        Step {
            first,
            last: self.position.offset,
            pages: (PageNumber::holding(top), PageNumber::holding(bottom)),
            is_resized,
        }
    }

    fn load_anew(&mut self) {
        self.position = Position {
            epoch: Epoch(self.position.epoch.0 + 1),
            offset: 0,
        };
        self.past.insert(self.position, self.ranking.clone());
    }

    fn check(&self, state: &State, position: Position) {
        let State::Page(page) = state else {
            panic!("a page");
        };
        if !position.is_degraded() {
            let then = Self::page(&self.past[&position], page.number);
            let is_so = *page == then;
            assert!(is_so, "page {} was not so at {position}", page.number.get());
        }
    }
}

/// A read that was made and has not arrived yet.
struct Reading {
    page: Page,
    position: Position,
    read: Read,
}

/// Which read of a page.
#[derive(Clone, Copy)]
enum Read {
    First(Opening),
    Again(Due),
}

struct Node {
    relay: Relay<Event>,
    notices: VecDeque<Notice>,
    readings: Vec<Reading>,
    /// Who waits for a page: client, command, position.
    waiting: Vec<(usize, u32, PageNumber, Option<Position>)>,
    followers: BTreeMap<(usize, PageNumber), Cursor>,
}

impl Node {
    fn new(key: &SeasonKey) -> Self {
        Self {
            relay: Relay::new(key.clone()),
            notices: VecDeque::new(),
            readings: Vec::new(),
            waiting: Vec::new(),
            followers: BTreeMap::new(),
        }
    }

    fn hear(&mut self, notice: Notice) {
        match notice {
            Notice::Published(epoch, step) => self.relay.hear(epoch, step),
            Notice::Lost => self.relay.lost(),
        };
    }

    /// A tick: what must be read is, unless a read of it is under way.
    fn tick(&mut self, world: &World) {
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

    fn arrive(&mut self, reading: Reading, links: &mut [Link]) {
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

    fn subscribe(
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

    fn join(
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

    fn leave(&mut self, client: usize, number: PageNumber) {
        self.followers.remove(&(client, number));
        self.waiting
            .retain(|(c, _, n, _)| (*c, *n) != (client, number));
        self.close_unwatched();
    }

    fn lose(&mut self, client: usize) {
        self.followers.retain(|(c, _), _| *c != client);
        self.waiting.retain(|(c, ..)| *c != client);
        self.close_unwatched();
    }

    fn close_unwatched(&mut self) {
        for number in (1..=PAGES).filter_map(|n| PageNumber::new(n).ok()) {
            let is_followed = self.followers.keys().any(|(_, n)| *n == number);
            let is_wanted = self.waiting.iter().any(|(_, _, n, _)| *n == number);
            if !is_followed && !is_wanted {
                self.relay.close(number);
            }
        }
    }

    /// Sends the next frame to somebody who has room. Whether there was one.
    fn send(&mut self, from: usize, links: &mut [Link]) -> bool {
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

/// A client's connection: to which node, and what is on its way.
#[derive(Default)]
struct Link {
    node: Option<usize>,
    up: VecDeque<Command>,
    down: VecDeque<Event>,
}

struct Simulation {
    random: Random,
    world: World,
    nodes: Vec<Node>,
    clients: Vec<Client>,
    links: Vec<Link>,
    /// Whether notices are lost, seasons loaded anew, and the broker is away.
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
            // Where it is calm, much is as it was when somebody comes back.
            6..=17 if !self.is_stormy => {}
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
                // A page may begin with what an answer over HTTP said.
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
            97.. if !self.is_stormy => {}
            97 if self.random.below(4) == 0 && !self.world.is_away => {
                self.world.load_anew();
                self.tell(Notice::Lost);
            }
            98 if self.random.below(3) == 0 => {
                // This node could not follow the notices.
                self.nodes[node].notices.clear();
                self.nodes[node].hear(Notice::Lost);
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
            self.nodes[node].hear(notice);
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
            other => panic!("a page, not {other:?}"),
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
            Some(other) => panic!("it asks for {other:?}"),
            None => {}
        }
    }

    fn deliver_frame(&mut self, client: usize) {
        let Some(event) = self.links[client].down.pop_front() else {
            return;
        };
        let heard = self.clients[client].hear(event);
        assert_eq!(self.clients[client].misfits(), 0, "a change did not fit");
        if let Some(news) = heard.news {
            let (state, position) = self.clients[client].state(&news).expect("it is watched");
            self.world.check(state, position);
        }
        self.links[client].up.extend(heard.commands);
    }

    /// Lets everything arrive that is on its way.
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
                "it comes to rest"
            );
            for channel in client.channels() {
                let Channel::Page(_, number) = channel else {
                    panic!("a page");
                };
                assert!(client.is_live(channel), "{channel} is heard");
                let (state, position) = client.state(channel).expect("it is held");
                let (now, _) = self.world.read(*number);
                let is_newest = *state == State::Page(now);
                assert!(is_newest, "{channel} is as of {position}, not of now");
            }
        }
    }

    fn joined(&self) -> (u64, u64) {
        let all = self.clients.iter().map(Client::joined);
        all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }
}

#[test]
fn whatever_happens_clients_hold_what_was_and_end_with_what_is() {
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
                eprintln!("LEADERPORT_SEED={seed} shows it again");
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
