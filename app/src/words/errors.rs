//! Errors of the service, by their stable codes, and of values that the reader entered.
//!
//! English pages show the service's own message instead of [`error`]: it has the details.

use leaderport::{Board, Score, ScoreFormat};

use super::{full_score, texts};
use crate::locale::numbers;

texts! {
    error_unknown_board = "This board doesn’t exist.";
    error_outdated_board = "Another admin saved this board first. Compare both versions, then save again.";
    error_calendar_in_use = "The time zone cannot change: a season that begins by it has scores.";
    error_not_archived = "Archive this board first, then delete it.";
    error_board_recounting = "This board has new rules, and its scores are being counted again. Try again in a moment.";
    error_being_deleted = "A former board of this slug is still being deleted. Try again in a minute.";
    error_board_not_open = "This board is not open yet.";
    error_board_closed = "This board takes no scores at present.";
    error_erased = "This player was erased.";
    error_unknown_player = "This player has no standing here.";
    error_id_conflict = "This score was sent before with other content. Submit it again.";
    error_sum_out_of_range = "The sum of these scores is too large.";
    error_unauthorized = "You are not signed in any more. Sign in and try again.";
    error_bad_token = "Your sign-in has expired. Sign in again.";
    error_forbidden = "You are not allowed to do this.";
    error_banned = "This player is banned, so the score was not accepted.";
    error_wrong_credentials = "Wrong handle or password.";
    error_handle_taken = "This handle is taken. Choose another one.";
    error_already_signed_up = "You already have an account. Sign in.";
    error_unknown_account = "There is no account with this handle.";
    error_unknown_key = "This key doesn’t exist or is already revoked.";
    error_too_many_subscriptions = "This page follows too many boards. Close other pages and try again.";
    error_too_many_requests = "Too many requests. Wait a moment and try again.";
    error_busy = "The server is busy. Try again in a moment.";
    error_unavailable = "The service is unavailable right now. Try again in a moment.";
    invalid_value(field, value) = "Enter another value for “{field}”: {value} is not valid.";
    not_accepted = "This was not accepted. Check the form and try again.";
    enter_another_value(field) = "Enter another value for “{field}”.";
    invalid_name = "Enter a name of 1 to 40 visible characters. Hidden characters are not accepted.";
    invalid_handle = "Enter a handle of 3 to 24 characters: a to z, 0 to 9, - and _. It begins with a letter or digit.";
    invalid_password = "Enter a password of at least 10 characters.";
    enter_a_score_like(example) = "Enter a score like {example}.";
    enter_a_score_between(min, max) = "Enter a score from {min} to {max}.";
    enter_a_score_from(min) = "Enter a score of {min} or more.";
    enter_a_score_up_to(max) = "Enter a score of {max} or less.";
    enter_a_time_like(example) = "Enter a time like {example}.";
    enter_a_time_between(min, max) = "Enter a time from {min} to {max}.";
    enter_a_time_from(min) = "Enter a time of {min} or more.";
    enter_a_time_up_to(max) = "Enter a time of {max} or less.";
    enter_a_rank(last) = "Enter a rank from 1 to {last}.";
    enter_a_name_to_find = "Enter a name, or the beginning of one.";
    enter_your_handle = "Enter your handle.";
    enter_your_password = "Enter your password.";
}

/// The sentence for an error code of the service; none for other codes.
#[must_use]
pub fn error(code: &str) -> Option<&'static str> {
    Some(match code {
        "unknown_board" => error_unknown_board(),
        "outdated_board" => error_outdated_board(),
        "calendar_in_use" => error_calendar_in_use(),
        "not_archived" => error_not_archived(),
        "board_recounting" => error_board_recounting(),
        "being_deleted" => error_being_deleted(),
        "unknown_player" => error_unknown_player(),
        "board_not_open" => error_board_not_open(),
        "board_closed" => error_board_closed(),
        "erased" => error_erased(),
        "id_conflict" => error_id_conflict(),
        "sum_out_of_range" => error_sum_out_of_range(),
        "unauthorized" => error_unauthorized(),
        "bad_token" => error_bad_token(),
        "forbidden" => error_forbidden(),
        "banned" => error_banned(),
        "wrong_credentials" => error_wrong_credentials(),
        "handle_taken" => error_handle_taken(),
        "already_signed_up" => error_already_signed_up(),
        "unknown_account" => error_unknown_account(),
        "unknown_key" => error_unknown_key(),
        "no_emblem" => super::emblem_needs_a_picture(),
        "too_many_subscriptions" => error_too_many_subscriptions(),
        "too_many_requests" => error_too_many_requests(),
        "busy" => error_busy(),
        "unavailable" => error_unavailable(),
        _ => return None,
    })
}

/// The sentence for a refusal that comes from the page's address. It has no text from there, because
/// anybody can write a link.
#[must_use]
pub fn refusal(code: &str, field: Option<&str>) -> String {
    let (rule, label) = (field.and_then(rule_of), field.and_then(label_of));
    match (code, rule, label) {
        ("invalid_value", Some(rule), _) => rule.to_owned(),
        ("invalid_value", _, Some(label)) => enter_another_value(label),
        _ => error(code).unwrap_or_else(not_accepted).to_owned(),
    }
}

