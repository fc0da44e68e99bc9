//! Defining boards: in turn with commits, so that what was taken before is judged
//! by the rules of before; in the place of the version that was expected, whichever
//! node put it there.

use std::sync::{Arc, PoisonError};

use super::Committer;
use crate::service::loader::Paused;
use crate::service::records::AuditNote;
use crate::service::{Error, MAX_BOARDS};
use crate::{Board, InvalidValue};

/// How often a board is defined again because another node was faster.
const ATTEMPTS: u32 = 8;

impl Committer {
    /// Has the broker drop the seasons that are ranked by other rules than the
    /// board's, and loads those that it held.
    async fn rank_anew(&self, loading: &Paused<'_>, board: &Board) -> Result<(), Error> {
        let dropped = self.broker.forget(&board.slug, Some(board.into())).await?;
        if dropped.is_empty() {
            return Ok(());
        }
        self.near.forget_board(&board.slug);
        for key in dropped {
            loading.fill(&key).await?;
        }
        Ok(())
    }

    pub(super) async fn define(
        &mut self,
        mut board: Board,
        expected: Option<u64>,
        mut note: AuditNote,
    ) -> Result<Arc<Board>, Error> {
        let is_full = {
            let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
            boards.len() >= MAX_BOARDS && !boards.contains_key(&board.slug)
        };
        if is_full {
            let reason = format!("this deployment holds at most {MAX_BOARDS} boards");
            return Err(InvalidValue::new("slug", &board.slug, reason).into());
        }
        // No season is loaded meanwhile: a load that read the older rules would
        // bring them back.
        let loading = self.loader.pause().await;
        let mut attempts = 0..ATTEMPTS;
        loop {
            attempts
                .next()
                .ok_or_else(|| Error::contended(&board.slug))?;
            // Not as this node knows it: another may have just defined it.
            let before = self.ledger.board(&board.slug).await?;
            let version = before.as_ref().map_or(0, |before| before.version);
            if expected.is_some_and(|expected| expected != version) {
                return Err(Error::OutdatedBoard(board.slug, version));
            }
            board.version = version + 1;
            let json = |board: &Board| serde_json::to_string(board).ok();
            note.before = before.as_ref().and_then(json);
            note.after = json(&board);
            // Another node that comes between is one that has come on.
            if self.ledger.put_board(&board, &note).await? {
                break;
            }
        }
        let board = Arc::new(board);
        self.boards
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(board.slug.clone(), board.clone());
        // It is defined whatever comes of this: a broker that is away is told when
        // it is back. Also where the rules are as before: the last who changed
        // them may have failed here.
        if let Err(error) = self.rank_anew(&loading, &board).await {
            tracing::warn!(board = %board.slug, ?error, "seasons are not ranked anew yet");
        }
        // Other nodes learn of it later, if the broker is away.
        if let Err(error) = self.broker.announce(&board.slug).await {
            tracing::warn!(board = %board.slug, %error, "a definition was not announced");
        }
        Ok(board)
    }
}
