//! Tests of the near cache: which copies it returns as fresh, as stale, or not at all.

use std::sync::Arc;

use crate::service::leaderboards::near_cache::*;
use crate::{Epoch, PAGE_SIZE, Rank, Score};

fn key() -> SeasonKey {
    SeasonKey {
        board: Slug::new("arena").unwrap(),
        season: "all".parse().unwrap(),
    }
}

fn at(epoch: u64, offset: u64) -> Position {
    let epoch = Epoch(epoch);
    Position { epoch, offset }
}

fn slice(total: u64, position: Position) -> Slice {
    Slice {
        total,
        start: 0,
        rows: Vec::new(),
        position,
    }
}

fn page(number: u64) -> PageNumber {
    PageNumber::new(number).unwrap()
}

fn publication(position: Position, first: u64, last: u64, total: u64) -> Publication {
    Publication {
        player: crate::PlayerId::new("ann").unwrap(),
        now: Some((Score::new(1).unwrap(), Rank::after(first))),
        previous: None,
        previous_score: None,
        position,
        touched: (first, last),
        total,
    }
}

/// A near cache, and the current time of its node.
struct Node(Near, Instant);

impl Node {
    fn new(capacity: usize) -> Self {
        let began = tokio::time::Instant::now();
        Self(Near::new(capacity), began)
    }

    fn read(&self, number: u64, slice: &Slice) {
        let reading = self.0.begin(&key(), page(number));
        self.0.end(reading, Some(slice), self.1);
    }

    fn receive(&self, publications: &[Publication]) {
        let published = Arc::from(publications);
        self.0.receive(&Notice::Published(key(), published));
    }

    fn lookup(&self, number: u64) -> Lookup {
        self.0.lookup(&key(), page(number), self.1)
    }

    fn pages(&self) -> usize {
        let copies = self.0.lock();
        let held = copies.seasons.iter().flat_map(|(key, season)| {
            let pages = season.pages.iter();
            pages.map(move |(number, copy)| (copy.used, (key.clone(), *number)))
        });
        let held: BTreeMap<_, _> = held.collect();
        assert_eq!(copies.uses.pages, held, "every page has one use");
        held.len()
    }
}

#[test]
fn untouched_page_is_fresh_at_the_newest_position() {
    let node = Node::new(8);
    node.read(1, &slice(60, at(1, 4)));
    assert_eq!(node.lookup(1), Lookup::Fresh(slice(60, at(1, 4))));
    assert_eq!(node.lookup(2), Lookup::Nothing);
    node.receive(&[publication(at(1, 5), 55, 60, 61)]);
    assert_eq!(node.lookup(1), Lookup::Fresh(slice(61, at(1, 5))));
}

#[test]
fn total_is_that_of_the_position() {
    let node = Node::new(8);
    node.read(1, &slice(60, at(1, 4)));
    node.read(2, &slice(60, at(1, 4)));
    node.receive(&[
        publication(at(1, 5), 55, 60, 61),
        publication(at(1, 6), 60, 61, 62),
        publication(at(1, 7), 62, 62, 63),
    ]);
    assert_eq!(node.lookup(1), Lookup::Fresh(slice(63, at(1, 7))));
    assert_eq!(node.lookup(2), Lookup::Stale(slice(60, at(1, 4))));
    // A read that is newer than the received publications keeps its own total.
    node.read(2, &slice(65, at(1, 9)));
    node.receive(&[publication(at(1, 8), 900, 900, 64)]);
    assert_eq!(node.lookup(2), Lookup::Fresh(slice(65, at(1, 9))));
}

#[test]
fn touched_page_is_stale() {
    let node = Node::new(8);
    node.read(1, &slice(60, at(1, 4)));
    node.read(2, &slice(60, at(1, 4)));
    let edge = PAGE_SIZE - 1;
    node.receive(&[publication(at(1, 5), edge, edge, 60)]);
    assert_eq!(node.lookup(1), Lookup::Stale(slice(60, at(1, 4))));
    assert_eq!(node.lookup(2), Lookup::Fresh(slice(60, at(1, 5))));
    node.read(1, &slice(60, at(1, 5)));
    assert_eq!(node.lookup(1), Lookup::Fresh(slice(60, at(1, 5))));
}

