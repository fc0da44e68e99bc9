//! The server function that submits a score, as the caller's account, as a guest, or as a new
//! guest.

use leptos::prelude::*;

use crate::core::submit::confirmation::Confirmation;
use crate::error::PageError;

/// The `player` of a score that was submitted without a player. No id begins with a space.
pub const NO_PLAYER: &str = " nobody";

/// The code of the refusal of a score that was made by another reader of the browser. It can be
/// sent once its owner is back.
pub const ANOTHER_READER: &str = "another_reader";

/// Submits a score as the visitor that the cookies identify, or as a new guest.
///
/// `score` is the text that the reader typed into a form. The page's code also sends the parsed
/// `value`, which takes precedence: a change of the reader's number format since then does not
/// matter. `id` is the submission id, which makes a retry harmless.
///
/// `player` is the reader's player at the time of the submission, or [`NO_PLAYER`]. If the caller
/// is another player now, the score is refused with [`ANOTHER_READER`].
///
/// A known player keeps their name if `name` is empty or equals `shown_name`, the name in the field
/// when the page was rendered.
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
    shown_name: Option<String>,
    score: String,
    value: Option<i64>,
    id: Option<String>,
    player: Option<String>,
    proof: Option<String>,
) -> Result<Confirmation, PageError> {
    let form = backend::Form {
        slug: &slug,
        name: &name,
        shown_name: shown_name.as_deref().unwrap_or_default(),
        score: &score,
        value,
        id: id.as_deref().filter(|id| !id.is_empty()),
        proof: proof.as_deref(),
    };
    backend::submit_score(form, player.as_deref()).await
}

#[cfg(feature = "ssr")]
mod backend {
    use std::ops::RangeInclusive;

    use leaderport::service::{Error, Outcome};
    use leaderport::{
        Board, InvalidValue, PlayerId, PlayerName, Score, Slug, Submission, SubmissionId,
    };

    use super::super::request::Request;
    use super::{ANOTHER_READER, NO_PLAYER};
    use crate::api::visitor::Visitor;
    use crate::core::submit::confirmation::{Confirmation, SeasonConfirmation};
    use crate::core::submit::typed_name::typed_name;
    use crate::error::PageError;
    use crate::words;

    /// A score as the form or the page's code sends it.
    #[derive(Clone, Copy)]
    pub(super) struct Form<'a> {
        pub(super) slug: &'a str,
        pub(super) name: &'a str,
        pub(super) shown_name: &'a str,
        pub(super) score: &'a str,
        pub(super) value: Option<i64>,
        pub(super) id: Option<&'a str>,
        pub(super) proof: Option<&'a str>,
    }

    pub(super) async fn submit_score(
        form: Form<'_>,
        player: Option<&str>,
    ) -> Result<Confirmation, PageError> {
        let request = Request::current();
        let visitor = check_reader(&request, player).await?;
        let submitted = submit(&request, form, visitor).await;
        let submitted = request.with_status(submitted);
        let (visitor, outcome) =
            submitted.map_err(|error| match check_typed_score(&request, form) {
                Err(message) if error.code == "invalid_value" => PageError { message, ..error },
                _ => error,
            })?;
        if visitor.account.is_none() {
            request.set_cookies(request.visitors.remember(&visitor));
        }
        request.return_to_form();
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

    /// The visitor, if they may send a score that was made as `player`.
    async fn check_reader(
        request: &Request,
        player: Option<&str>,
    ) -> Result<Option<Visitor>, PageError> {
        let checked = async {
            let visitor = request.visitor().await?;
            match player.filter(|player| !player.is_empty()) {
                Some(NO_PLAYER) if visitor.as_ref().is_some_and(|v| v.account.is_some()) => {
                    let reason = "this score was made before you signed in; submit it again if it \
                                  is yours";
                    return Err(Error::Forbidden(reason.to_owned()));
                }
                Some(NO_PLAYER) | None => {}
                Some(player) => {
                    let player = PlayerId::stored(player)?;
                    let current = visitor.as_ref().map(|visitor| &visitor.player);
                    request.leaderboards.check_is(&player, current).await?;
                }
            }
            Ok(visitor)
        };
        let checked = request.with_status(checked.await);
        checked.map_err(|error| match error.code.as_str() {
            "forbidden" | "unauthorized" => PageError {
                code: ANOTHER_READER.to_owned(),
                ..error
            },
            _ => error,
        })
    }

    /// Checks the score that the reader typed. The error is a sentence for the reader, whereas the
    /// service's error is written for programs.
    fn check_typed_score(request: &Request, form: Form<'_>) -> Result<(), String> {
        let board = Slug::new(form.slug).ok();
        let board = board.and_then(|slug| request.leaderboards.board(&slug).ok());
        let Some(board) = board else { return Ok(()) };
        let score = read_score(request, &board, form).ok();
        words::check_score(words::AcceptedScores::from(&*board), score).map(drop)
    }

    fn read_score(request: &Request, board: &Board, form: Form<'_>) -> Result<Score, InvalidValue> {
        let score = match form.value {
            Some(value) => Score::new(value),
            None => board.format.read(form.score, request.marks),
        };
        score.map_err(|error| error.of("score"))
    }

    async fn submit(
        request: &Request,
        form: Form<'_>,
        visitor: Option<Visitor>,
    ) -> Result<(Visitor, Outcome), Error> {
        let slug = Slug::new(form.slug)?;
        let board = request.leaderboards.board(&slug)?;
        let typed = typed_name(form.name, form.shown_name)?;
        let value = read_score(request, &board, form)?;
        // The service checks the bounds too, but its message has the API's number format.
        let bounds = (board.min_score, board.max_score);
        let checked = board.format.check_within(value, bounds, request.marks);
        checked.map_err(|e| e.of("score"))?;
        let id = form.id.map(str::parse).transpose()?;
        let visitor = match visitor {
            Some(known) => known,
            None if form.name.is_empty() => {
                let reason = "must be 1 to 40 printable characters, because the player is unknown";
                return Err(InvalidValue::new("name", "", reason).into());
            }
            None => {
                let of = id.as_ref().zip(form.proof);
                newcomer(request, &PlayerName::new(form.name)?, of).await?
            }
        };
        let known = match &typed {
            Some(_) => None,
            None => request.leaderboards.display_name(&visitor.player).await?,
        };
        // A player without a name on boards gets the visitor's.
        let first = known.is_none().then(|| visitor.name.clone());
        let name = typed.clone().or(first);
        let caller = visitor.caller();
        let submission = Submission {
            id: id.unwrap_or_else(|| request.visitors.new_submission_id()),
            board: slug,
            player: visitor.player.clone(),
            name,
            value,
            at: None,
        };
        let outcome = request.leaderboards.submit_one(&caller, submission).await?;
        let name = if let Some(known) = known {
            known
        } else {
            // A typed name is not the player's name if a moderator has set theirs, or if this is a
            // retry and the player was renamed since. The score is recorded, even if this read fails.
            let recorded = request.leaderboards.display_name(&visitor.player).await;
            recorded.ok().flatten().unwrap_or(visitor.name.clone())
        };
        if visitor.account.is_some() && visitor.name != name && typed.as_ref() == Some(&name) {
            request.people.remember_name(&caller, &name).await?;
        }
        Ok((Visitor { name, ..visitor }, outcome))
    }

    /// Accepted lengths of a secret that cannot be guessed, in bytes.
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

#[cfg(test)]
mod tests {
    use super::NO_PLAYER;

    #[test]
    fn the_mark_for_no_player_is_no_valid_id() {
        assert!(leaderport::PlayerId::stored(NO_PLAYER).is_err());
    }
}
