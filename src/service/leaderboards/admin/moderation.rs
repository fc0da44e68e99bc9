//! Moderation: search for players, explanations of standings, rulings. A ruling goes
//! through the group commit like every change, and ranks change at once.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::admin::audit::AuditNote;
use crate::service::access::Caller;
use crate::service::access::Operation;
use crate::service::error::Error;
use crate::service::leaderboards::Leaderboards;
use crate::service::leaderboards::commit::{Decision, Request};
use crate::service::ports::ledger::Renaming;
use crate::service::quota::Limit;
use crate::{
    AuditEntry, AuditFilter, Explanation, Handle, InvalidValue, PlayerId, PlayerName, PlayerRecord,
    Ruled, Ruling, RulingDraft, SeasonKey, Slug, SubmissionId, SubmissionRecord, SubmissionState,
};

/// Maximum number of submissions in one list.
pub const SUBMISSIONS_AT_ONCE: u32 = 50;

/// Maximum number of held submissions in one list.
pub const HELD_AT_ONCE: u32 = 20;

/// Maximum number of players in a search result.
pub const PLAYERS_AT_ONCE: u32 = 20;

/// Maximum number of audit entries in one list.
pub const AUDIT_AT_ONCE: u32 = 100;

/// Lifetime of a visit to a form, in milliseconds: two of the page's heartbeats and a
/// margin.
pub const VISIT_MILLIS: i64 = 8_000;

/// Maximum time in which a read looks up how an id is recorded.
const SPELLED_WITHIN: Duration = Duration::from_millis(500);

/// Maximum length of a search text, in characters.
const MAX_SEARCH_CHARS: usize = 80;

impl Leaderboards {
    /// Applies a ruling. Ranks have changed when this returns. If the broker is down, they
    /// change on its return.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, a target is unknown, or the ledger is
    /// down.
    pub async fn rule(&self, caller: &Caller, draft: RulingDraft) -> Result<Ruled, Error> {
        caller.check(Operation::Moderate)?;
        let RulingDraft { ruling, reason } = draft;
        let ruling = self.spell(ruling).await?;
        let RulingDraft { ruling, reason } = RulingDraft { ruling, reason }.validated()?;
        let players: Vec<PlayerId> = ruling.players().into_iter().cloned().collect();
        self.check_may_rule(caller, &players, ruling.submissions())
            .await?;
        if matches!(ruling, Ruling::Rename { .. }) {
            self.take_rename(caller).await?;
        }
        self.decide(caller, ruling, reason).await
    }

    /// The player that a request names: as spelled if such a player is recorded, else in
    /// NFC. Earlier versions recorded ids in any spelling.
    ///
    /// # Errors
    /// Refuses text that is no id, or fails if the ledger is down.
    pub async fn spelled(&self, id: &str) -> Result<PlayerId, Error> {
        let id = PlayerId::stored(id)?;
        let Some(normal) = id.respelled() else {
            return Ok(id);
        };
        let is_recorded = self.records.has_player(&id).await?;
        Ok(if is_recorded { id } else { normal })
    }

    /// Like [`Self::spelled`], for reads, which go on without the ledger: if it does not answer
    /// soon, the id is in NFC.
    ///
    /// # Errors
    /// Refuses text that is no id.
    pub async fn spelled_or_normal(&self, id: &str) -> Result<PlayerId, InvalidValue> {
        let id = PlayerId::stored(id)?;
        let Some(normal) = id.respelled() else {
            return Ok(id);
        };
        let is_recorded = timeout(SPELLED_WITHIN, self.records.has_player(&id)).await;
        Ok(match is_recorded {
            Ok(Ok(true)) => id,
            Ok(Ok(false) | Err(_)) | Err(_) => normal,
        })
    }

    /// The ruling with its players as recorded. A new name is checked as such.
    async fn spell(&self, mut ruling: Ruling) -> Result<Ruling, Error> {
        let players: Vec<&mut PlayerId> = match &mut ruling {
            Ruling::Submissions { .. } => Vec::new(),
            Ruling::Ban { players, .. } => players.iter_mut().collect(),
            Ruling::Merge { players, into } => players.iter_mut().chain(into).collect(),
            Ruling::Rename { player, name, .. } => {
                *name = PlayerName::new(name.as_str())?;
                vec![player]
            }
        };
        for player in players {
            *player = self.spelled(player.as_str()).await?;
        }
        Ok(ruling)
    }

    /// Changes a player's display name on all boards at once. A player's own rename is an
    /// ordinary write; that of another player is a ruling.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, a moderator fixed the name, a quota is
    /// exceeded, or the ledger is down.
    pub async fn rename(
        &self,
        caller: &Caller,
        player: &PlayerId,
        name: PlayerName,
    ) -> Result<(), Error> {
        caller.check(Operation::Rename(player))?;
        self.take_rename(caller).await?;
        let player = player.clone();
        if caller.player() == Some(&player) {
            let (reply, answer) = oneshot::channel();
            let renaming = Renaming {
                player,
                name,
                arrived: self.clock.now(),
            };
            self.request(Request::Rename { renaming, reply }).await?;
            return answer.await.map_err(|_| Error::stopping())?;
        }
        self.check_may_rule(caller, std::slice::from_ref(&player), &[])
            .await?;
        let fixed = self.records.player(&player).await?.is_name_fixed;
        let ruling = Ruling::Rename {
            player,
            name,
            fixed,
        };
        self.decide(caller, ruling, String::new()).await.map(drop)
    }

