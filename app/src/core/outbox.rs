//! The outbox: submitted scores that the server has not answered yet.
//!
//! Each score is one entry of the browser's storage, named by its submission id. Ids grow with
//! time, so tabs add and remove entries without coordination and agree on the order. Storage and
//! sending belong to the outbox worker.

use leaderport::protocol::binary;
use leaderport::{PlayerId, PlayerName, Score, Slug, Timestamp};
use serde::{Deserialize, Serialize};

use crate::core::confirmation::Confirmation;

/// The most that wait, and refusals that nobody has looked at.
pub const MAX_QUEUED: usize = 50;

/// What the names of their texts begin with; another layout has another number.
pub const PREFIX: &str = "leaderport.outbox2.";

/// A score that somebody submitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueuedScore {
    /// The submission's id (UUIDv7): a repeat is no second submission.
    pub id: String,
    /// The board.
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// Who it is of; none for whoever was nobody yet.
    pub player: Option<PlayerId>,
    /// Their name.
    pub name: PlayerName,
    /// As it was typed, in the board's format.
    pub score: String,
    /// The value that this is.
    pub value: Score,
    /// When, by the browser's clock.
    pub at: Timestamp,
    /// How often it was sent without an answer.
    pub attempts: u32,
    /// What the server said; none while it waits.
    pub answer: Option<Answer>,
}

/// What the server said of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// It counts.
    Recorded(Confirmation),
    /// It does not, and why.
    Refused(String),
}

impl QueuedScore {
    /// The name of its text.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{PREFIX}{}", self.id)
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        binary::write_text(self)
    }

    /// Whether it is of whoever reads: theirs, or of nobody in particular.
    #[must_use]
    pub fn is_of(&self, reader: Option<&PlayerId>) -> bool {
        self.player
            .as_ref()
            .is_none_or(|player| Some(player) == reader)
    }

    /// Why it was refused, if it was.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        match &self.answer {
            Some(Answer::Refused(why)) => Some(why),
            _ => None,
        }
    }
}

/// What a tab learns when a text changes.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// One is on its way.
    Added(QueuedScore),
    /// It was sent without an answer, or answered.
    Changed(QueuedScore),
    /// One is gone that was not answered: dropped by whoever submitted it.
    Dropped(QueuedScore),
}

/// All that are kept, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outbox(Vec<QueuedScore>);

impl Outbox {
    /// The next to be sent: the oldest that waits and is not to be left alone.
    #[must_use]
    pub fn next(&self, is_left_alone: impl Fn(&QueuedScore) -> bool) -> Option<&QueuedScore> {
        let mut waiting = self.0.iter().filter(|kept| kept.answer.is_none());
        waiting.find(|kept| !is_left_alone(kept))
    }

    /// Whether the one of a text was recorded, so that nothing of it is to be kept.
    #[must_use]
    pub fn is_recorded(&self, key: &str) -> bool {
        let kept = key.strip_prefix(PREFIX).and_then(|id| self.get(id));
        kept.is_some_and(|kept| matches!(kept.answer, Some(Answer::Recorded(_))))
    }

    /// Whether any waits.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.0.iter().any(|kept| kept.answer.is_none())
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&QueuedScore> {
        Some(&self.0[self.find(id).ok()?])
    }

