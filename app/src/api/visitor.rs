//! Who visits: what server functions need to know of a request's sender. The
//! server implements it; pages and server functions find it in context.

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue};
use leaderport::service::{Caller, Error, Proof, Token};
use leaderport::{Account, PlayerId, PlayerName, Role, SubmissionId, Timestamp};

/// A guest, or a player who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The player they play as.
    pub player: PlayerId,
    /// The name they chose.
    pub name: PlayerName,
    /// None for a guest.
    pub account: Option<Account>,
    /// When what proves it was given to them: a guest's cookie is renewed with its own
    /// time, so that one that was ended stays so.
    pub since: Timestamp,
}

impl Visitor {
    /// As the service knows them.
    #[must_use]
    pub fn caller(&self) -> Caller {
        let role = self.account.as_ref().map_or(Role::Player, |a| a.role);
        Caller::Person {
            player: self.player.clone(),
            role,
            proof: Proof::Cookie,
        }
    }
}

/// Knows visitors by their cookies.
#[async_trait]
pub trait Visitors: Send + Sync {
    /// The visitor that a request's cookies prove.
    ///
    /// # Errors
    /// When it cannot be found out: the ledger is away.
    async fn current(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Error>;

    /// The token of the session that a request names, valid or not.
    fn session(&self, headers: &HeaderMap) -> Option<String>;

    /// The `Set-Cookie` values by which a guest is known next time.
    fn remember(&self, guest: &Visitor) -> Vec<HeaderValue>;

    /// Those that begin a session; whoever was a guest is so no more.
    fn begin(&self, session: &Token) -> Vec<HeaderValue>;

    /// Those that make a stranger of whoever it was.
    fn end(&self) -> Vec<HeaderValue>;

    /// What the button to sign in by a provider says, where one is configured.
    fn provider(&self) -> Option<String>;

    /// Where the sender of a request finds this deployment: `https://HOST`.
    fn origin(&self, headers: &HeaderMap) -> Option<String>;

    /// A guest never seen before; by the same submission always the same, for as long as
    /// a lost answer to it may be asked for again.
    fn newcomer(&self, name: PlayerName, of: Option<&SubmissionId>) -> Visitor;

    /// A new submission id, for forms that bring none.
    fn new_submission_id(&self) -> SubmissionId;
}
