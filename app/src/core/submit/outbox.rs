//! The outbox: submitted scores that the server has not answered yet.
//!
//! Each score is one entry of the browser's storage, named by its submission id. Ids grow with
//! time, so tabs add and remove entries without coordination and agree on the order.
//!
//! Several readers may use one browser. Each score has an owner, and concerns its owner alone:
//! scores of others are neither sent nor shown nor counted, and wait until their owner is back.
//!
//! This module has the logic only. The outbox worker (`browser/offline/outbox_worker.rs`) stores and
//! sends the scores.

use leaderport::protocol::binary;
use leaderport::{PlayerId, PlayerName, Score, Slug, Timestamp};
use serde::{Deserialize, Serialize};

use crate::core::submit::confirmation::Confirmation;

/// The maximum number of scores of one reader in the outbox, refused ones included.
pub const MAX_QUEUED: usize = 50;

/// The maximum number of stored scores of all readers of the browser. Beyond it, a new score
/// replaces the oldest one of another reader.
pub const MAX_STORED: usize = 200;

/// The prefix of the storage keys. Its number changes with the layout of the entries.
pub const PREFIX: &str = "leaderport.outbox3.";

/// A reader whose player is known, as the owner of queued scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreOwner {
    /// The player that the browser's cookies identify.
    pub player: PlayerId,
    /// Whether the player has an account. A player without one is a guest.
    pub has_account: bool,
}

/// A submitted score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueuedScore {
    /// The submission id (a version 7 UUID); it makes a retry idempotent.
    pub id: String,
    /// A secret of this browser. It proves to the server that a retry of a new guest's first score
    /// comes from the browser that sent it before.
    pub proof: String,
    /// The board's slug.
    pub slug: Slug,
    /// The board's title.
    pub title: String,
    /// The owner: the reader's player at the time of the submission. None if the reader had none.
    pub player: Option<PlayerId>,
    /// The player's name, if the reader typed one. Without it, the player keeps their name.
    pub name: Option<PlayerName>,
    /// The text that the reader typed, in the board's format.
    pub score: String,
    /// The value of that text.
    pub value: Score,
    /// When the reader submitted it, by the browser's clock.
    pub at: Timestamp,
    /// The number of attempts that got no answer.
    pub attempts: u32,
    /// The server's answer; none while the score is waiting to be sent.
    pub answer: Option<Answer>,
}

/// The server's answer to a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// The score counts.
    Recorded(Confirmation),
    /// The score does not count, for this reason.
    Refused(String),
}

impl QueuedScore {
    /// The key of its storage entry.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{PREFIX}{}", self.id)
    }

    /// The text of its storage entry.
    #[must_use]
    pub fn text(&self) -> String {
        binary::write_text(self)
    }

    /// Whether a reader owns the score. A score without a player is that of a reader who was
    /// unknown, and who may be a guest now. An account is another reader: its owner was known.
    #[must_use]
    pub fn is_of(&self, reader: Option<&ScoreOwner>) -> bool {
        match (&self.player, reader) {
            (Some(player), Some(reader)) => *player == reader.player,
            (Some(_), None) => false,
            (None, reader) => reader.is_none_or(|reader| !reader.has_account),
        }
    }

    /// The score after another attempt that got no answer.
    #[must_use]
    pub fn tried_again(self) -> Self {
        Self {
            attempts: self.attempts.saturating_add(1),
            ..self
        }
    }

    /// The reason of a refusal, if it was refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        match &self.answer {
            Some(Answer::Refused(reason)) => Some(reason),
            _ => None,
        }
    }
}

/// A change of the outbox, made by this tab or another one.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A score was added.
    Added(QueuedScore),
    /// An attempt to send the score has ended, with or without an answer.
    Changed(QueuedScore),
    /// An unanswered score was removed: the reader discarded it.
    Dropped(QueuedScore),
    /// The score waits, because the browser's cookies identify another reader now.
    Held(QueuedScore),
}

impl Change {
    /// The changed score.
    #[must_use]
    pub fn score(&self) -> &QueuedScore {
        match self {
            Self::Added(score)
            | Self::Changed(score)
            | Self::Dropped(score)
            | Self::Held(score) => score,
        }
    }
}

/// All queued scores, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outbox(Vec<QueuedScore>);

impl Outbox {
    /// The next score to send: the oldest one without an answer that is not on hold.
    #[must_use]
    pub fn next(&self, is_on_hold: impl Fn(&QueuedScore) -> bool) -> Option<&QueuedScore> {
        let mut waiting = self.0.iter().filter(|score| score.answer.is_none());
        waiting.find(|score| !is_on_hold(score))
    }

