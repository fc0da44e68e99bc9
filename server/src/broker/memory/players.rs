//! Ids and display names of the players of all seasons. Players are never dropped. A name is
//! replaced by newer ones only.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use leaderport::service::ports::stored::StoredName;
use leaderport::{PlayerId, PlayerName};

use super::interner::Interner;

/// Players by number, shared by all seasons.
#[derive(Debug, Default)]
pub(super) struct Players {
    ids: Interner,
    names: Vec<Option<Arc<str>>>,
    /// Versions of the names; 0 without a name.
    versions: Vec<u64>,
}

impl Players {
    pub(super) fn find(&self, id: &PlayerId) -> Option<u32> {
        self.ids.find(id.as_str().as_bytes())
    }

    /// The player's number; a new player gets the next one. Stores the name if it is newer, and
    /// adds a known player whose name changed to `renamed`.
    pub(super) fn intern(
        &mut self,
        id: &PlayerId,
        name: Option<&StoredName>,
        renamed: &mut BTreeSet<u32>,
    ) -> u32 {
        let number = self.ids.intern(id.as_str().as_bytes());
        let slot = number as usize;
        let is_known = slot < self.names.len();
        if !is_known {
            self.names.resize(slot + 1, None);
            self.versions.resize(slot + 1, 0);
        }
        let Some(StoredName { name, version }) = name else {
            return number;
        };
        if self.versions[slot] < *version {
            self.versions[slot] = *version;
            let held = &mut self.names[slot];
            if held.as_deref() != Some(name.as_str()) {
                *held = Some(name.as_str().into());
                if is_known {
                    renamed.insert(number);
                }
            }
        }
        number
    }

    pub(super) fn id(&self, number: u32) -> PlayerId {
        let text = std::str::from_utf8(self.ids.text(number));
        PlayerId::stored(text.expect("interned ids are text")).expect("interned ids are valid")
    }

    pub(super) fn name(&self, number: u32, id: &PlayerId) -> PlayerName {
        match &self.names[number as usize] {
            Some(name) => PlayerName::stored(name).expect("stored names are valid"),
            None => id.into(),
        }
    }

    /// Compares two players' ids by their bytes.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        self.ids.text(a).cmp(self.ids.text(b))
    }
}