#[test]
fn publications_contained_in_a_read_leave_it_fresh() {
    let node = Node::new(8);
    node.read(1, &slice(60, at(1, 4)));
    node.read(1, &slice(60, at(1, 6)));
    node.receive(&[5, 6].map(|n| publication(at(1, n), 0, 0, 60)));
    assert_eq!(node.lookup(1), Lookup::Fresh(slice(60, at(1, 6))));
    node.receive(&[publication(at(1, 7), 0, 0, 60)]);
    assert_eq!(node.lookup(1), Lookup::Stale(slice(60, at(1, 6))));
}

#[test]
fn read_overtaken_by_publications_is_stale() {
    let node = Node::new(8);
    let slow = node.0.begin(&key(), page(1));
    node.receive(&[publication(at(1, 5), 0, 0, 60)]);
    node.0.end(slow, Some(&slice(60, at(1, 4))), node.1);
    assert_eq!(node.lookup(1), Lookup::Stale(slice(60, at(1, 4))));
    // An older read never replaces a newer copy.
    node.read(1, &slice(60, at(1, 5)));
    node.read(1, &slice(60, at(1, 3)));
    assert_eq!(node.lookup(1), Lookup::Fresh(slice(60, at(1, 5))));
}

#[test]
fn copy_older_than_an_answer_is_not_fresh() {
    let node = Node::new(8);
    node.read(1, &slice(60, at(1, 4)));
    node.0.see(&key(), at(1, 6));
    assert_eq!(node.lookup(1), Lookup::Stale(slice(60, at(1, 4))));
    node.receive(&[publication(at(1, 5), 55, 55, 60)]);
    assert!(matches!(node.lookup(1), Lookup::Stale(_)));
    node.receive(&[publication(at(1, 6), 55, 55, 60)]);
    assert_eq!(node.lookup(1), Lookup::Fresh(slice(60, at(1, 6))));
    // The same holds while a page is being read.
    let reading = node.0.begin(&key(), page(2));
    node.0.see(&key(), at(1, 7));
    node.0.end(reading, Some(&slice(60, at(1, 6))), node.1);
    assert!(matches!(node.lookup(2), Lookup::Stale(_)));
}

#[test]
fn possibly_missed_changes_drop_the_copies() {
    let lost = |notice: &Notice| {
        let node = Node::new(8);
        node.read(1, &slice(60, at(1, 4)));
        let reading = node.0.begin(&key(), page(2));
        node.0.receive(notice);
        node.0.end(reading, Some(&slice(60, at(1, 4))), node.1);
        (node.lookup(1), node.lookup(2), node.pages())
    };
    let gap = [publication(at(1, 6), 900, 900, 60)];
    for notice in [
        Notice::Back,
        Notice::Loaded(key()),
        Notice::Lost(key().board),
        Notice::Published(key(), Arc::from(gap)),
    ] {
        assert_eq!(
            lost(&notice),
            (Lookup::Nothing, Lookup::Nothing, 0),
            "{notice:?}"
        );
    }
    let node = Node::new(8);
    node.read(1, &slice(60, at(1, 4)));
    node.read(2, &slice(60, at(2, 0)));
    assert_eq!(node.lookup(1), Lookup::Nothing, "copy of an ended epoch");
    assert_eq!(node.lookup(2), Lookup::Fresh(slice(60, at(2, 0))));
    assert_eq!(node.pages(), 1);
}

#[test]
fn copy_becomes_stale_and_then_expires() {
    let node = Node::new(8);
    node.read(1, &slice(60, at(1, 4)));
    let lookup = |age| node.0.lookup(&key(), page(1), node.1 + age);
    assert!(matches!(lookup(FRESH / 2), Lookup::Fresh(_)));
    assert!(matches!(lookup(FRESH), Lookup::Stale(_)));
    assert_eq!(lookup(STALE), Lookup::Nothing);
}

#[test]
fn least_recently_used_page_is_evicted_at_capacity() {
    let node = Node::new(2);
    for number in [1, 2] {
        node.read(number, &slice(200, at(1, 4)));
    }
    assert!(matches!(node.lookup(1), Lookup::Fresh(_)));
    node.read(3, &slice(200, at(1, 4)));
    assert_eq!(node.lookup(2), Lookup::Nothing, "least recently used");
    assert_eq!(node.pages(), 2);
    let failed = node.0.begin(&key(), page(4));
    node.0.end(failed, None, node.1);
    node.read(5, &slice(0, Position::DEGRADED));
    node.read(6, &slice(0, Position::NOWHERE));
    assert_eq!(node.pages(), 2);
    node.0.forget(|_| true);
    assert!(
        node.0.lock().seasons.is_empty(),
        "seasons without pages are removed"
    );
}
