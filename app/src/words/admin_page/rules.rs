//! Sentences for values that a form of the admin page has refused.

use crate::words::texts;

texts! {
    enter_a_slug = "Enter 1 to 64 characters: a to z, 0 to 9, - and _. The first is a letter or a digit.";
    enter_a_title = "Enter a title of 1 to 80 characters.";
    enter_a_description = "Enter at most 500 characters.";
    enter_a_unit = "Enter at most 12 characters.";
    enter_a_time_zone = "Enter a time zone like Europe/Berlin.";
    choose_a_period = "Choose at least one period.";
    enter_a_smallest_score = "Enter a score like that of the sample row.";
    enter_a_largest_score = "Enter a score like that of the sample row. It is not below the smallest score.";
    enter_an_opening_time = "Enter a date and a time.";
    enter_a_closing_time = "Enter a date and a time after the opening time.";
    enter_an_interval = "Enter a whole number from 20 to 10,000.";
    choose_permissions = "Choose at least one permission. “read” is for all boards: leave the boards empty, or create another key for it.";
    enter_known_boards = "Enter slugs of existing boards, separated by commas.";
    enter_another_player = "Enter the ID of another player, who is not merged into anyone.";
    enter_a_rank_from_one = "Enter a rank from 1.";
    enter_a_short_reason = "Enter at most 200 characters, on one line.";
}

/// The rule of a field of the admin page; none for other fields. `field` is its name in the API. Only the
/// server calls it, so that the code of players has none of these texts.
#[cfg(feature = "ssr")]
#[must_use]
pub fn rule_of_admin_field(field: &str) -> Option<&'static str> {
    Some(match field {
        "slug" => enter_a_slug(),
        "title" => enter_a_title(),
        "description" => enter_a_description(),
        "unit" => enter_a_unit(),
        "time_zone" => enter_a_time_zone(),
        "periods" => choose_a_period(),
        "min_score" => enter_a_smallest_score(),
        "max_score" => enter_a_largest_score(),
        "opens_at" => enter_an_opening_time(),
        "closes_at" => enter_a_closing_time(),
        "tick_millis" => enter_an_interval(),
        "scopes" => choose_permissions(),
        "boards" => enter_known_boards(),
        "into" => enter_another_player(),
        "reason" => enter_a_short_reason(),
        _ => return None,
    })
}