    /// Takes a rename from the caller's quota of submissions.
    async fn take_rename(&self, caller: &Caller) -> Result<(), Error> {
        let (limit, subject) = match caller {
            Caller::GameServer(key) => (Limit::Key, key.id.as_str()),
            Caller::Person { player, .. } => (Limit::Player, player.as_str()),
            Caller::Operator | Caller::Nobody => return Ok(()),
        };
        Ok(self.limiter.take(limit, subject, 1).await?)
    }

    /// Checks that the caller may rule on these players, on the authors of these submissions, and
    /// on all players merged with one of them.
    async fn check_may_rule(
        &self,
        caller: &Caller,
        players: &[PlayerId],
        submissions: &[SubmissionId],
    ) -> Result<(), Error> {
        let role = self.records.highest_role(players, submissions).await?;
        caller.check(Operation::Rule(role))
    }

    async fn decide(
        &self,
        caller: &Caller,
        ruling: Ruling,
        reason: String,
    ) -> Result<Ruled, Error> {
        let note = AuditNote {
            after: serde_json::to_string(&ruling).ok(),
            reason,
            ..self.note_of(caller, ruling.action(), ruling.target())
        };
        self.carry_out(Decision::Ruling(ruling), note).await
    }

    async fn carry_out(&self, decision: Decision, note: AuditNote) -> Result<Ruled, Error> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Decide {
            decision,
            note,
            reply,
        })
        .await?;
        let ruled = answer.await;
        self.merges.forget();
        ruled.map_err(|_| Error::stopping())?
    }

    /// Permanently erases a player: account, name, submissions, standings. The audit log
    /// keeps the id, the handle, and names set by moderators.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the ledger is down.
    pub async fn erase(&self, caller: &Caller, player: &PlayerId) -> Result<(), Error> {
        caller.check(Operation::Erase(player))?;
        let note = self.note_of(caller, "erase_player", player.to_string());
        let decision = Decision::Erase(player.clone());
        self.carry_out(decision, note).await.map(drop)
    }

    /// An audit note for an action of the caller at the current time.
    pub(crate) fn note_of(
        &self,
        caller: &Caller,
        action: &'static str,
        target: String,
    ) -> AuditNote {
        AuditNote::new(self.clock.now(), caller.actor(), action, target)
    }

    /// The newest submissions that are held for review, of all players, up to
    /// [`HELD_AT_ONCE`].
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the ledger is down.
    pub async fn held(&self, caller: &Caller) -> Result<Vec<SubmissionRecord>, Error> {
        caller.check(Operation::Moderate)?;
        Ok(self.records.held(HELD_AT_ONCE).await?)
    }

    /// The newest submissions of a player and of players merged into them, counted or not:
    /// on one board or on all, recorded before `before`.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the ledger is down.
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

    /// Explains a player's standing in a season.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the board or standing is unknown, or the
    /// ledger is down.
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

    /// The newest ruling that gave a submission its state; `None` if the audit log has none, like
    /// for a submission that was never ruled on.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the ledger is down.
    pub async fn explain_ruling(
        &self,
        caller: &Caller,
        id: SubmissionId,
        state: SubmissionState,
    ) -> Result<Option<AuditEntry>, Error> {
        caller.check(Operation::Moderate)?;
        let ids = vec![id];
        let filter = AuditFilter {
            action: Ruling::Submissions { ids, state }.action().to_owned(),
            target: id.to_string(),
            ..AuditFilter::default()
        };
        Ok(self.records.audit(&filter, 1).await?.into_iter().next())
    }

    /// A player's record, for the player and for moderators.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the ledger is down.
    pub async fn player(&self, caller: &Caller, player: &PlayerId) -> Result<PlayerRecord, Error> {
        caller.check(Operation::ReadSubmissions(player))?;
        Ok(self.records.player(player).await?)
    }

    /// Players whose name or handle begins with a text, or whose id equals it.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, the text is empty or too long, or the
    /// ledger is down.
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

    /// Records that the caller has a board's form open. Returns the handles of the other
    /// visitors.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, or if the ledger is down.
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

    /// Entries of the audit log, newest first.
    ///
    /// # Errors
    /// Fails if the caller lacks the permission, a filter is too long, or the ledger is
    /// down.
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

/// Trims and checks a search text.
pub(crate) fn searched<'a>(field: &'static str, text: &'a str) -> Result<&'a str, InvalidValue> {
    let text = text.trim();
    if text.chars().count() <= MAX_SEARCH_CHARS && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    let rule = format!("must be at most {MAX_SEARCH_CHARS} characters, on one line");
    Err(InvalidValue::new(field, text, rule))
}
