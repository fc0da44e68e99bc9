//! Examples of bodies and answers in the document.

use serde_json::{Value, json};

/// A definition of a board.
pub(crate) fn definition() -> Value {
    json!({
        "title": "Arena", "policy": "best", "order": "descending", "tie": "shared",
        "periods": ["all_time", "weekly"], "time_zone": "Europe/Berlin", "unit": "points",
    })
}

/// Changes of a board.
pub(crate) fn changes() -> Value {
    json!({ "title": "Arena of the north", "closes_at": "2026-12-24T18:00:00Z" })
}

/// A board with its running seasons.
pub(crate) fn board() -> Value {
    json!({
        "slug": "arena", "title": "Arena", "description": "", "policy": "best",
        "order": "descending", "tie": "shared", "periods": ["all_time", "weekly"],
        "time_zone": "Europe/Berlin", "min_score": -9_007_199_254_740_991_i64,
        "max_score": 9_007_199_254_740_991_i64, "format": "integer", "unit": "points",
        "opens_at": null, "closes_at": null, "submitters": "servers", "archived": false,
        "tick_millis": 100, "accent": "indigo", "emblem": "trophy", "version": 1,
        "seasons": [
            { "period": "all_time", "season": "all", "starts_at": "0001-01-02T00:00:00.000Z",
              "next_reset": null },
            { "period": "weekly", "season": "2026-W47", "starts_at": "2026-11-15T23:00:00.000Z",
              "next_reset": "2026-11-22T23:00:00.000Z" },
        ],
    })
}

/// Rows of a season.
pub(crate) fn standings() -> Value {
    json!({
        "board": "arena", "period": "weekly", "season": "2026-W47",
        "next_reset": "2026-11-22T23:00:00.000Z",
        "position": { "epoch": "00000000000000ff", "offset": 12 },
        "degraded": false, "total": 2, "offset": 0,
        "rows": [
            { "rank": 1, "player": "player-7", "name": "Misty Moose", "score": 12_345,
              "achieved_at": "2026-11-20T09:30:00.000Z" },
            { "rank": 2, "player": "player-9", "name": "Brisk Badger", "score": 11_000,
              "achieved_at": "2026-11-19T17:05:12.250Z" },
        ],
    })
}

/// A submission.
pub(crate) fn submission() -> Value {
    json!({
        "id": "0193a7c0-0000-7000-8000-000000000001", "player": "player-7",
        "name": "Misty Moose", "value": 12_345,
    })
}

/// The answer to a submission.
pub(crate) fn submitted() -> Value {
    json!({
        "id": "0193a7c0-0000-7000-8000-000000000001", "player": "player-7",
        "name": "Misty Moose",
        "standings": [
            { "period": "weekly", "season": "2026-W47", "score": 12_345,
              "achieved_at": "2026-11-20T09:30:00.000Z", "rank": 1, "previous_rank": 2,
              "position": { "epoch": "00000000000000ff", "offset": 12 } },
        ],
    })
}