/// The sentence for a field with an invalid value. `field` is its name in the API.
#[must_use]
pub fn invalid_field(field: &str, value: &str) -> String {
    match rule_of(field) {
        Some(rule) => rule.to_owned(),
        None => invalid_value(field_label(field), value),
    }
}

/// The rule of a field, as a request to the reader; none for a field without a text of its own.
/// `field` is its name in the API.
#[must_use]
pub fn rule_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "name" => invalid_name(),
        "handle" => invalid_handle(),
        "password" | "new" => invalid_password(),
        "emblem" => super::emblem_needs_a_picture(),
        #[cfg(feature = "ssr")]
        other => return super::rule_of_admin_field(other),
        #[cfg(not(feature = "ssr"))]
        _ => return None,
    })
}

/// The label of a field on pages; its name in the API if no page has it.
fn field_label(field: &str) -> &str {
    label_of(field).unwrap_or(field)
}

/// The label of a field on pages, if a page has it.
fn label_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "title" => super::title(),
        "description" => super::description(),
        "policy" => super::score_policy(),
        "order" => super::ranking_order(),
        "tie" => super::equal_scores(),
        "period" | "periods" => super::periods(),
        "time_zone" => super::time_zone(),
        "format" => super::score_format(),
        "unit" => super::unit(),
        "min_score" => super::smallest_score(),
        "max_score" => super::largest_score(),
        "opens_at" => super::opens_at(),
        "closes_at" => super::closes_at(),
        "submitters" => super::submitters(),
        "tick_millis" => super::tick_millis(),
        "accent" => super::accent(),
        "emblem" => super::emblem(),
        "slug" => super::slug(),
        "season" => super::season(),
        "rank" => super::rank(),
        "score" | "value" => super::score(),
        "role" => super::role(),
        "scopes" => super::permissions(),
        "boards" => super::boards(),
        "player" => super::player(),
        "into" => super::merge_target(),
        "reason" => super::reason(),
        "language" => super::language(),
        "theme" => super::theme(),
        "density" => super::density(),
        "visible" => super::show_my_name(),
        _ => return None,
    })
}

/// The units of times, which have no plural. Scores of other units are not times, unless they have the
/// format of times.
pub(super) const TIME_UNITS: [&str; 4] = ["ms", "s", "min", "h"];

/// The scores that a board accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptedScores<'a> {
    /// The format of the scores.
    pub format: ScoreFormat,
    /// The unit of the scores; may be empty.
    pub unit: &'a str,
    /// The smallest score.
    pub min: Score,
    /// The largest score.
    pub max: Score,
}

impl AcceptedScores<'_> {
    /// Whether the scores are times.
    #[must_use]
    pub fn are_times(&self) -> bool {
        self.format == ScoreFormat::Duration || TIME_UNITS.contains(&self.unit)
    }
}

impl<'a> From<&'a Board> for AcceptedScores<'a> {
    fn from(board: &'a Board) -> Self {
        Self {
            format: board.format,
            unit: &board.unit,
            min: board.min_score,
            max: board.max_score,
        }
    }
}

/// Checks an entered score by the rules of a board. `score` is none for a text that is not a score
/// in the board's format.
///
/// # Errors
/// The sentence for the reader who entered a score that the board does not accept.
pub fn check_score(accepted: AcceptedScores<'_>, score: Option<Score>) -> Result<Score, String> {
    match score {
        None => Err(score_like(accepted)),
        Some(score) if (accepted.min..=accepted.max).contains(&score) => Ok(score),
        Some(_) => Err(score_rule(accepted)),
    }
}

/// The scores that a board accepts, as a request to the reader.
#[must_use]
pub fn score_rule(accepted: AcceptedScores<'_>) -> String {
    let AcceptedScores {
        format, min, max, ..
    } = accepted;
    let first = numbers::score(format, min);
    let (least, most) = (in_unit(accepted, min), in_unit(accepted, max));
    match (min, max, accepted.are_times()) {
        (Score::MIN, Score::MAX, _) => score_like(accepted),
        (_, Score::MAX, false) => enter_a_score_from(least),
        (_, Score::MAX, true) => enter_a_time_from(least),
        (Score::MIN, _, false) => enter_a_score_up_to(most),
        (Score::MIN, _, true) => enter_a_time_up_to(most),
        (_, _, false) => enter_a_score_between(first, most),
        (_, _, true) => enter_a_time_between(first, most),
    }
}

/// A request for a score in the format of a board: `83,456`, `834.56`, `1:23.456`.
fn score_like(accepted: AcceptedScores<'_>) -> String {
    let example = in_unit(accepted, Score::new(83_456).unwrap_or_default());
    if accepted.are_times() {
        enter_a_time_like(example)
    } else {
        enter_a_score_like(example)
    }
}

/// A score with the unit of a board, if it has one.
fn in_unit(accepted: AcceptedScores<'_>, score: Score) -> String {
    full_score(accepted.format, accepted.unit, score)
}
