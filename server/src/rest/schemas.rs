//! `/api/v1/schemas`: JSON Schemas (draft 2020-12) of files, for editors.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

use crate::openapi::refusals::{Open, Refusals};

/// The schema of a file of boards.
const BOARDS: &str = include_str!("schemas/boards.json");

/// The JSON Schema of the files that `leaderport pull` writes and `leaderport apply` reads.
#[utoipa::path(
    get,
    path = "/schemas/boards.json",
    operation_id = "get_boards_schema",
    tag = "schemas",
    responses(
        (status = 200, description = "The schema.", content_type = "application/schema+json"),
        Refusals<Open>,
    ),
    security(()),
)]
pub(crate) async fn boards() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "application/schema+json"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, BOARDS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leaderport::{Accent, Board, BoardDraft, Emblem, Period, Score, Slug};
    use serde_json::{Value, json};

    use super::*;

    fn board_schema() -> Value {
        let schema: Value = serde_json::from_str(BOARDS).unwrap();
        schema["$defs"]["board"].clone()
    }

    /// A definition with the defaults of all optional settings.
    fn usual() -> Value {
        let draft = json!({ "title": "Arena", "policy": "best", "order": "descending",
                            "tie": "earliest", "periods": ["all_time"] });
        let draft: BoardDraft = serde_json::from_value(draft).unwrap();
        let board = Board::new(Slug::new("arena").unwrap(), draft).unwrap();
        serde_json::to_value(BoardDraft::from(&board)).unwrap()
    }

    fn names(object: &Value) -> BTreeSet<&str> {
        let object = object.as_object().unwrap();
        object.keys().map(String::as_str).collect()
    }

    #[test]
    fn schema_has_every_setting_of_a_definition_with_its_default() {
        let (schema, usual) = (board_schema(), usual());
        assert_eq!(names(&schema["properties"]), names(&usual));
        let required: Vec<&str> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name}");
            if required.contains(&name.as_str()) {
                assert_eq!(property.get("default"), None, "{name}");
            } else {
                assert_eq!(property["default"], usual[name], "{name}");
            }
        }
    }

    #[test]
    fn schema_has_the_names_and_the_range_of_scores_of_the_domain() {
        let schema = board_schema();
        let property = |name: &str| schema["properties"][name].clone();
        let accents = Accent::ALL.map(Accent::name);
        assert_eq!(property("accent")["enum"], json!(accents));
        let emblems = Emblem::ALL.map(Emblem::name);
        assert_eq!(property("emblem")["enum"], json!(emblems));
        let periods = Period::ALL.map(Period::name);
        assert_eq!(property("periods")["items"]["enum"], json!(periods));
        for name in ["min_score", "max_score"] {
            assert_eq!(property(name)["minimum"], json!(Score::MIN));
            assert_eq!(property(name)["maximum"], json!(Score::MAX));
        }
    }

    #[test]
    fn limits_of_the_schema_are_those_of_definitions() {
        let schema = board_schema();
        let is_valid = |name: &str, value: Value| {
            let mut draft = usual();
            draft[name] = value;
            let draft: BoardDraft = serde_json::from_value(draft).unwrap();
            Board::new(Slug::new("arena").unwrap(), draft).is_ok()
        };
        let limit = |name: &str, keyword: &str| {
            let limit = schema["properties"][name][keyword].as_u64();
            limit.unwrap_or_else(|| panic!("{name} has no {keyword}"))
        };
        for name in ["title", "unit", "description"] {
            let longest = usize::try_from(limit(name, "maxLength")).unwrap();
            assert!(is_valid(name, json!("x".repeat(longest))), "{name}");
            assert!(!is_valid(name, json!("x".repeat(longest + 1))), "{name}");
        }
        let (shortest, longest) = (
            limit("tick_millis", "minimum"),
            limit("tick_millis", "maximum"),
        );
        for (ticks, expected) in [
            (shortest - 1, false),
            (shortest, true),
            (longest, true),
            (longest + 1, false),
        ] {
            assert_eq!(is_valid("tick_millis", json!(ticks)), expected, "{ticks}");
        }
    }
}
