//! Ids and display names of the players of all seasons. Players are never dropped. A name is
//! replaced by newer ones only.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use leaderport::service::ports::stored::StoredName;
use leaderport::{PlayerId, PlayerName};

use super::interner::Interner;

/// Players by number, shared by all seasons.
#[derive(Debug, Default)]
pub(super) struct Players {
    ids: Interner,
    /// They share their texts with the rows that show them.
    names: Vec<Option<PlayerName>>,
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
        let number = self.ids.intern(id.as_str());
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
            if held.as_ref() != Some(name) {
                *held = Some(name.clone());
                if is_known {
                    renamed.insert(number);
                }
            }
        }
        number
    }

    pub(super) fn id(&self, number: u32) -> PlayerId {
        self.shown(number).id()
    }

    /// The texts of a player's row.
    pub(super) fn shown(&self, number: u32) -> Shown<'_> {
        Shown {
            id: self.ids.text(number),
            name: self.names[number as usize].as_ref(),
        }
    }

    /// Compares two players' ids by their bytes.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        self.ids.text(a).cmp(self.ids.text(b))
    }
}

/// The id and the name of a player, as held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    id: &'a str,
    name: Option<&'a PlayerName>,
}

impl Shown<'_> {
    pub(super) fn id(self) -> PlayerId {
        PlayerId::stored(self.id).expect("interned ids are valid")
    }

    /// The display name; by default the start of `id`, which is the player's own.
    pub(super) fn name(self, id: &PlayerId) -> PlayerName {
        self.name.cloned().unwrap_or_else(|| id.into())
    }
}
