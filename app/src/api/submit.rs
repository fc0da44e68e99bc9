//! The server function that submits a score, as whoever asks: an account, a guest, or
//! somebody new.

use leptos::prelude::*;

use crate::core::confirmation::Confirmation;
use crate::error::PageError;

/// Who made a score that nobody in particular made.
pub const NO_PLAYER: &str = "nobody";

/// Submits a score as the guest that the cookie names, or a new one. `score` is as it was
/// typed into a form. The page's code, which has read that already, says the `value`, too: nothing
/// else is meant by then, whatever marks the browser asks for now. `id` makes a repeat harmless. `player` is whom the browser
/// knew when it was made, or [`NO_PLAYER`]: somebody else's it is not. Without a `name` a
/// player who is known keeps theirs.
///
/// # Errors
/// A refusal, or an engine is away.
#[server(prefix = "/_fn", endpoint = "submit", output = leptos::server_fn::codec::Postcard)]
pub async fn submit_score(
    slug: String,
    name: String,
    score: String,
    value: Option<i64>,
    id: Option<String>,
    player: Option<String>,
) -> Result<Confirmation, PageError> {
    let (id, player) = (id.as_deref(), player.as_deref());
    backend::submit_score((&slug, &name, &score, value), id, player).await
}

#[cfg(feature = "ssr")]
mod backend {
    use leaderport::service::{Error, Outcome};
    use leaderport::{InvalidValue, PlayerId, PlayerName, Score, Slug, Submission, SubmissionId};

    use super::super::request::Request;
    use super::NO_PLAYER;
    use crate::api::visitor::Visitor;
    use crate::core::confirmation::{Confirmation, SeasonConfirmation};
    use crate::error::PageError;

    pub(super) async fn submit_score(
        typed: (&str, &str, &str, Option<i64>),
        id: Option<&str>,
        player: Option<&str>,
    ) -> Result<Confirmation, PageError> {
        let request = Request::current();
        let submitted = submit(&request, typed, id, player).await;
        let (visitor, outcome) = request.with_status(submitted)?;
        if visitor.account.is_none() {
            request.set_cookies(request.visitors.remember(&visitor));
        }
        let season = |s: leaderport::service::SeasonOutcome| SeasonConfirmation {
            season: s.season,
            score: s.score,
            rank: s.ranks.map(|r| r.rank),
            previous_rank: s.ranks.and_then(|r| r.previous),
            position: s.ranks.map(|r| r.position),
        };
        Ok(Confirmation {
            player: visitor.player,
            name: visitor.name,
            seasons: outcome.seasons.into_iter().map(season).collect(),
        })
    }

    async fn submit(
        request: &Request,
        (slug, name, score, value): (&str, &str, &str, Option<i64>),
        id: Option<&str>,
        player: Option<&str>,
    ) -> Result<(Visitor, Outcome), Error> {
        let slug = Slug::new(slug)?;
        let board = request.leaderboards.board(&slug)?;
        let name = (!name.is_empty())
            .then(|| PlayerName::new(name))
            .transpose()?;
        let value = match value {
            Some(value) => Score::new(value),
            None => board.format.read(score, request.marks),
        }
        .map_err(|e| e.of("score"))?;
        // The service looks, too, and says it as its API does.
        let bounds = (board.min_score, board.max_score);
        let checked = board.format.check_within(value, bounds, request.marks);
        checked.map_err(|e| e.of("score"))?;
        let id = id.filter(|id| !id.is_empty()).map(str::parse).transpose()?;
        let visitor = request.visitor().await?;
        match player.filter(|player| !player.is_empty()) {
            Some(NO_PLAYER) if visitor.as_ref().is_some_and(|v| v.account.is_some()) => {
                let why = "this score was made by nobody in particular, and you have signed \
                           in since; submit it anew if it is yours";
                return Err(Error::Forbidden(why.to_owned()));
            }
            Some(NO_PLAYER) | None => {}
            Some(player) => {
                let player = PlayerId::new(player)?;
                let who = visitor.as_ref().map(|visitor| &visitor.player);
                request.leaderboards.check_is(&player, who).await?;
            }
        }
        let visitor = match (visitor, &name) {
            (Some(known), _) => known,
            (None, None) => {
                let why = "must be 1 to 40 printable characters, since it is not known who plays";
                return Err(InvalidValue::new("name", "", why).into());
            }
            (None, Some(name)) => newcomer(request, name, id.as_ref()).await?,
        };
        let name = name.unwrap_or_else(|| visitor.name.clone());
        let is_renamed = visitor.account.is_some() && visitor.name != name;
        let visitor = Visitor { name, ..visitor };
        let caller = visitor.caller();
        let submission = Submission {
            id: id.unwrap_or_else(|| request.visitors.new_submission_id()),
            board: slug,
            player: visitor.player.clone(),
            name: Some(visitor.name.clone()),
            value,
            at: None,
        };
        let outcome = request.leaderboards.submit_one(&caller, submission).await?;
        if is_renamed {
            request.people.remember_name(&caller, &visitor.name).await?;
        }
        Ok((visitor, outcome))
    }

    /// Who was nobody. A submission that comes again, because its first answer was lost
    /// and with it the cookie, makes the same guest again.
    async fn newcomer(
        request: &Request,
        name: &PlayerName,
        id: Option<&SubmissionId>,
    ) -> Result<Visitor, Error> {
        let same = request.visitors.newcomer(name.clone(), id);
        if request.people.is_spent(&same.player, same.since).await? {
            return Ok(request.visitors.newcomer(name.clone(), None));
        }
        Ok(same)
    }
}
