//! Definitions of boards, serialised with commits: submissions that arrived before a
//! definition are recorded under the previous rules. The ledger replaces only the expected
//! version, so that concurrent definitions by other nodes are detected. If the new rules
//! change standings, the same transaction recounts them.

use std::sync::{Arc, PoisonError};

use crate::audit::AuditNote;
use crate::service::error::Error;
use crate::service::leaderboards::MAX_BOARDS;
use crate::service::leaderboards::commit::Committer;
use crate::service::leaderboards::loader::Paused;
use crate::service::ports::ledger::Ledger;
use crate::service::ports::records::{Recount, Redefined};
use crate::{Board, InvalidValue, Period, SeasonChange, SeasonKey, Slug};

/// Maximum attempts to define a board while other nodes define it concurrently.
const ATTEMPTS: u32 = 8;

/// A change of a board's definition.
pub(crate) enum Edit {
    /// New rules. The manual rules of seasons are preserved.
    Rules(Box<Board>),
    /// A manual change to a season.
    Season(SeasonKey, SeasonChange),
}

impl Edit {
    fn slug(&self) -> &Slug {
        match self {
            Self::Rules(board) => &board.slug,
            Self::Season(key, _) => &key.board,
        }
    }

    /// The board after the edit, and the standings to recount.
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

/// Refuses another time zone while a season that begins by it has standings: they would keep the
/// submissions of the former calendar, and new ones would follow the other.
pub(crate) async fn check_calendar(
    ledger: &dyn Ledger,
    before: &Board,
    after: &Board,
) -> Result<(), Error> {
    if !after.has_another_calendar(before) {
        return Ok(());
    }
    let recorded = ledger.seasons_of(&before.slug).await?;
    let kept = recorded
        .into_iter()
        .find(|(season, standings)| season.period() != Period::AllTime && *standings > 0);
    match kept {
        Some((season, _)) => Err(Error::CalendarInUse(before.slug.clone(), season)),
        None => Ok(()),
    }
}

impl Committer {
    /// Drops the broker's seasons that are ranked by other rules, and reloads them. The
    /// lock `loading` prevents other loads of the board's seasons.
    async fn rerank(&self, loading: Paused<'_>, board: &Board) -> Result<(), Error> {
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

    /// Rebuilds the recounted seasons that the broker holds. Any other season is loaded
    /// from the current ledger when it is needed.
    async fn rank_counted(&self, seasons: &[SeasonKey]) -> Result<(), Error> {
        for key in seasons {
            if self.broker.holds(key).await? {
                self.loader.rebuild_season(key).await?;
                self.near.forget_season(key);
            }
        }
        Ok(())
    }

    /// Returns the board and the number of changed standings.
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
        // Prevent loads of the board's seasons: a load that has read the old rules would
        // bring them back.
        let loading = self.loader.pause(slug).await;
        let mut attempts = 0..ATTEMPTS;
        let redefined = loop {
            attempts.next().ok_or_else(|| Error::contended(slug))?;
            // Read the version from the ledger, because another node may have just defined
            // the board.
            let before = self.ledger.board(slug).await?;
            let version = before.as_ref().map_or(0, |before| before.version);
            if expected.is_some_and(|expected| expected != version) {
                return Err(Error::OutdatedBoard(slug.clone(), version));
            }
            let (board, recount) = edit.make(before.as_ref())?;
            if let Some(before) = &before {
                check_calendar(&*self.ledger, before, &board).await?;
            }
            let json = |board: &Board| serde_json::to_string(board).ok();
            note.before = before.as_ref().and_then(json);
            note.after = json(&board);
            let put = if let Some(recount) = recount {
                self.records.redefine(board, recount, &note).await?
            } else {
                let is_put = self.ledger.put_board(&board, &note).await?;
                is_put.then(|| Redefined::uncounted(board))
            };
            // Otherwise another node defined the board first: retry with its version.
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
        // The definition is durable even if the following steps fail: a broker that is down
        // catches up when it responds again. Unchanged rules are applied too, because an
        // earlier definition may have failed at this step.
        let ranked = match self.rerank(loading, &board).await {
            Ok(()) => self.rank_counted(&seasons).await,
            Err(error) => Err(error),
        };
        match ranked {
            // With a remote broker, another node may be loading an older state. The batch
            // stays in the outbox, so that the seasons are rebuilt again soon.
            Ok(()) if self.broker.is_local() => self.settlement.applied.extend(id),
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(board = %board.slug, ?error, "seasons are not ranked by the new rules yet; it is retried");
            }
        }
        // On failure, the other nodes read the definition at their next periodic reload.
        if let Err(error) = self.broker.announce(&board.slug).await {
            tracing::warn!(board = %board.slug, %error, "a board's definition was not announced to other nodes; they reload it periodically");
        }
        Ok((board, standings))
    }
}
