//! Definitions of boards, serialised with commits: submissions that arrived before a
//! definition are recorded under the previous rules. The ledger replaces only the expected
//! version, so that concurrent definitions by other nodes are detected. If the new rules
//! change standings, the board refuses submissions until they are recounted
//! ([`recounts`](super::super::admin::recounts)), outside of the commits.

use std::sync::{Arc, PoisonError};

use crate::admin::audit::AuditNote;
use crate::board::Ranking;
use crate::service::error::Error;
use crate::service::leaderboards::MAX_BOARDS;
use crate::service::leaderboards::commit::Committer;
use crate::service::leaderboards::reconciliation::loader::Paused;
use crate::service::ports::ledger::Ledger;
use crate::service::ports::records::Recount;
use crate::{Board, Definition, Emblem, InvalidValue, SeasonChange, SeasonKey, Slug};

/// Maximum attempts to define a board while other nodes define it concurrently.
const ATTEMPTS: u32 = 8;

/// A defined board.
#[derive(Debug)]
pub struct Defined {
    /// The board.
    pub board: Arc<Board>,
    /// Whether it did not exist before.
    pub is_new: bool,
    /// The number of changed standings.
    pub(crate) standings: u64,
}

/// A change of a board's definition.
pub(crate) enum Edit {
    /// New rules. The manual rules of seasons are preserved.
    Rules(Slug, Box<Definition>),
    /// A manual change to a season.
    Season(SeasonKey, SeasonChange),
    /// The removal of the uploaded emblem. A board that shows it gets the default emblem.
    RemoveEmblem(Slug),
}

impl Edit {
    fn slug(&self) -> &Slug {
        match self {
            Self::Rules(slug, _) | Self::RemoveEmblem(slug) => slug,
            Self::Season(key, _) => &key.board,
        }
    }

    /// The board after the edit, and the standings to recount.
    fn make(&self, before: Option<&Board>) -> Result<(Board, Option<Recount>), Error> {
        let (mut board, recount) = match (self, before) {
            (Self::Rules(slug, definition), before) => {
                let board = defined(slug, (**definition).clone(), before)?;
                let is_counted = before.is_some_and(|before| board.counts_unlike(before));
                (board, is_counted.then_some(Recount::All))
            }
            (Self::RemoveEmblem(slug), before) => {
                let before = before.ok_or_else(|| Error::UnknownBoard(slug.clone()))?;
                let mut board = before.clone();
                if board.emblem == Emblem::Custom {
                    board.emblem = Emblem::default();
                }
                (board, None)
            }
            (Self::Season(key, _), None) => return Err(Error::UnknownBoard(key.board.clone())),
            (Self::Season(key, change), Some(before)) => {
                let mut board = before.clone();
                board.change_season(key.season, *change)?;
                let recount = match change {
                    SeasonChange::Close | SeasonChange::Reopen => None,
                    SeasonChange::StartOver => Some(Recount::StartOver(key.season)),
                    SeasonChange::BringBack => Some(Recount::Season(key.season)),
                };
                (board, recount)
            }
        };
        board.version = before.map_or(0, |before| before.version) + 1;
        Ok((board, recount))
    }
}

/// The board by a definition, with the manual rules of its seasons.
pub(crate) fn defined(
    slug: &Slug,
    definition: Definition,
    before: Option<&Board>,
) -> Result<Board, Error> {
    if let Some(before) = before {
        let omitted = definition.omitted_of(before);
        if !omitted.is_empty() {
            return Err(Error::OmittedSettings(slug.clone(), omitted));
        }
    }
    let board = definition.board(slug.clone(), before)?;
    let mut board = board.ok_or_else(|| Error::UnknownBoard(slug.clone()))?;
    if let Some(before) = before {
        board.season_rules.clone_from(&before.season_rules);
    }
    Ok(board)
}

