//! What moderators do: they find players, see why somebody stands where they
//! stand, and decide what counts. A ruling goes through the group commit like
//! every change, and ranks move at once.

use tokio::sync::oneshot;

use crate::audit::AuditNote;
use crate::service::access::Caller;
use crate::service::access::Operation;
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::commit::{Decision, Request};
use crate::service::ports::limiter::Limit;
use crate::service::ports::records::RuledBy;
use crate::{
    AuditEntry, AuditFilter, Explanation, Handle, InvalidValue, PlayerId, PlayerName, PlayerRecord,
    Ruled, Ruling, RulingDraft, SeasonKey, Slug, SubmissionRecord,
};

/// Submissions that are listed at once.
pub const SUBMISSIONS_AT_ONCE: u32 = 50;

/// Players that a search gives.
pub const PLAYERS_AT_ONCE: u32 = 20;

/// Entries of the audit log that are listed at once.
pub const AUDIT_AT_ONCE: u32 = 100;

/// How long somebody is there after they were last seen, in milliseconds: two
/// of the page's calls and a little.
pub const VISIT_MILLIS: i64 = 8_000;

/// The longest text to search by, in characters.
const MAX_SEARCH_CHARS: usize = 80;

impl Leaderboards {
    /// Decides what counts. Ranks have moved when this returns, unless the broker
    /// is away; then they move when it is back.
    ///
    /// # Errors
    /// Who may not, a ruling about what is not there, or the ledger is away.
    pub async fn rule(&self, caller: &Caller, draft: RulingDraft) -> Result<Ruled, Error> {
        caller.check(Operation::Moderate)?;
        let RulingDraft { ruling, reason } = draft.validated()?;
        for player in ruling.players() {
            self.check_may_rule(caller, player).await?;
        }
        self.decide(caller, ruling, RuledBy::Moderator, reason)
            .await
    }

    /// Gives a player another name, everywhere at once.
    ///
    /// # Errors
    /// Who may not, a name that a moderator gave, or the ledger is away.
    pub async fn rename(
        &self,
        caller: &Caller,
        player: &PlayerId,
        name: PlayerName,
    ) -> Result<(), Error> {
        caller.check(Operation::Rename(player))?;
        let by = if caller.player() == Some(player) {
            RuledBy::Player
        } else {
            self.check_may_rule(caller, player).await?;
            RuledBy::Moderator
        };
        let fixed = self.records.player(player).await?.is_name_fixed;
        if by == RuledBy::Player {
            if fixed {
                let why = "a moderator gave this name; only a moderator gives another";
                return Err(Error::Forbidden(why.to_owned()));
            }
            let taken = self.limiter.take(Limit::Player, player.as_str(), 1);
            taken.await?;
        }
        let player = player.clone();
        let ruling = Ruling::Rename {
            player,
            name,
            fixed,
        };
        self.decide(caller, ruling, by, String::new())
            .await
            .map(drop)
    }

    /// Nobody decides about those who may decide about them, nor about whom these are
    /// one with.
    async fn check_may_rule(&self, caller: &Caller, player: &PlayerId) -> Result<(), Error> {
        let record = self.records.player(player).await?;
        caller.check(Operation::Rule(record.role))?;
        if let Some(other) = record.merged_into {
            let role = self.records.player(&other).await?.role;
            caller.check(Operation::Rule(role))?;
        }
        Ok(())
    }

    async fn decide(
        &self,
        caller: &Caller,
        ruling: Ruling,
        by: RuledBy,
        reason: String,
    ) -> Result<Ruled, Error> {
        let after = match by {
            RuledBy::Moderator => serde_json::to_string(&ruling).ok(),
            RuledBy::Player => None,
        };
        let note = AuditNote {
            after,
            reason,
            ..self.note_of(caller, ruling.action(), ruling.target())
        };
        self.carry_out(Decision::Ruling(ruling, by), note).await
    }