    /// Where one is, or would be: ids are in order of time.
    fn find(&self, id: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|kept| kept.id.as_str().cmp(id))
    }

    /// Those of a board, the oldest first.
    pub fn of<'a>(&'a self, slug: &'a Slug) -> impl Iterator<Item = &'a QueuedScore> {
        self.0.iter().filter(move |kept| kept.slug == *slug)
    }

    /// Whether no more are taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= MAX_QUEUED
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes one, or what has become of one.
    pub fn put(&mut self, kept: QueuedScore) {
        match self.find(&kept.id) {
            Ok(n) => self.0[n] = kept,
            Err(n) => self.0.insert(n, kept),
        }
    }

    /// Drops one.
    pub fn take(&mut self, id: &str) -> Option<QueuedScore> {
        let found = self.find(id).ok()?;
        Some(self.0.remove(found))
    }

    /// Whether [`Self::hear`] would change anything.
    #[must_use]
    pub fn is_news(&self, key: &str, text: Option<&str>) -> bool {
        let Some(id) = key.strip_prefix(PREFIX) else {
            return false;
        };
        match (self.get(id), text) {
            (Some(kept), Some(text)) => kept.text() != text,
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        }
    }

    /// A text of the storage is another one, or gone: another tab did that. What is
    /// none of ours changes nothing.
    pub fn hear(&mut self, key: &str, text: Option<&str>) -> Option<Change> {
        let id = key.strip_prefix(PREFIX)?;
        let Some(text) = text else {
            let gone = self.take(id)?;
            return gone.answer.is_none().then_some(Change::Dropped(gone));
        };
        let kept: QueuedScore = binary::read_text(text).ok()?;
        if kept.id != id {
            return None;
        }
        let before = self.get(id).cloned();
        self.put(kept.clone());
        if before.as_ref() == Some(&kept) {
            return None;
        }
        Some(match (before, &kept.answer) {
            (None, None) => Change::Added(kept),
            _ => Change::Changed(kept),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(id: &str, slug: &str) -> QueuedScore {
        QueuedScore {
            id: id.to_owned(),
            slug: Slug::new(slug).unwrap(),
            title: slug.to_owned(),
            player: None,
            name: PlayerName::new("Ann").unwrap(),
            score: "7".to_owned(),
            value: Score::new(7).unwrap(),
            at: Timestamp::MIN,
            attempts: 0,
            answer: None,
        }
    }

    fn text(kept: &QueuedScore) -> String {
        kept.text()
    }

    #[test]
    fn the_oldest_goes_first_and_refusals_do_not_stop_the_rest() {
        let mut outbox = Outbox::default();
        for id in ["3", "1", "2"] {
            outbox.put(kept(id, "arena"));
        }
        let none = |_: &QueuedScore| false;
        assert_eq!(outbox.next(none).unwrap().id, "1");
        outbox.put(QueuedScore {
            answer: Some(Answer::Refused("closed".to_owned())),
            ..kept("1", "arena")
        });
        assert_eq!(outbox.next(none).unwrap().id, "2");
        // A board that takes nothing now does not stop the others.
        outbox.put(kept("4", "sprint"));
        let arena = |kept: &QueuedScore| kept.slug.as_str() == "arena";
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
    fn what_is_kept_is_bounded_and_found_by_its_board() {
        let mut outbox = Outbox::default();
        for n in 0..MAX_QUEUED {
            assert!(!outbox.is_full());
            let slug = if n % 2 == 0 { "arena" } else { "sprint" };
            outbox.put(kept(&format!("{n:03}"), slug));
        }
        assert!(outbox.is_full());
        let sprint = Slug::new("sprint").unwrap();
        let ids: Vec<_> = outbox.of(&sprint).map(|k| k.id.as_str()).collect();
        assert_eq!(ids.len(), MAX_QUEUED / 2);
        assert!(ids.is_sorted());
    }

    #[test]
    fn tabs_learn_from_one_another() {
        let mut outbox = Outbox::default();
        let mut one = kept("1", "arena");
        let key = one.key();
        assert_eq!(
            outbox.hear(&key, Some(&text(&one))),
            Some(Change::Added(one.clone()))
        );
        assert_eq!(outbox.hear(&key, Some(&text(&one))), None, "no news");
        one.attempts = 1;
        assert_eq!(
            outbox.hear(&key, Some(&text(&one))),
            Some(Change::Changed(one.clone()))
        );
        assert_eq!(outbox.hear(&key, None), Some(Change::Dropped(one.clone())));
        // What was answered is dropped by whoever sent it, and that is no news.
        one.answer = Some(Answer::Refused("closed".to_owned()));
        outbox.hear(&key, Some(&text(&one)));
        assert_eq!(outbox.hear(&key, None), None);
    }

    #[test]
    fn texts_of_others_change_nothing() {
        let mut outbox = Outbox::default();
        let one = kept("1", "arena");
        for (key, text) in [
            ("leaderport.seen", text(&one)),
            ("leaderport.outbox.1", "{".to_owned()),
            ("leaderport.outbox.2", text(&one)),
        ] {
            assert_eq!(outbox.hear(key, Some(&text)), None, "{key}");
        }
        assert!(outbox.is_empty());
    }
}
