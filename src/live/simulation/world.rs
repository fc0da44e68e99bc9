//! The broker's season with its history, and the random source.

use std::collections::HashMap;

use super::{PAGES, PLAYERS};
use crate::live::Step;
use crate::protocol::State;
use crate::{
    Epoch, PAGE_SIZE, Page, PageNumber, PlayerId, PlayerName, Position, Rank, Row, Score,
    SeasonKey, Timestamp,
};

/// `SplitMix64`. Source: G. Steele, D. Lea, C. Flood, OOPSLA 2014.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    pub(super) fn pick(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).expect("small")
    }

    pub(super) fn page(&mut self) -> PageNumber {
        PageNumber::new(1 + self.below(PAGES)).expect("a page")
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Notice {
    Published(Epoch, Step),
    /// The season was reloaded, or the broker stopped or returned: everything may differ.
    Lost,
}

/// The broker's season.
pub(super) struct World {
    pub(super) key: SeasonKey,
    pub(super) position: Position,
    /// Scores and players, best first.
    pub(super) ranking: Vec<(i64, u64)>,
    pub(super) past: HashMap<Position, Vec<(i64, u64)>>,
    pub(super) is_away: bool,
}

impl World {
    pub(super) fn page(ranking: &[(i64, u64)], number: PageNumber) -> Page {
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

    pub(super) fn read(&self, number: PageNumber) -> (Page, Position) {
        let page = Self::page(&self.ranking, number);
        let position = if self.is_away {
            Position::DEGRADED
        } else {
            self.position
        };
        (page, position)
    }

    /// Writes some scores; returns their step.
    pub(super) fn write(&mut self, random: &mut Random) -> Step {
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

    pub(super) fn load_again(&mut self) {
        self.position = Position {
            epoch: Epoch(self.position.epoch.0 + 1),
            offset: 0,
        };
        self.past.insert(self.position, self.ranking.clone());
    }

    pub(super) fn check(&self, state: &State, position: Position) {
        let State::Page(page) = state else {
            panic!("expected a page");
        };
        if !position.is_degraded() {
            let then = Self::page(&self.past[&position], page.number);
            let is_so = *page == then;
            assert!(
                is_so,
                "page {} had another state at {position}",
                page.number.get()
            );
        }
    }
}