/// Whether a definition gives the board that exists.
fn is_same(board: &Board, before: &Board) -> bool {
    let version = before.version;
    let board = board.clone();
    Board { version, ..board } == *before
}

/// Refuses another time zone while a season with standings would begin or end at another time: it
/// would keep the submissions of the former calendar, and new ones would follow the other.
pub(crate) async fn check_calendar(
    ledger: &dyn Ledger,
    before: &Board,
    after: &Board,
) -> Result<(), Error> {
    if after.time_zone == before.time_zone {
        return Ok(());
    }
    let (zone, former) = (after.zone(), before.zone());
    let recorded = ledger.seasons_of(&before.slug).await?;
    let moved = recorded.into_iter().find(|(season, standings)| {
        *standings > 0 && season.bounds(&zone) != season.bounds(&former)
    });
    match moved {
        Some((season, _)) => Err(Error::CalendarInUse(before.slug.clone(), season)),
        None => Ok(()),
    }
}

impl Committer {
    /// Drops the broker's seasons that are ranked by other rules, and reloads them. The
    /// lock `loading` prevents other loads of the board's seasons. For a new board, drops all:
    /// another node may have loaded them from a deleted board of the slug.
    async fn rerank(&self, loading: Paused<'_>, board: &Board, is_new: bool) -> Result<(), Error> {
        let unlike = (!is_new).then(|| Ranking::from(board));
        let dropped = self.broker.forget(&board.slug, unlike).await?;
        if is_new {
            let board = Some(&board.slug);
            self.broker.forget_newest_applied(board).await?;
        }
        if dropped.is_empty() {
            return Ok(());
        }
        self.near.forget_board(&board.slug);
        for key in dropped {
            loading.fill(&key).await?;
        }
        Ok(())
    }

    pub(crate) async fn define(
        &mut self,
        edit: &Edit,
        expected: Option<u64>,
        mut note: AuditNote,
    ) -> Result<Defined, Error> {
        let slug = edit.slug();
        let is_full = {
            let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
            boards.len() >= MAX_BOARDS && !boards.contains_key(slug)
        };
        if is_full {
            let reason = format!("this deployment holds at most {MAX_BOARDS} boards");
            return Err(InvalidValue::new("board", slug, reason).into());
        }
        // Prevent loads of the board's seasons: a load that has read the old rules would
        // bring them back.
        let loading = self.loader.pause(slug).await;
        let mut attempts = 0..ATTEMPTS;
        let (board, is_new) = loop {
            attempts.next().ok_or_else(|| Error::contended(slug))?;
            // Read the version from the ledger, because another node may have just defined
            // the board.
            let before = self.ledger.board(slug).await?;
            let version = before.as_ref().map_or(0, |before| before.version);
            if expected.is_some_and(|expected| expected != version) {
                return Err(Error::OutdatedBoard(slug.clone(), version));
            }
            let (mut board, recount) = edit.make(before.as_ref())?;
            let is_new = before.is_none();
            if is_new {
                board.version += self.version_of_deleted(slug).await?;
            }
            if let Some(before) = &before {
                check_calendar(&*self.ledger, before, &board).await?;
            }
            self.check_emblem(edit, before.as_ref(), &board).await?;
            let json = |board: &Board| serde_json::to_string(board).ok();
            note.before = before.as_ref().and_then(json);
            note.after = json(&board);
            // An earlier recount goes on, by the new rules.
            board.recounting = before.as_ref().is_some_and(|before| before.recounting);
            let put = if let Some(before) = before
                && matches!(edit, Edit::Rules(..))
                && is_same(&board, &before)
            {
                // Nothing to store. It is ranked again below, because an earlier definition may
                // have failed there.
                Some(before)
            } else if matches!(edit, Edit::RemoveEmblem(..)) {
                let is_removed = self.records.remove_emblem(&board, &note).await?;
                is_removed.then_some(board)
            } else if let Some(recount) = recount {
                self.records.begin_recount(board, recount, &note).await?
            } else {
                let is_put = self.ledger.put_board(&board, &note).await?;
                is_put.then_some(board)
            };
            // Otherwise another node defined the board first: retry with its version.
            if let Some(board) = put {
                break (board, is_new);
            }
        };
        let board = Arc::new(board);
        self.boards
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(board.slug.clone(), board.clone());
        // The definition is durable even if the following steps fail: a broker that is down
        // catches up when it responds again. Unchanged rules are applied too, because an
        // earlier definition may have failed at this step.
        if let Err(error) = self.rerank(loading, &board, is_new).await {
            tracing::warn!(board = %board.slug, ?error, "seasons are not ranked by the new rules yet; it is retried");
        }
        // On failure, the other nodes read the definition at their next periodic reload.
        if let Err(error) = self.broker.announce(&board.slug).await {
            tracing::warn!(board = %board.slug, %error, "a board's definition was not announced to other nodes; they reload it periodically");
        }
        Ok(Defined {
            board,
            is_new,
            standings: 0,
        })
    }

