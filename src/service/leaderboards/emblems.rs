//! Uploaded emblems of boards. The caller of this service decodes and redraws an upload; here it is
//! a PNG of known size.

use std::sync::Arc;

use crate::service::access::{Caller, Operation};
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::{Board, BoardPatch, Definition, Emblem, InvalidValue, Slug};

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
    /// Fails if the caller lacks the permission, the board is unknown, or the ledger is down.
    pub async fn set_emblem(
        &self,
        caller: &Caller,
        slug: &Slug,
        png: &[u8],
    ) -> Result<Arc<Board>, Error> {
        self.check_emblem_change(caller, slug)?;
        let note = self.note_of(caller, "set_emblem", slug.to_string());
        if !self.records.put_emblem(slug, Some(png), &note).await? {
            return Err(Error::UnknownBoard(slug.clone()));
        }
        self.choose_emblem(caller, slug, Emblem::Custom).await
    }

    /// Removes the picture of a board. A board that shows it has the default emblem then.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board is unknown or has no picture, or the
    /// ledger is down.
    pub async fn remove_emblem(&self, caller: &Caller, slug: &Slug) -> Result<Arc<Board>, Error> {
        self.check_emblem_change(caller, slug)?;
        if self.board(slug)?.emblem == Emblem::Custom {
            self.choose_emblem(caller, slug, Emblem::default()).await?;
        }
        let note = self.note_of(caller, "remove_emblem", slug.to_string());
        if !self.records.put_emblem(slug, None, &note).await? {
            return Err(Error::NoEmblem(slug.clone()));
        }
        self.board(slug)
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

    async fn choose_emblem(
        &self,
        caller: &Caller,
        slug: &Slug,
        emblem: Emblem,
    ) -> Result<Arc<Board>, Error> {
        let changes = Definition::Changes(BoardPatch::from(emblem));
        let defined = self.define(caller, slug.clone(), changes, None).await?;
        Ok(defined.board)
    }

    /// Refuses the uploaded picture as the emblem of a board that has none.
    pub(super) async fn check_emblem(
        &self,
        slug: &Slug,
        chosen: Option<Emblem>,
    ) -> Result<(), Error> {
        if chosen != Some(Emblem::Custom) || self.records.emblem(slug).await?.is_some() {
            return Ok(());
        }
        let reason =
            format!("needs a picture: upload one with PUT /api/v1/boards/{slug}/emblem first");
        Err(InvalidValue::new("emblem", Emblem::Custom.name(), reason).into())
    }
}
