//! The changes that make a server's boards those of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use leaderport::{Board, Slug};

use super::file::Boards;
use super::settings::Settings;

/// Settings that a change of which may move players: only their effect is previewed.
const RANKING: [&str; 5] = ["policy", "order", "tie", "periods", "time_zone"];

/// The changes by slug, and the boards that only the server has.
pub(super) struct Plan {
    /// One for each board that would change.
    pub(super) changes: Vec<Change>,
    /// Unchanged boards that only the server has, and whether they are archived.
    unmanaged: Vec<(Slug, bool)>,
}

/// A change of one board.
pub(super) struct Change {
    pub(super) slug: Slug,
    pub(super) kind: ChangeKind,
}

/// Kind of a change, with the version that it replaces.
pub(super) enum ChangeKind {
    /// Defines a new board.
    Define { after: Settings },
    /// Changes settings.
    Redefine {
        version: u64,
        before: Settings,
        after: Box<Board>,
    },
    /// Archives a board that the file does not have.
    Archive { version: u64 },
}

impl Plan {
    /// Compares the boards of a file with those of a server. With `prune`, boards that are not in
    /// the file get archived.
    pub(super) fn new(wanted: Boards, present: &[Board], prune: bool) -> Self {
        let slugs: BTreeSet<Slug> = wanted.keys().cloned().collect();
        let present: BTreeMap<&Slug, &Board> = present.iter().map(|b| (&b.slug, b)).collect();
        let mut changes = Vec::new();
        for (slug, after) in wanted {
            let kind = match present.get(&slug) {
                None => ChangeKind::Define {
                    after: Settings::of(&after),
                },
                Some(board) => {
                    let before = Settings::of(board);
                    if before == Settings::of(&after) {
                        continue;
                    }
                    ChangeKind::Redefine {
                        version: board.version,
                        before,
                        after: Box::new(after),
                    }
                }
            };
            changes.push(Change { slug, kind });
        }
        let mut unmanaged = Vec::new();
        for board in present.into_values().filter(|b| !slugs.contains(&b.slug)) {
            let slug = board.slug.clone();
            if prune && !board.archived {
                let version = board.version;
                let kind = ChangeKind::Archive { version };
                changes.push(Change { slug, kind });
            } else {
                unmanaged.push((slug, board.archived));
            }
        }
        changes.sort_by_cached_key(|change: &Change| change.slug.clone());
        Self { changes, unmanaged }
    }
}

impl Change {
    /// Whether ranks may change, so that a preview is worth its time.
    pub(super) fn may_rerank(&self) -> bool {
        match &self.kind {
            ChangeKind::Redefine { before, after, .. } => {
                let after = Settings::of(after);
                let mut changed = before.differences(&after);
                changed.any(|(setting, ..)| RANKING.contains(&setting.name))
            }
            ChangeKind::Define { .. } | ChangeKind::Archive { .. } => false,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            write!(f, "{change}")?;
        }
        for (slug, is_archived) in &self.unmanaged {
            let state = if *is_archived { ", archived" } else { "" };
            writeln!(f, "{slug}: only on the server{state}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slug = &self.slug;
        match &self.kind {
            ChangeKind::Define { after } => {
                writeln!(f, "{slug}: new board")?;
                for (setting, value) in after.written() {
                    writeln!(f, "  {}: {value}", setting.name)?;
                }
            }
            ChangeKind::Redefine { before, after, .. } => {
                writeln!(f, "{slug}: changes")?;
                let after = Settings::of(after);
                for (setting, before, after) in before.differences(&after) {
                    writeln!(f, "  {}: {before} -> {after}", setting.name)?;
                }
            }
            ChangeKind::Archive { .. } => {
                writeln!(f, "{slug}: only on the server, gets archived")?;
                writeln!(f, "  archived: false -> true")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use leaderport::BoardDraft;
    use serde_json::json;

    use super::*;

    fn board(slug: &str, title: &str, archived: bool) -> Board {
        let draft = json!({ "title": title, "policy": "best", "order": "descending",
                            "tie": "earliest", "periods": ["all_time"], "archived": archived });
        let draft: BoardDraft = serde_json::from_value(draft).unwrap();
        Board::new(Slug::new(slug).unwrap(), draft).unwrap()
    }

    fn plan(wanted: &[Board], present: &[Board], prune: bool) -> Plan {
        let wanted = wanted.iter().map(|b| (b.slug.clone(), b.clone()));
        Plan::new(wanted.collect(), present, prune)
    }

    #[test]
    fn differences_are_shown_field_by_field() {
        let wanted = [board("a", "A", false), board("b", "B", true)];
        let present = [
            board("b", "Bee", false),
            board("c", "C", false),
            board("d", "D", true),
        ];
        let shown = plan(&wanted, &present, false).to_string();
        let expected = "a: new board
  title: \"A\"
  policy: \"best\"
  order: \"descending\"
  tie: \"earliest\"
  periods: [\"all_time\"]
b: changes
  title: \"Bee\" -> \"B\"
  archived: false -> true
c: only on the server
d: only on the server, archived
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn prune_archives_once_and_only_boards_outside_the_file() {
        let wanted = [board("a", "A", false)];
        let present = [
            board("a", "A", false),
            board("c", "C", false),
            board("d", "D", true),
        ];
        let pruned = plan(&wanted, &present, true);
        let slugs: Vec<&str> = pruned.changes.iter().map(|c| c.slug.as_str()).collect();
        assert_eq!(slugs, ["c"]);
        assert!(plan(&wanted, &present, false).changes.is_empty());
        let present = [board("a", "A", false), board("c", "C", true)];
        assert!(plan(&wanted, &present, true).changes.is_empty());
    }

    #[test]
    fn only_changes_of_ranking_rules_are_previewed() {
        let mut redefined = board("a", "A", false);
        redefined.tie = leaderport::TieRule::Dense;
        for (wanted, expected) in [(redefined, true), (board("a", "B", false), false)] {
            let plan = plan(&[wanted], &[board("a", "A", false)], false);
            assert_eq!(plan.changes[0].may_rerank(), expected);
        }
    }
}
