//! One season in memory: its rank index, versions and stream.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};

use leaderport::board::Ranking;
use leaderport::ranking::rank_index::{Member, MemberOrder, RankIndex};
use leaderport::service::ports::broker::{Change, Missed, PlaceRead, Publication, Slice};
use leaderport::service::ports::stored::{Ranks, StoredStanding};
use leaderport::{Epoch, PlayerId, Position, Rank, Row, Score, SortKey, TieRule, Timestamp};

use super::players::{Players, Shown};

/// Members by player number. The numbers are the server's own, so the hash of `std`, which resists
/// chosen keys, would only cost time.
type Members = hashbrown::HashMap<u32, Member>;

/// Maximum number of publications in a stream.
pub(super) const STREAM_LENGTH: usize = 1024;

/// The ranked state of a season. A *member* is a player's number within the season, assigned in
/// order of arrival.
pub(super) struct SeasonState {
    ranking: Ranking,
    epoch: Epoch,
    offset: u64,
    index: RankIndex,
    /// Player number to member, including players without a standing.
    members: Members,
    /// Member to player number.
    players: Vec<u32>,
    versions: Vec<u64>,
    stream: VecDeque<Publication>,
}

/// Orders members with equal keys by player id.
struct ById<'a> {
    players: &'a Players,
    numbers: &'a [u32],
}

/// The standings of a season that is being loaded.
pub(super) struct Loading {
    ranking: Ranking,
    /// The players' ids, by member.
    ids: Vec<PlayerId>,
    /// The players' numbers, by member.
    numbers: Vec<u32>,
    versions: Vec<u64>,
    keys: Vec<(SortKey, Member)>,
}

impl Loading {
    pub(super) fn new(ranking: Ranking) -> Self {
        Self {
            ranking,
            ids: Vec::new(),
            numbers: Vec::new(),
            versions: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// Adds standings, with the numbers of their players.
    pub(super) fn add(&mut self, standings: Vec<StoredStanding>, numbers: Vec<u32>) {
        for (stored, number) in standings.into_iter().zip(numbers) {
            let slot = u32::try_from(self.numbers.len()).expect("fewer than 2^28 members");
            // A removed standing has a version, but no place in the index.
            let key = stored.standing.map(|s| s.key(self.ranking.order));
            self.keys.extend(key.map(|key| (key, Member(slot))));
            self.ids.push(stored.player);
            self.numbers.push(number);
            self.versions.push(stored.version);
        }
    }

    /// Ranks the season. Needs no lock: ties are ordered by the ids at hand.
    pub(super) fn finish(self, epoch: Epoch) -> SeasonState {
        let members = (0..).zip(&self.numbers);
        let members = members.map(|(slot, number)| (*number, Member(slot)));
        SeasonState {
            ranking: self.ranking,
            epoch,
            offset: 0,
            members: members.collect(),
            index: RankIndex::build(self.keys, &ByOwnId(&self.ids)),
            players: self.numbers,
            versions: self.versions,
            stream: VecDeque::new(),
        }
    }
}

/// Orders members with equal keys by their ids.
struct ByOwnId<'a>(&'a [PlayerId]);

impl MemberOrder for ByOwnId<'_> {
    fn compare(&self, a: Member, b: Member) -> Ordering {
        let id = |m: Member| self.0[m.0 as usize].as_str().as_bytes();
        id(a).cmp(id(b))
    }
}

impl MemberOrder for ById<'_> {
    fn compare(&self, a: Member, b: Member) -> Ordering {
        let number = |m: Member| self.numbers[m.0 as usize];
        self.players.compare(number(a), number(b))
    }
}

impl SeasonState {
    /// The rules of the ranking.
    pub(super) fn ranking(&self) -> Ranking {
        self.ranking
    }

    pub(super) fn position(&self) -> Position {
        Position {
            epoch: self.epoch,
            offset: self.offset,
        }
    }