    /// Whether the score of a storage entry was recorded, so that the entry can be removed.
    #[must_use]
    pub fn is_recorded(&self, key: &str) -> bool {
        let score = key.strip_prefix(PREFIX).and_then(|id| self.get(id));
        score.is_some_and(|score| matches!(score.answer, Some(Answer::Recorded(_))))
    }

    /// Whether any score has no answer yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.0.iter().any(|score| score.answer.is_none())
    }

    /// The score of a submission id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&QueuedScore> {
        Some(&self.0[self.find(id).ok()?])
    }

    /// The index of an id, or the one to insert it at. Ids grow with time.
    fn find(&self, id: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|score| score.id.as_str().cmp(id))
    }

    /// The scores of a board, the oldest first.
    pub fn of<'a>(&'a self, slug: &'a Slug) -> impl Iterator<Item = &'a QueuedScore> {
        self.0.iter().filter(move |score| score.slug == *slug)
    }

    /// Whether the outbox has the maximum number of scores of a reader.
    #[must_use]
    pub fn is_full(&self, reader: Option<&ScoreOwner>) -> bool {
        self.0.iter().filter(|score| score.is_of(reader)).count() >= MAX_QUEUED
    }

    /// The ids of other readers' scores to drop, the oldest first, so that a score of a reader has
    /// room in the browser's storage.
    #[must_use]
    pub fn surplus(&self, reader: Option<&ScoreOwner>) -> Vec<String> {
        let surplus = (self.0.len() + 1).saturating_sub(MAX_STORED);
        let others = self.0.iter().filter(|score| !score.is_of(reader));
        others.take(surplus).map(|score| score.id.clone()).collect()
    }

    /// Whether the outbox has no scores.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a score, or replaces the one with the same id.
    pub fn put(&mut self, score: QueuedScore) {
        match self.find(&score.id) {
            Ok(n) => self.0[n] = score,
            Err(n) => self.0.insert(n, score),
        }
    }

    /// Removes a score.
    pub fn take(&mut self, id: &str) -> Option<QueuedScore> {
        let found = self.find(id).ok()?;
        Some(self.0.remove(found))
    }

    /// Whether [`Self::receive`] would change anything.
    #[must_use]
    pub fn is_news(&self, key: &str, text: Option<&str>) -> bool {
        let Some(id) = key.strip_prefix(PREFIX) else {
            return false;
        };
        match (self.get(id), text) {
            (Some(score), Some(text)) => score.text() != text,
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        }
    }

    /// Applies a change of a storage entry by another tab; `text` is none if the entry was removed.
    /// Ignores entries of other programs and unreadable ones.
    pub fn receive(&mut self, key: &str, text: Option<&str>) -> Option<Change> {
        let id = key.strip_prefix(PREFIX)?;
        let Some(text) = text else {
            let removed = self.take(id)?;
            return removed.answer.is_none().then_some(Change::Dropped(removed));
        };
        let score: QueuedScore = binary::read_text(text).ok()?;
        if score.id != id {
            return None;
        }
        let before = self.get(id).cloned();
        self.put(score.clone());
        if before.as_ref() == Some(&score) {
            return None;
        }
        Some(match (before, &score.answer) {
            (None, None) => Change::Added(score),
            _ => Change::Changed(score),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queued(id: &str, slug: &str) -> QueuedScore {
        QueuedScore {
            id: id.to_owned(),
            proof: "a secret".to_owned(),
            slug: Slug::new(slug).unwrap(),
            title: slug.to_owned(),
            player: None,
            name: Some(PlayerName::new("Ann").unwrap()),
            score: "7".to_owned(),
            value: Score::new(7).unwrap(),
            at: Timestamp::MIN,
            attempts: 0,
            answer: None,
        }
    }

    fn text(score: &QueuedScore) -> String {
        score.text()
    }

    #[test]
    fn the_oldest_score_is_sent_first_and_a_refusal_does_not_block_the_rest() {
        let mut outbox = Outbox::default();
        for id in ["3", "1", "2"] {
            outbox.put(queued(id, "arena"));
        }
        let none = |_: &QueuedScore| false;
        assert_eq!(outbox.next(none).unwrap().id, "1");
        outbox.put(QueuedScore {
            answer: Some(Answer::Refused("closed".to_owned())),
            ..queued("1", "arena")
        });
        assert_eq!(outbox.next(none).unwrap().id, "2");
        // A board on hold does not block the others.
        outbox.put(queued("4", "sprint"));
        let arena = |score: &QueuedScore| score.slug.as_str() == "arena";
        assert_eq!(outbox.next(arena).unwrap().id, "4");
        for id in ["2", "3", "4"] {
            assert!(outbox.is_waiting());
            outbox.take(id);
        }
        assert_eq!(outbox.next(none), None);
        assert!(!outbox.is_waiting());
        assert_eq!(outbox.get("1").unwrap().refusal(), Some("closed"));
        assert!(!outbox.is_empty());
    }

    #[test]
    fn a_score_concerns_its_owner_alone() {
        let player = |id: &str| PlayerId::new(id).unwrap();
        let reader = |id: &str, has_account| ScoreOwner {
            player: player(id),
            has_account,
        };
        let of = |owner: Option<&str>| QueuedScore {
            player: owner.map(player),
            ..queued("1", "arena")
        };
        let (ann, bob) = (reader("ann", true), reader("bob", true));
        let guest = reader("g", false);
        for (score, readers) in [
            (of(Some("ann")), [true, false, false, false]),
            (of(Some("g")), [false, false, true, false]),
            (of(None), [false, false, true, true]),
        ] {
            let is_of = [Some(&ann), Some(&bob), Some(&guest), None].map(|r| score.is_of(r));
            assert_eq!(is_of, readers, "{:?}", score.player);
        }
    }

    #[test]
    fn each_reader_has_their_own_limit_and_the_storage_is_bounded() {
        let reader = |id: &str| ScoreOwner {
            player: PlayerId::new(id).unwrap(),
            has_account: true,
        };
        let mut outbox = Outbox::default();
        for n in 0..MAX_STORED {
            let owner = format!("player-{}", n / MAX_QUEUED);
            outbox.put(QueuedScore {
                player: Some(PlayerId::new(&owner).unwrap()),
                ..queued(&format!("{n:03}"), "arena")
            });
        }
        let (first, new) = (reader("player-0"), reader("new"));
        assert!(outbox.is_full(Some(&first)));
        assert!(!outbox.is_full(Some(&new)));
        assert_eq!(outbox.surplus(Some(&new)), ["000"]);
        assert_eq!(outbox.surplus(Some(&first)), ["050"], "never one's own");
        outbox.take("000");
        assert!(outbox.surplus(Some(&new)).is_empty());
    }

    #[test]
    fn the_outbox_is_bounded_and_lists_the_scores_of_a_board() {
        let mut outbox = Outbox::default();
        for n in 0..MAX_QUEUED {
            assert!(!outbox.is_full(None));
            let slug = if n % 2 == 0 { "arena" } else { "sprint" };
            outbox.put(queued(&format!("{n:03}"), slug));
        }
        assert!(outbox.is_full(None));
        let sprint = Slug::new("sprint").unwrap();
        let ids: Vec<_> = outbox.of(&sprint).map(|s| s.id.as_str()).collect();
        assert_eq!(ids.len(), MAX_QUEUED / 2);
        assert!(ids.is_sorted());
    }

    #[test]
    fn a_tab_takes_in_the_changes_of_another() {
        let mut outbox = Outbox::default();
        let mut one = queued("1", "arena");
        let key = one.key();
        assert_eq!(
            outbox.receive(&key, Some(&text(&one))),
            Some(Change::Added(one.clone()))
        );
        assert_eq!(outbox.receive(&key, Some(&text(&one))), None, "unchanged");
        one.attempts = 1;
        assert_eq!(
            outbox.receive(&key, Some(&text(&one))),
            Some(Change::Changed(one.clone()))
        );
        assert_eq!(
            outbox.receive(&key, None),
            Some(Change::Dropped(one.clone()))
        );
        // The sending tab removes answered scores; no change is reported.
        one.answer = Some(Answer::Refused("closed".to_owned()));
        outbox.receive(&key, Some(&text(&one)));
        assert_eq!(outbox.receive(&key, None), None);
    }

    #[test]
    fn foreign_storage_entries_are_ignored() {
        let mut outbox = Outbox::default();
        let one = queued("1", "arena");
        for (key, text) in [
            ("leaderport.seen", text(&one)),
            ("leaderport.outbox.1", "{".to_owned()),
            ("leaderport.outbox.2", text(&one)),
        ] {
            assert_eq!(outbox.receive(key, Some(&text)), None, "{key}");
        }
        assert!(outbox.is_empty());
    }
}
