//! Tests of the form of a board: round trips, errors by field, and merges of versions.

use leaderport::{BoardDraft, Marks, Slug};

use super::*;

fn board(more: &serde_json::Value) -> Board {
    let mut draft = serde_json::json!({
        "title": "Sprint", "policy": "best", "order": "ascending", "tie": "dense",
        "periods": ["weekly", "all_time"],
    });
    for (name, value) in more.as_object().unwrap() {
        draft[name] = value.clone();
    }
    let draft: BoardDraft = serde_json::from_value(draft).unwrap();
    Board::new(Slug::new("sprint").unwrap(), draft).unwrap()
}

#[test]
fn a_board_survives_a_round_trip_through_its_form() {
    for more in [
        serde_json::json!({}),
        serde_json::json!({ "accent": "lime", "emblem": "custom" }),
        serde_json::json!({ "format": "duration", "min_score": 900, "max_score": 61_000, "unit": "s" }),
        serde_json::json!({ "format": { "decimals": 2 }, "min_score": -5, "time_zone": "Europe/Berlin" }),
        serde_json::json!({ "opens_at": "2026-11-01T00:00:00Z", "closes_at": "2026-12-01T00:00:00Z", "submitters": "servers", "description": "a\nb" }),
    ] {
        let board = board(&more);
        let (slug, draft) = BoardForm::of(&board, Marks::ENGLISH)
            .read(Marks::ENGLISH)
            .unwrap();
        assert_eq!(Board::new(slug, draft).unwrap(), board);
    }
}

#[test]
fn a_blank_form_lacks_only_a_slug_and_a_title() {
    let mut form = BoardForm::blank();
    assert_eq!(form.read(Marks::ENGLISH).unwrap_err().field, "slug");
    form.slug = "arena".to_owned();
    let (slug, draft) = form.read(Marks::ENGLISH).unwrap();
    assert_eq!(Board::new(slug, draft).unwrap_err().field, "title");
}

#[test]
fn a_copy_is_a_new_board_without_the_uploaded_emblem() {
    let more = serde_json::json!({ "accent": "rose", "emblem": "custom" });
    let copy = BoardForm::of(&board(&more), Marks::ENGLISH).copied();
    assert_eq!((copy.slug.as_str(), copy.version), ("", 0));
    assert_eq!(
        (copy.accent.as_str(), copy.emblem.as_str()),
        ("rose", "trophy")
    );
    let more = serde_json::json!({ "emblem": "bolt" });
    let copy = BoardForm::of(&board(&more), Marks::ENGLISH).copied();
    assert_eq!(copy.emblem, "bolt");
}

#[test]
fn an_upload_counts_as_the_forms_own_version_only_if_it_is_the_next() {
    let loaded = BoardForm {
        version: 3,
        ..BoardForm::blank()
    };
    for (version, expected) in [(3, 3), (4, 4), (6, 3)] {
        let mut form = loaded.clone();
        form.note_upload(version);
        assert_eq!((form.version, form.emblem.as_str()), (expected, "custom"));
    }
}

#[test]
fn a_removed_emblem_is_replaced_only_where_it_was_chosen() {
    for (chosen, expected) in [("custom", "flag"), ("bolt", "bolt")] {
        let mut form = BoardForm {
            version: 3,
            emblem: chosen.to_owned(),
            ..BoardForm::blank()
        };
        form.note_removal(4, "flag");
        assert_eq!((form.version, form.emblem.as_str()), (4, expected));
    }
}

#[test]
fn an_instant_survives_a_round_trip_through_its_input() {
    for (instant, input) in [
        ("2026-12-01T12:00:00.000Z", "2026-12-01T12:00"),
        ("2026-12-01T12:00:30.000Z", "2026-12-01T12:00:30"),
        ("2026-12-01T12:00:30.250Z", "2026-12-01T12:00:30.250"),
        ("2026-12-01T00:00:00.000Z", "2026-12-01T00:00"),
        ("", ""),
    ] {
        assert_eq!(input_of_instant(instant), input);
        assert_eq!(instant_of_input(input), instant);
    }
    assert_eq!(
        instant_of_input("2026-12-01T12:00:00.25Z"),
        "2026-12-01T12:00:00.25Z"
    );
}

