//! Who visits: what server functions need to know of a request's sender. The
//! server implements it; pages and server functions find it in context.

use http::{HeaderMap, HeaderValue};
use leaderport::{PlayerId, PlayerName, SubmissionId};

/// A guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The player they play as.
    pub player: PlayerId,
    /// The name they chose.
    pub name: PlayerName,
}

/// Knows visitors by their cookies.
pub trait Visitors: Send + Sync {
    /// The visitor that a request's cookies prove.
    fn current(&self, headers: &HeaderMap) -> Option<Visitor>;

    /// The `Set-Cookie` value by which the visitor is known next time.
    fn remember(&self, visitor: &Visitor) -> Option<HeaderValue>;

    /// A visitor never seen before.
    fn newcomer(&self, name: PlayerName) -> Visitor;

    /// A new submission id, for forms that bring none.
    fn new_submission_id(&self) -> SubmissionId;
}
