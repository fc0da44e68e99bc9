//! Every player that some season holds: ids interned, names beside them.

use std::cmp::Ordering;
use std::sync::Arc;

use leaderport::{PlayerId, PlayerName};

use super::interner::Interner;

/// Players by number, shared by all seasons.
#[derive(Debug, Default)]
pub(super) struct Players {
    ids: Interner,
    names: Vec<Option<Arc<str>>>,
}

impl Players {
    pub(super) fn find(&self, id: &PlayerId) -> Option<u32> {
        self.ids.find(id.as_str().as_bytes())
    }

    /// The player's number; a name given replaces the one before.
    pub(super) fn intern(&mut self, id: &PlayerId, name: Option<&PlayerName>) -> u32 {
        let number = self.ids.intern(id.as_str().as_bytes());
        let slot = number as usize;
        if slot >= self.names.len() {
            self.names.resize(slot + 1, None);
        }
        if let Some(name) = name
            && self.names[slot].as_deref() != Some(name.as_str())
        {
            self.names[slot] = Some(name.as_str().into());
        }
        number
    }

    pub(super) fn has_name(&self, number: u32, name: &PlayerName) -> bool {
        self.names[number as usize].as_deref() == Some(name.as_str())
    }

    pub(super) fn id(&self, number: u32) -> PlayerId {
        let text = std::str::from_utf8(self.ids.text(number));
        PlayerId::new(text.expect("ids went in as text")).expect("ids went in valid")
    }

    pub(super) fn name(&self, number: u32, id: &PlayerId) -> PlayerName {
        match &self.names[number as usize] {
            Some(name) => PlayerName::new(name).expect("names went in valid"),
            None => id.into(),
        }
    }

    /// Compares two players' ids by their bytes.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        self.ids.text(a).cmp(self.ids.text(b))
    }
}
