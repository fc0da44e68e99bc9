//! Tests of the board's rules.

use super::*;

fn draft() -> BoardDraft {
    serde_json::from_value(serde_json::json!({
        "title": "Sprint", "policy": "best", "order": "ascending", "tie": "shared",
        "periods": ["weekly", "all_time", "weekly"],
    }))
    .unwrap()
}

fn slug() -> Slug {
    Slug::new("sprint").unwrap()
}

#[test]
fn minimal_draft_gets_defaults() {
    let board = Board::new(slug(), draft()).unwrap();
    assert_eq!(
        Vec::from(board.periods.clone()),
        [Period::AllTime, Period::Weekly]
    );
    assert_eq!(board.time_zone, "UTC");
    assert_eq!((board.min_score, board.max_score), (Score::MIN, Score::MAX));
    assert_eq!(board.format, ScoreFormat::Integer);
    assert_eq!(board.submitters, Submitters::Servers);
}

#[test]
fn stored_board_without_submitters_stays_open_to_all() {
    let board = Board::new(slug(), draft()).unwrap();
    let mut stored = serde_json::to_value(&board).unwrap();
    stored.as_object_mut().unwrap().remove("submitters");
    let board: Board = serde_json::from_value(stored).unwrap();
    assert_eq!(board.submitters, Submitters::Both);
}

#[test]
fn stored_board_without_a_look_has_the_default_one() {
    let board = Board::new(slug(), draft()).unwrap();
    let mut stored = serde_json::to_value(&board).unwrap();
    for member in ["accent", "emblem"] {
        stored.as_object_mut().unwrap().remove(member).unwrap();
    }
    let board: Board = serde_json::from_value(stored).unwrap();
    assert_eq!(
        (board.accent, board.emblem),
        (Accent::Indigo, Emblem::Trophy)
    );
}

#[test]
fn look_does_not_change_what_counts() {
    let before = Board::new(slug(), draft()).unwrap();
    let mut after = before.clone();
    (after.accent, after.emblem) = (Accent::Rose, Emblem::Flag);
    assert!(!after.counts_unlike(&before));
    assert_eq!(Ranking::from(&after), Ranking::from(&before));
}

#[test]
fn invalid_field_is_reported_with_its_value() {
    fn check(field: &str, value: &str, change: impl FnOnce(&mut BoardDraft)) {
        let mut d = draft();
        change(&mut d);
        let error = Board::new(slug(), d).unwrap_err();
        assert_eq!(error.field, field, "{error}");
        assert!(error.value.contains(value), "{error}");
    }
    check("title", "", |d| d.title = "  ".into());
    check("title", "xxx", |d| d.title = "x".repeat(81));
    check("title", "a\\u{7}b", |d| d.title = "a\u{7}b".into());
    check("periods", "[]", |d| d.periods.clear());
    check("time_zone", "Mars/Olympus", |d| {
        d.time_zone = Some("Mars/Olympus".into());
    });
    check("min_score", "9007199254740992", |d| {
        d.min_score = Some(1 << 53);
    });
    check("max_score", "1", |d| {
        (d.min_score, d.max_score) = (Some(2), Some(1));
    });
    check("format", "10", |d| {
        d.format = Some(ScoreFormat::Decimals(10));
    });
    check("unit", "furlongs", |d| {
        d.unit = Some("furlongs per fortnight".into());
    });
    check("description", "xxx", |d| {
        d.description = Some("x".repeat(501));
    });
    let at = |t: &str| Some(t.parse().unwrap());
    check("closes_at", "2026-01-01", |d| {
        d.opens_at = at("2026-01-01T00:00:00Z");
        d.closes_at = d.opens_at;
    });
    for bad in ["", "A", "-a", "a b", "ä", &"a".repeat(65)] {
        assert_eq!(Slug::new(bad).unwrap_err().field, "slug");
    }
}

#[test]
fn board_is_open_from_opening_until_just_before_closing() {
    let mut board = Board::new(slug(), draft()).unwrap();
    let at = |s: i64| Timestamp::from_millis(s).unwrap();
    board.opens_at = Some(at(10));
    board.closes_at = Some(at(20));
    assert_eq!(board.check_open(at(9)), Err(Closed::NotYetOpen(at(10))));
    assert_eq!(board.check_open(at(10)), Ok(()));
    assert_eq!(board.check_open(at(19)), Ok(()));
    assert_eq!(board.check_open(at(20)), Err(Closed::Since(at(20))));
}

#[test]
fn each_period_has_one_season_at_an_instant() {
    let board = Board::new(slug(), draft()).unwrap();
    let labels: Vec<String> = board
        .seasons_at("2026-11-21T01:00:00Z".parse().unwrap())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(labels, ["all", "2026-W47"]);
}