    /// Applies a change. Returns its ranks, and a publication if the season changed.
    pub(super) fn apply(
        &mut self,
        change: &Change,
        number: u32,
        players: &Players,
    ) -> (Option<Ranks>, Option<Publication>) {
        let known = self.members.get(&number).copied();
        if let Some(member) = known
            && self.versions[member.0 as usize] >= change.version
        {
            return (self.unchanged(member), None);
        }
        let member = known.unwrap_or_else(|| self.enter(number));
        self.versions[member.0 as usize] = change.version;
        let before = self
            .standing(number)
            .map(|m| (self.ordinal(m), self.rank(m), self.score(m)));
        let Some(standing) = change.standing else {
            let left = before.map(|before| self.leave(&change.player, member, before));
            return (None, left);
        };
        let key = standing.key(self.ranking.order);
        let order = ById {
            players,
            numbers: &self.players,
        };
        if self.index.update(member, key, &order) == Some(key) {
            return (self.unchanged(member), None);
        }
        let ordinal = self.ordinal(member);
        let touched = self.touched(before.map(|(ordinal, ..)| ordinal), ordinal);
        let previous = before.map(|(_, rank, score)| (rank, score));
        let publication = self.publish(&change.player, member, previous, touched);
        let previous = before.map(|(_, rank, _)| rank);
        (self.ranks(member, previous), Some(publication))
    }

    /// The member of a player with a standing.
    fn standing(&self, number: u32) -> Option<Member> {
        let member = *self.members.get(&number)?;
        self.index.contains(member).then_some(member)
    }

    /// Removes a member from its place, and publishes the change.
    fn leave(
        &mut self,
        player: &PlayerId,
        member: Member,
        (place, rank, score): (u64, Rank, Option<Score>),
    ) -> Publication {
        let last = self.index.len() - 1;
        self.index.remove(member);
        self.publish(player, member, Some((rank, score)), (place, last))
    }

    /// The score; `None` without a standing.
    fn score(&self, member: Member) -> Option<Score> {
        let key = self.index.key(member);
        key.map(|key| key.score(self.ranking.order))
    }

    /// Publishes a player's row again, after a rename. `None` without a standing.
    pub(super) fn renamed(&mut self, number: u32, players: &Players) -> Option<Publication> {
        let member = self.standing(number)?;
        let place = self.ordinal(member);
        let before = (self.rank(member), self.score(member));
        Some(self.publish(&players.id(number), member, Some(before), (place, place)))
    }

    fn enter(&mut self, number: u32) -> Member {
        let next = u32::try_from(self.players.len()).expect("fewer than 2^28 members");
        self.members.insert(number, Member(next));
        self.players.push(number);
        self.versions.push(0);
        Member(next)
    }

    fn unchanged(&self, member: Member) -> Option<Ranks> {
        let now = self.index.contains(member).then(|| self.rank(member));
        self.ranks(member, now)
    }

    /// The ranks; `None` without a standing.
    fn ranks(&self, member: Member, previous: Option<Rank>) -> Option<Ranks> {
        self.index.contains(member).then(|| Ranks {
            rank: self.rank(member),
            previous,
            position: self.position(),
        })
    }

    fn publish(
        &mut self,
        player: &PlayerId,
        member: Member,
        previous: Option<(Rank, Option<Score>)>,
        touched: (u64, u64),
    ) -> Publication {
        self.offset += 1;
        let score = self.score(member);
        let publication = Publication {
            player: player.clone(),
            now: score.map(|score| (score, self.rank(member))),
            previous: previous.map(|(rank, _)| rank),
            previous_score: previous.and_then(|(_, score)| score),
            position: self.position(),
            touched,
            total: self.index.len(),
        };
        if self.stream.len() == STREAM_LENGTH {
            self.stream.pop_front();
        }
        self.stream.push_back(publication.clone());
        publication
    }

    /// First and last place whose row may change when a member moves from `before` to `after`.
    fn touched(&self, before: Option<u64>, after: u64) -> (u64, u64) {
        let last = self.index.len().saturating_sub(1);
        match (before, self.ranking.tie) {
            (None, _) => (after, last),
            (Some(before), TieRule::Earliest) => (before.min(after), before.max(after)),
            // The ranks of the players who were tied with the member change too; under `dense`,
            // also all ranks below them.
            (Some(before), TieRule::Shared | TieRule::Dense) => (before.min(after), last),
        }
    }

