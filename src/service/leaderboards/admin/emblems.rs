//! Uploaded emblems of boards. The caller of this service decodes and redraws an upload; here it is
//! a PNG of known size.

use std::sync::Arc;

use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::commit::Edit;
use crate::{Board, BoardPatch, Definition, Emblem, Slug};

impl Leaderboards {
    /// Checks that the caller may change the emblem of a board, before the upload is decoded.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or the board is unknown.
    pub fn check_emblem_change(&self, caller: &Caller, slug: &Slug) -> Result<(), Error> {
        caller.check(Operation::DefineBoard(slug))?;
        self.board(slug).map(drop)
    }

    /// Stores a PNG as the picture of a board, and shows it as the board's emblem.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown, the picture is removed
    /// in between, or the ledger is down.
    pub async fn set_emblem(
        &self,
        caller: &Caller,
        slug: &Slug,
        png: &[u8],
    ) -> Result<Arc<Board>, Error> {
        self.check_emblem_change(caller, slug)?;
        let note = self.note_of(caller, "set_emblem", slug.to_string());
        if !self.records.put_emblem(slug, png, &note).await? {
            return Err(Error::UnknownBoard(slug.clone()));
        }
        let chosen = Definition::Changes(BoardPatch::from(Emblem::Custom));
        let defined = self.define(caller, slug.clone(), chosen, None).await?;
        Ok(defined.board)
    }

    /// Removes the picture of a board, which makes another version of it. The same transaction
    /// gives a board that shows the picture the default emblem.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown or has no picture, or the
    /// ledger is down.
    pub async fn remove_emblem(&self, caller: &Caller, slug: &Slug) -> Result<Arc<Board>, Error> {
        self.check_emblem_change(caller, slug)?;
        let note = self.note_of(caller, "remove_emblem", slug.to_string());
        let edit = Edit::RemoveEmblem(slug.clone());
        Ok(self.edit(edit, None, note).await?.board)
    }

    /// The uploaded picture of a board, a PNG.
    ///
    /// # Errors
    /// Fails if the board is unknown or has no picture, or the ledger is down.
    pub async fn emblem(&self, slug: &Slug) -> Result<Vec<u8>, Error> {
        self.board(slug)?;
        let png = self.records.emblem(slug).await?;
        png.ok_or_else(|| Error::NoEmblem(slug.clone()))
    }
}
