//! The server function that submits a score, as the caller's account, as a guest, or as a new
//! guest.

use leptos::prelude::*;

use crate::core::confirmation::Confirmation;
use crate::error::PageError;

/// The `player` of a score that was submitted without a player.
pub const NO_PLAYER: &str = "nobody";

/// Submits a score as the visitor that the cookies identify, or as a new guest.
///
/// `score` is the text that the reader typed into a form. The page's code also sends the parsed
/// `value`, which takes precedence: a change of the reader's number format since then does not
/// matter. `id` is the submission id, which makes a retry harmless.
///
/// `player` is the reader's player at the time of the submission, or [`NO_PLAYER`]. If the caller
/// is another player now, the score is refused. Without a `name`, a known player keeps their name.
///
/// `proof` is a secret of the client. A retry with the same `id` and `proof` gets the same new guest,
/// if the first answer was lost with its cookie. The id alone does not, because moderators see it.
///
/// # Errors
/// Fails if the service refuses the score, or if an engine is down.
#[server(prefix = "/_fn", endpoint = "submit", output = leptos::server_fn::codec::Postcard)]
pub async fn submit_score(
    slug: String,
    name: String,
    score: String,
    value: Option<i64>,
    id: Option<String>,
    player: Option<String>,
    proof: Option<String>,
) -> Result<Confirmation, PageError> {
    let (id, player, proof) = (id.as_deref(), player.as_deref(), proof.as_deref());
    backend::submit_score((&slug, &name, &score, value), (id, proof), player).await
}

#[cfg(feature = "ssr")]
mod backend {
    use std::ops::RangeInclusive;

    use leaderport::service::{Error, Outcome};
    use leaderport::{
        Board, InvalidValue, PlayerId, PlayerName, Score, Slug, Submission, SubmissionId,
    };

    use super::super::request::Request;
    use super::NO_PLAYER;
    use crate::api::visitor::Visitor;
    use crate::core::confirmation::{Confirmation, SeasonConfirmation};
    use crate::error::PageError;
    use crate::words;

    pub(super) async fn submit_score(
        typed: (&str, &str, &str, Option<i64>),
        id: (Option<&str>, Option<&str>),
        player: Option<&str>,
    ) -> Result<Confirmation, PageError> {
        let request = Request::current();
        let submitted = submit(&request, typed, id, player).await;
        let submitted = request.with_status(submitted);
        let (visitor, outcome) =
            submitted.map_err(|error| match check_typed_score(&request, typed) {
                Err(message) if error.code == "invalid_value" => PageError { message, ..error },
                _ => error,
            })?;
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

    /// Checks the score that the reader typed. The error is a sentence for the reader, whereas the
    /// service's error is written for programs.
    fn check_typed_score(
        request: &Request,
        (slug, _, score, value): (&str, &str, &str, Option<i64>),
    ) -> Result<(), String> {
        let board = Slug::new(slug).ok();
        let board = board.and_then(|slug| request.leaderboards.board(&slug).ok());
        let Some(board) = board else { return Ok(()) };
        let score = read_score(request, &board, score, value).ok();
        let bounds = (board.min_score, board.max_score);
        words::check_score(board.format, bounds, score).map(drop)
    }

    fn read_score(
        request: &Request,
        board: &Board,
        score: &str,
        value: Option<i64>,
    ) -> Result<Score, InvalidValue> {
        let score = match value {
            Some(value) => Score::new(value),
            None => board.format.read(score, request.marks),
        };
        score.map_err(|error| error.of("score"))
    }

    async fn submit(
        request: &Request,
        (slug, name, score, value): (&str, &str, &str, Option<i64>),
        (id, proof): (Option<&str>, Option<&str>),
        player: Option<&str>,
    ) -> Result<(Visitor, Outcome), Error> {
        let slug = Slug::new(slug)?;
        let board = request.leaderboards.board(&slug)?;
        let name = (!name.is_empty())
            .then(|| PlayerName::new(name))
            .transpose()?;
        let value = read_score(request, &board, score, value)?;
        // The service checks the bounds too, but its message has the API's number format.
        let bounds = (board.min_score, board.max_score);
        let checked = board.format.check_within(value, bounds, request.marks);
        checked.map_err(|e| e.of("score"))?;
        let id = id.filter(|id| !id.is_empty()).map(str::parse).transpose()?;
        let visitor = request.visitor().await?;
        match player.filter(|player| !player.is_empty()) {
            Some(NO_PLAYER) if visitor.as_ref().is_some_and(|v| v.account.is_some()) => {
                let reason = "this score was made before you signed in; submit it \
                              again if it is yours";
                return Err(Error::Forbidden(reason.to_owned()));
            }
            Some(NO_PLAYER) | None => {}
            Some(player) => {
                let player = PlayerId::stored(player)?;
                let current = visitor.as_ref().map(|visitor| &visitor.player);
                request.leaderboards.check_is(&player, current).await?;
            }
        }
        let visitor = match (visitor, &name) {
            (Some(known), _) => known,
            (None, None) => {
                let reason = "must be 1 to 40 printable characters, because the player is unknown";
                return Err(InvalidValue::new("name", "", reason).into());
            }
            (None, Some(name)) => newcomer(request, name, id.as_ref().zip(proof)).await?,
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

    /// Lengths of a secret that nobody can guess, in bytes.
    const PROOF_BYTES: RangeInclusive<usize> = 16..=64;

    /// A new guest. If the first answer to a submission was lost with its cookie, the retry gets
    /// the same guest again, unless that guest's credential is void.
    async fn newcomer(
        request: &Request,
        name: &PlayerName,
        of: Option<(&SubmissionId, &str)>,
    ) -> Result<Visitor, Error> {
        let of = of.filter(|(_, proof)| PROOF_BYTES.contains(&proof.len()));
        let guest = request.visitors.newcomer(name.clone(), of);
        if request.people.is_spent(&guest.player, guest.since).await? {
            return Ok(request.visitors.newcomer(name.clone(), None));
        }
        Ok(guest)
    }
}
