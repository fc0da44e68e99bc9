//! Defining boards: in turn with commits, so that what was taken before is judged
//! by the rules of before; in the place of the version that was expected, whichever
//! node put it there. Where standings come to something else by the new rules,
//! they are counted anew in the same transaction.

use std::sync::{Arc, PoisonError};

use crate::audit::AuditNote;
use crate::service::error::Error;
use crate::service::leaderboards::MAX_BOARDS;
use crate::service::leaderboards::commit::Committer;
use crate::service::leaderboards::loader::Paused;
use crate::service::ports::records::{Recount, Redefined};
use crate::{Board, InvalidValue, SeasonChange, SeasonKey, Slug};

/// How often a board is defined again because another node was faster.
const ATTEMPTS: u32 = 8;

/// What becomes of a board.
pub(crate) enum Edit {
    /// Its rules are these. What was decided of its seasons stays.
    Rules(Box<Board>),
    /// Something is decided of a season.
    Season(SeasonKey, SeasonChange),
}

impl Edit {
    fn slug(&self) -> &Slug {
        match self {
            Self::Rules(board) => &board.slug,
            Self::Season(key, _) => &key.board,
        }
    }

    /// The board after it, and what is to be counted anew.
    fn make(&self, before: Option<&Board>) -> Result<(Board, Option<Recount>), Error> {
        let (mut board, recount) = match (self, before) {
            (Self::Rules(board), None) => ((**board).clone(), None),
            (Self::Rules(rules), Some(before)) => {
                let mut board = (**rules).clone();
                board.season_rules.clone_from(&before.season_rules);
                let recount = board.counts_unlike(before).then_some(Recount::All);
                (board, recount)
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

impl Committer {
    /// Has the broker drop the seasons that are ranked by other rules than the
    /// board's, and loads those that it held. Nothing else is loaded meanwhile.
    async fn rank_anew(&self, loading: Paused<'_>, board: &Board) -> Result<(), Error> {
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

    /// Builds anew the seasons that were counted anew, of those that are held:
    /// whoever loads another reads the ledger of now.
    async fn rank_counted(&self, seasons: &[SeasonKey]) -> Result<(), Error> {
        for key in seasons {
            if self.broker.holds(key).await? {
                self.loader.build_anew(key).await?;
                self.near.forget_season(key);
            }
        }
        Ok(())
    }

    /// Gives the board, and how many standings were counted to something else.
    pub(crate) async fn define(
        &mut self,
        edit: &Edit,
        expected: Option<u64>,
        mut note: AuditNote,
    ) -> Result<(Arc<Board>, u64), Error> {
        let slug = edit.slug();
        let is_full = {
            let boards = self.boards.read().unwrap_or_else(PoisonError::into_inner);
            boards.len() >= MAX_BOARDS && !boards.contains_key(slug)
        };
        if is_full {
            let reason = format!("this deployment holds at most {MAX_BOARDS} boards");
            return Err(InvalidValue::new("slug", slug, reason).into());
        }
        // No season is loaded meanwhile: a load that read the older rules would
        // bring them back.
        let loading = self.loader.pause().await;
        let mut attempts = 0..ATTEMPTS;
        let redefined = loop {
            attempts.next().ok_or_else(|| Error::contended(slug))?;
            // Not as this node knows it: another may have just defined it.
            let before = self.ledger.board(slug).await?;
            let version = before.as_ref().map_or(0, |before| before.version);
            if expected.is_some_and(|expected| expected != version) {
                return Err(Error::OutdatedBoard(slug.clone(), version));
            }
            let (board, recount) = edit.make(before.as_ref())?;
            let json = |board: &Board| serde_json::to_string(board).ok();
            note.before = before.as_ref().and_then(json);
            note.after = json(&board);
            let put = if let Some(recount) = recount {
                self.records.redefine(board, recount, &note).await?
            } else {
                let is_put = self.ledger.put_board(&board, &note).await?;
                is_put.then(|| Redefined::uncounted(board))
            };
            // Another node that comes between is one that has come on.
            if let Some(redefined) = put {
                break redefined;
            }
        };
        let Redefined {
            board,
            id,
            seasons,
            standings,
        } = redefined;
        let board = Arc::new(board);
        self.boards
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(board.slug.clone(), board.clone());
        // It is defined whatever comes of this: a broker that is away is told when
        // it is back. Also where the rules are as before: the last who changed
        // them may have failed here.
        let ranked = match self.rank_anew(loading, &board).await {
            Ok(()) => self.rank_counted(&seasons).await,
            Err(error) => Err(error),
        };
        match ranked {
            // Another node may be loading one of them as it was: they are built again soon.
            Ok(()) if self.broker.is_local() => self.settlement.applied.extend(id),
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(board = %board.slug, ?error, "seasons are not ranked anew yet");
            }
        }
        // Other nodes learn of it later, if the broker is away.
        if let Err(error) = self.broker.announce(&board.slug).await {
            tracing::warn!(board = %board.slug, %error, "a definition was not announced");
        }
        Ok((board, standings))
    }
}