    async fn carry_out(&self, decision: Decision, note: AuditNote) -> Result<Ruled, Error> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Decide {
            decision,
            note,
            reply,
        })
        .await?;
        answer.await.map_err(|_| Error::stopping())?
    }

    /// Erases a player for ever: account, name, submissions, standings. The audit
    /// log keeps the id, the handle, and names that moderators gave.
    ///
    /// # Errors
    /// Who may not, or the ledger is away.
    pub async fn erase(&self, caller: &Caller, player: &PlayerId) -> Result<(), Error> {
        caller.check(Operation::Erase(player))?;
        let note = self.note_of(caller, "erase_player", player.to_string());
        let decision = Decision::Erase(player.clone());
        self.carry_out(decision, note).await.map(drop)
    }

    /// What the caller does now, for the audit log.
    pub(crate) fn note_of(
        &self,
        caller: &Caller,
        action: &'static str,
        target: String,
    ) -> AuditNote {
        AuditNote::new(self.clock.now(), caller.actor(), action, target)
    }

    /// The newest submissions that feed a player's standings: of one board or of
    /// all, recorded before `before`.
    ///
    /// # Errors
    /// Who may not, or the ledger is away.
    pub async fn submissions(
        &self,
        caller: &Caller,
        player: &PlayerId,
        board: Option<&Slug>,
        before: Option<u64>,
    ) -> Result<Vec<SubmissionRecord>, Error> {
        caller.check(Operation::ReadSubmissions(player))?;
        let limit = SUBMISSIONS_AT_ONCE;
        Ok(self
            .records
            .submissions(player, board, before, limit)
            .await?)
    }

    /// What makes a player's standing in a season.
    ///
    /// # Errors
    /// Who may not, an unknown board or standing, or the ledger is away.
    pub async fn explain(
        &self,
        caller: &Caller,
        key: &SeasonKey,
        player: &PlayerId,
    ) -> Result<Explanation, Error> {
        caller.check(Operation::ReadSubmissions(player))?;
        self.board(&key.board)?;
        let explained = self.records.explain(key, player).await?;
        explained.ok_or_else(|| Error::unknown_player(player, key))
    }

    /// A player, as they themselves and moderators see them.
    ///
    /// # Errors
    /// Who may not, or the ledger is away.
    pub async fn player(&self, caller: &Caller, player: &PlayerId) -> Result<PlayerRecord, Error> {
        caller.check(Operation::ReadSubmissions(player))?;
        Ok(self.records.player(player).await?)
    }

    /// Players whose name or handle begins with a text, or whose id it is.
    ///
    /// # Errors
    /// Who may not, a text that is empty or too long, or the ledger is away.
    pub async fn find_players(
        &self,
        caller: &Caller,
        text: &str,
    ) -> Result<Vec<PlayerRecord>, Error> {
        caller.check(Operation::Moderate)?;
        let text = searched("name", text)?;
        if text.is_empty() {
            return Err(InvalidValue::new("name", text, "must not be empty").into());
        }
        Ok(self.records.find_players(text, PLAYERS_AT_ONCE).await?)
    }

    /// Notes that the caller has a board's form open, and gives the handles of the
    /// others who do.
    ///
    /// # Errors
    /// Who may not, or the ledger is away.
    pub async fn visit_form(
        &self,
        caller: &Caller,
        board: &Slug,
        handle: &Handle,
    ) -> Result<Vec<String>, Error> {
        caller.check(Operation::DefineBoard(board))?;
        let now = self.clock.now();
        let since = now.plus_millis(-VISIT_MILLIS);
        let (form, handle) = (board.as_str(), handle.as_str());
        Ok(self.records.visit(form, handle, now, since).await?)
    }

    /// Entries of the audit log, the newest first.
    ///
    /// # Errors
    /// Who may not, or the ledger is away.
    pub async fn audit(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
    ) -> Result<Vec<AuditEntry>, Error> {
        caller.check(Operation::ReadAudit)?;
        let filter = AuditFilter {
            actor: searched("actor", &filter.actor)?.to_owned(),
            action: searched("action", &filter.action)?.to_owned(),
            target: searched("target", &filter.target)?.to_owned(),
            before: filter.before,
        };
        Ok(self.records.audit(&filter, AUDIT_AT_ONCE).await?)
    }
}

/// Text to search by: without spaces at its ends.
pub(crate) fn searched<'a>(field: &'static str, text: &'a str) -> Result<&'a str, InvalidValue> {
    let text = text.trim();
    if text.chars().count() <= MAX_SEARCH_CHARS && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    let rule = format!("must be at most {MAX_SEARCH_CHARS} characters, on one line");
    Err(InvalidValue::new(field, text, rule))
}