    fn ordinal(&self, member: Member) -> u64 {
        self.index
            .ordinal(member)
            .expect("members are in the index")
    }

    fn rank(&self, member: Member) -> Rank {
        match self.ranking.tie {
            TieRule::Earliest => Rank::after(self.ordinal(member)),
            tie => self
                .index
                .place(member)
                .expect("members are in the index")
                .rank(tie),
        }
    }

    fn row(&self, player: Shown<'_>, rank: Rank, key: SortKey) -> Row {
        let id = player.id();
        Row {
            rank,
            name: player.name(&id),
            player: id,
            score: key.score(self.ranking.order),
            achieved_at: key.reached(),
        }
    }

    pub(super) fn slice(&self, players: &Players, start: u64, limit: usize) -> Slice {
        let places = self.index.page(start, limit, self.ranking.tie);
        // Ranked neighbours are anywhere in memory. Short loops over all rows let the processor wait
        // for many of them at a time.
        let numbers = places.iter().map(|(_, m, _)| self.players[m.0 as usize]);
        let numbers: Vec<u32> = numbers.collect();
        let shown: Vec<Shown<'_>> = numbers.iter().map(|n| players.shown(*n)).collect();
        let rows = places.iter().zip(shown);
        Slice {
            total: self.index.len(),
            start,
            rows: rows
                .map(|((rank, _, key), player)| self.row(player, *rank, *key))
                .collect(),
            position: self.position(),
        }
    }

    pub(super) fn around(&self, players: &Players, number: u32, limit: usize) -> Option<Slice> {
        let member = self.standing(number)?;
        let window = limit as u64;
        let middle = self.ordinal(member).saturating_sub(window / 2);
        let start = middle.min(self.index.len().saturating_sub(window));
        Some(self.slice(players, start, limit))
    }

    pub(super) fn place(&self, players: &Players, number: u32) -> Option<PlaceRead> {
        let member = self.standing(number)?;
        let place = self.index.place(member).expect("members are in the index");
        let key = self.index.key(member).expect("members are in the index");
        let rank = place.rank(self.ranking.tie);
        Some(PlaceRead {
            row: Some(self.row(players.shown(number), rank, key)),
            rank,
            ordinal: place.ordinal,
            total: self.index.len(),
            below: self.below(place.ordinal, key),
            position: self.position(),
        })
    }

    /// Number of players ranked strictly below a place.
    fn below(&self, ordinal: u64, key: SortKey) -> u64 {
        let upto = match self.ranking.tie {
            TieRule::Earliest => ordinal + 1,
            TieRule::Shared | TieRule::Dense => self.index.place_of_score(key).ordinal,
        };
        self.index.len().saturating_sub(upto)
    }

    pub(super) fn place_of_score(&self, score: Score) -> PlaceRead {
        let key = SortKey::new(score, self.ranking.order, Timestamp::MAX);
        let place = self.index.place_of_score(key);
        PlaceRead {
            row: None,
            rank: place.rank(self.ranking.tie),
            ordinal: place.ordinal,
            total: self.index.len(),
            below: self.index.len() - place.ordinal,
            position: self.position(),
        }
    }

    pub(super) fn place_of_rank(&self, rank: Rank) -> u64 {
        let last = self.index.len().saturating_sub(1);
        let place = self.index.place_of_rank(rank, self.ranking.tie);
        place.unwrap_or(last)
    }

    pub(super) fn versions(&self, players: &Players) -> HashMap<PlayerId, u64> {
        let numbers = self.players.iter().map(|number| players.id(*number));
        numbers.zip(self.versions.iter().copied()).collect()
    }

    pub(super) fn missed(&self, since: Position) -> Missed {
        let kept_from = self.offset - self.stream.len() as u64;
        if since.epoch != self.epoch || since.offset < kept_from || since.offset > self.offset {
            return Missed::Gone;
        }
        let newer = self
            .stream
            .iter()
            .filter(|p| p.position.offset > since.offset);
        Missed::All(newer.cloned().collect())
    }
}