#[test]
fn the_value_of_an_input_is_an_instant_in_utc() {
    let mut form = BoardForm::of(&board(&serde_json::json!({})), Marks::ENGLISH);
    form.opens_at = "2026-12-01T12:00".to_owned();
    let (_, draft) = form.read(Marks::ENGLISH).unwrap();
    let opens_at = draft.opens_at.map(|at| at.to_string());
    assert_eq!(opens_at.as_deref(), Some("2026-12-01T12:00:00.000Z"));
}

#[test]
fn periods_are_added_and_removed_in_order() {
    let mut form = BoardForm::blank();
    form.set_period(Period::Monthly, true);
    assert_eq!(form.periods, "all_time monthly weekly");
    form.set_period(Period::AllTime, false);
    form.set_period(Period::Weekly, false);
    assert_eq!(form.periods, "monthly");
    assert!(form.has_period(Period::Monthly) && !form.has_period(Period::Weekly));
}

#[test]
fn an_error_names_the_invalid_field() {
    for (name, bad) in [
        ("policy", "most"),
        ("order", ""),
        ("tie", "x"),
        ("periods", "hourly"),
        ("format", "-1"),
        ("min_score", "x"),
        ("max_score", "1.5"),
        ("opens_at", "tomorrow"),
        ("closes_at", "1"),
        ("submitters", "all"),
    ] {
        let mut form = BoardForm::of(&board(&serde_json::json!({})), Marks::ENGLISH);
        let (.., of) = FIELDS
            .into_iter()
            .find(|(field, ..)| *field == name)
            .unwrap();
        *of(&mut form) = bad.to_owned();
        assert_eq!(form.read(Marks::ENGLISH).unwrap_err().field, name);
    }
}

#[test]
fn differences_compare_fields_and_ignore_the_version() {
    let mine = BoardForm::of(&board(&serde_json::json!({})), Marks::ENGLISH);
    let mut theirs = BoardForm {
        version: 9,
        ..mine.clone()
    };
    assert!(mine.differences(&theirs).is_empty());
    theirs.title = "Another".to_owned();
    theirs.unit = "km".to_owned();
    let differ: Vec<_> = mine
        .differences(&theirs)
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(differ, ["title", "unit"]);
}

#[test]
fn fields_changed_only_by_the_other_version_are_merged() {
    let base = BoardForm::of(
        &board(&serde_json::json!({ "unit": "points" })),
        Marks::ENGLISH,
    );
    let mut mine = BoardForm {
        title: "Mine".to_owned(),
        ..base.clone()
    };
    let theirs = BoardForm {
        title: "Theirs".to_owned(),
        unit: "km".to_owned(),
        ..base.clone()
    };
    assert_eq!(mine.take_over(&base, &theirs), ["Unit"]);
    assert_eq!((mine.title.as_str(), mine.unit.as_str()), ("Mine", "km"));
}

#[cfg(feature = "ssr")]
#[test]
fn every_field_of_an_admin_form_has_a_rule_in_each_language() {
    use crate::locale::in_language;
    use crate::words::rule_of;

    // The values of these are choices of a list.
    let choices = [
        "submitters",
        "policy",
        "order",
        "tie",
        "format",
        "archived",
        "accent",
    ];
    let fields = FIELDS.into_iter().map(|(name, ..)| name);
    let fields = fields.filter(|name| !choices.contains(name));
    for field in fields.chain(["slug", "scopes", "boards", "name", "into", "reason"]) {
        let english = rule_of(field);
        assert!(english.is_some(), "{field}");
        assert_ne!(english, in_language("de", || rule_of(field)), "{field}");
    }
}
