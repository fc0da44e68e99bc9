//! Display names of the service's terms, for which the API uses identifiers.

use leaderport::{Period, Role, Score, ScoreFormat, SubmissionState};

use super::errors::TIME_UNITS;
use super::{score_with_unit, texts};
use crate::locale::numbers;

texts! {
    all_time = "All time";
    year = "Year";
    month = "Month";
    week = "Week";
    day = "Day";
    role_of_players = "player";
    role_of_moderators = "moderator";
    role_of_admins = "admin";
    is_counted = "counted";
    is_quarantined = "quarantined";
    is_revoked = "revoked";
    best_score = "best score";
    latest_score = "latest score";
    sum_of_scores = "sum of scores";
    highest_first = "highest first";
    lowest_first = "lowest first";
    earliest_first = "no shared ranks";
    shared_ranks = "shared ranks";
    dense_ranks = "shared ranks without gaps";
}

/// The display name of a period.
#[must_use]
pub fn period(period: Period) -> &'static str {
    match period {
        Period::AllTime => all_time(),
        Period::Yearly => year(),
        Period::Monthly => month(),
        Period::Weekly => week(),
        Period::Daily => day(),
    }
}

/// A score in its board's format, with the board's unit, if the unit can follow it.
#[must_use]
pub fn full_score(format: ScoreFormat, unit: &str, score: Score) -> String {
    let unit = unit_after(format, unit, score);
    let score = numbers::score(format, score);
    if unit.is_empty() {
        score
    } else {
        score_with_unit(score, unit)
    }
}

/// The unit to write after a score or a difference of scores; empty for none. A board has one form of
/// its unit, and most are plurals, like `points`. A score of one has only a unit of times.
#[must_use]
pub fn unit_after(format: ScoreFormat, unit: &str, score: Score) -> &str {
    let is_one = format == ScoreFormat::Integer && score.get().abs() == 1;
    if is_one && !TIME_UNITS.contains(&unit) {
        ""
    } else {
        unit
    }
}

/// The display name of a role.
#[must_use]
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Player => role_of_players(),
        Role::Moderator => role_of_moderators(),
        Role::Admin => role_of_admins(),
    }
}

/// The display name of a submission's state, for moderators.
#[must_use]
pub fn submission_state(state: SubmissionState) -> &'static str {
    match state {
        SubmissionState::Counted => is_counted(),
        SubmissionState::Quarantined => is_quarantined(),
        SubmissionState::Revoked => is_revoked(),
    }
}

/// The display names of a board's policy, order and tie rule, given as in its form.
#[must_use]
pub fn rules_in_short(of: [&str; 3]) -> String {
    let term = |rule| match rule {
        "best" => best_score(),
        "latest" => latest_score(),
        "sum" => sum_of_scores(),
        "descending" => highest_first(),
        "ascending" => lowest_first(),
        "earliest" => earliest_first(),
        "shared" => shared_ranks(),
        "dense" => dense_ranks(),
        // A value from a newer node.
        _ => "?",
    };
    of.map(term).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_of_one_has_no_unit_in_the_plural() {
        let full = |format, unit, score| full_score(format, unit, Score::new(score).unwrap());
        for (unit, score, text) in [
            ("points", 2, "2 points"),
            ("points", 1, "1"),
            ("points", 0, "0 points"),
            ("", 1, "1"),
            ("ms", 1, "1 ms"),
        ] {
            assert_eq!(full(ScoreFormat::Integer, unit, score), text);
        }
        // This is 0.1, not one.
        let tenth = full(ScoreFormat::Decimals(1), "points", 1);
        assert!(tenth.contains("points"), "{tenth}");
    }
}