    /// Refuses to show or to remove a picture that is not stored. Call it after the read of `before`:
    /// a removal makes another version, so a later one is detected when `board` is stored.
    async fn check_emblem(
        &self,
        edit: &Edit,
        before: Option<&Board>,
        board: &Board,
    ) -> Result<(), Error> {
        let slug = &board.slug;
        let is_removal = matches!(edit, Edit::RemoveEmblem(..));
        let was_shown = before.is_some_and(|before| before.emblem == Emblem::Custom);
        let is_chosen = board.emblem == Emblem::Custom && !was_shown;
        let needs_picture = is_removal || is_chosen;
        if !needs_picture || self.records.emblem(slug).await?.is_some() {
            return Ok(());
        }
        if is_removal {
            return Err(Error::NoEmblem(slug.clone()));
        }
        let reason =
            format!("needs a picture: upload one with PUT /api/v1/boards/{slug}/emblem first");
        Err(InvalidValue::new("emblem", Emblem::Custom.name(), reason).into())
    }

    /// The version that a new board of this slug follows: 0, or that of a deleted one.
    async fn version_of_deleted(&self, slug: &Slug) -> Result<u64, Error> {
        match self.records.deleted_board(slug).await? {
            Some(deleted) if !deleted.is_done => Err(Error::BeingDeleted(slug.clone())),
            Some(deleted) => Ok(deleted.version),
            None => Ok(0),
        }
    }

    /// Deletes an archived board. Its rows are removed later, in steps.
    pub(crate) async fn delete(
        &self,
        slug: &Slug,
        expected: Option<u64>,
        mut note: AuditNote,
    ) -> Result<(), Error> {
        let board = self.ledger.board(slug).await?;
        let board = board.ok_or_else(|| Error::UnknownBoard(slug.clone()))?;
        if expected.is_some_and(|expected| expected != board.version) {
            return Err(Error::OutdatedBoard(slug.clone(), board.version));
        }
        if !board.archived {
            return Err(Error::NotArchived(slug.clone()));
        }
        note.before = serde_json::to_string(&board).ok();
        if !self.records.delete_board(&board, &note).await? {
            return Err(Error::contended(slug));
        }
        // Prevent concurrent loads: a load that has read the board would bring its seasons back.
        let loading = self.loader.pause(slug).await;
        self.boards
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(slug);
        self.near.forget_board(slug);
        // If the broker is down, the last step of the deletion forgets the seasons.
        if let Err(error) = self.broker.forget(slug, None).await {
            tracing::warn!(board = %slug, %error, "seasons of a deleted board stay in the broker for now");
        }
        drop(loading);
        if let Err(error) = self.broker.announce(slug).await {
            tracing::warn!(board = %slug, %error, "a deletion was not announced to other nodes; they learn it periodically");
        }
        Ok(())
    }
}
