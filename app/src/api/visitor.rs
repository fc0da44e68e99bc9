//! The visitor: the player who sends a request. The server implements [`Visitors`]; pages and
//! server functions take the implementation from the context.

use async_trait::async_trait;
use http::{Extensions, HeaderMap, HeaderValue};
use leaderport::people::settings::Settings;
use leaderport::service::{Caller, Error, Proof, Review, Token};
use leaderport::{Account, PlayerId, PlayerName, Role, SubmissionId, Timestamp};

use crate::core::submit::outbox::ScoreOwner;
use crate::words;

/// A guest, or a signed-in player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The visitor's player.
    pub player: PlayerId,
    /// The player's name.
    pub name: PlayerName,
    /// The player's account; none for a guest.
    pub account: Option<Account>,
    /// When a guest's credential was issued. A renewed guest cookie keeps this time, so that a
    /// revoked cookie stays revoked.
    pub since: Timestamp,
}

impl Visitor {
    /// The visitor as the owner of queued scores.
    #[must_use]
    pub fn owner(&self) -> ScoreOwner {
        ScoreOwner {
            player: self.player.clone(),
            has_account: self.account.is_some(),
        }
    }

    /// The visitor as a caller of the service.
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

/// The sentence for a reader whose scores are not ranked, because a moderator ruled on them.
#[must_use]
pub fn review_notice(review: Review) -> &'static str {
    match review {
        Review::Banned => words::you_are_banned(),
        Review::Held => words::your_scores_are_held(),
    }
}

/// Identifies visitors by their cookies.
#[async_trait]
pub trait Visitors: Send + Sync {
    /// The visitor that a request's cookies identify.
    ///
    /// # Errors
    /// Fails if the ledger is down.
    async fn current(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Error>;

    /// The session token in a request's cookies, valid or not.
    fn session(&self, headers: &HeaderMap) -> Option<String>;

    /// The `Set-Cookie` values that identify a guest in later requests.
    fn remember(&self, guest: &Visitor) -> Vec<HeaderValue>;

    /// The `Set-Cookie` values that begin a session and remove the guest cookie.
    fn begin(&self, session: &Token) -> Vec<HeaderValue>;

    /// The `Set-Cookie` values that remove the session and guest cookies.
    fn end(&self) -> Vec<HeaderValue>;

    /// The `Set-Cookie` values that keep settings in the browser.
    fn keep_settings(&self, settings: &Settings) -> Vec<HeaderValue>;

    /// The name of the sign-in provider, if one is configured.
    fn provider(&self) -> Option<String>;

    /// The address of this deployment for the sender of a request: `https://HOST`.
    fn origin(&self, headers: &HeaderMap) -> Option<String>;

    /// The network address that sent a request, for rate limits; empty if it is unknown.
    fn address(&self, extensions: &Extensions) -> String;

    /// Whether the address that got a request has the admin page.
    fn has_admin_page(&self, extensions: &Extensions) -> bool;

    /// A new guest. A recent submission id with the same secret gives the same guest again, because
    /// the client retries a submission whose answer was lost. The secret is known to that client
    /// only, whereas others may see the id.
    fn newcomer(&self, name: PlayerName, of: Option<(&SubmissionId, &str)>) -> Visitor;

    /// A new submission id, for forms that send none.
    fn new_submission_id(&self) -> SubmissionId;
}
