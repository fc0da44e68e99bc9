//! What comes alive in the browser: a page is a document that the server writes, with at
//! most one island in it. The code of an island is loaded with the pages that have it; what
//! is not in one is never sent as code.

#[cfg(any(feature = "ssr", feature = "manage"))]
pub mod account;
#[cfg(any(feature = "ssr", feature = "manage"))]
pub mod admin;
#[cfg(any(feature = "ssr", feature = "play"))]
pub mod board;
#[cfg(any(feature = "ssr", feature = "play"))]
pub mod boards;

use leaderport::protocol::binary;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an island begins with, in the document: in the realtime protocol's binary format,
/// whose code the island has anyway, as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed<T>(pub T);

impl<T: Serialize> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&binary::write_text(&self.0))
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = binary::read_text(&text).map_err(D::Error::custom)?;
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{PlayerId, PlayerName, Position};

    use super::*;
    use crate::api::board::{BoardCard, BoardView, Me};

    /// A board, everything in it that may be missing there once and missing once.
    fn views() -> [BoardView; 2] {
        let board = serde_json::json!({
            "slug": "b", "title": "B & \"B\"", "description": "", "unit": "km", "policy": "sum",
            "order": "ascending", "tie": "dense", "periods": ["all_time", "weekly"],
            "min_score": -5, "max_score": 1000, "format": {"decimals": 2}, "version": 3,
        });
        let page = serde_json::json!({"number": 1, "total": 1, "rows": [{
            "rank": 1, "player": "p", "name": "P <1>", "score": -3,
            "achieved_at": "2026-11-20T10:00:00Z",
        }]});
        let view = serde_json::json!({
            "board": board, "closed": "it is over", "season": "2026-W47", "is_running": true,
            "next_reset": "2026-11-23T00:00:00Z", "now": "2026-11-20T10:00:00Z", "page": page,
            "position": Position::DEGRADED, "leaders": page["rows"], "sketch": leaderport::Sketch::default(),
            "place": 0, "seasons": ["2026-W47", "2026-W46"], "found": null,
            "origin": "https://board.example", "me": null,
        });
        let full: BoardView = serde_json::from_value(view).unwrap();
        let player = PlayerId::new("p").unwrap();
        let me = Me {
            name: PlayerName::from(&player),
            player,
            standing: None,
            history: Vec::new(),
        };
        let other = BoardView {
            closed: None,
            next_reset: None,
            found: Some(("x".to_owned(), Ok(Vec::new()))),
            me: Some(me),
            ..full.clone()
        };
        [full, other]
    }

    #[test]
    fn an_island_begins_with_what_the_server_knew() {
        for view in views() {
            let text = serde_json::to_string(&Packed(view.clone())).unwrap();
            let read: Packed<BoardView> = serde_json::from_str(&text).unwrap();
            assert_eq!(read.0, view);
            let card = BoardCard {
                board: view.board,
                season: view.season,
                total: 1,
                leaders: Vec::new(),
            };
            let text = serde_json::to_string(&Packed(vec![card.clone()])).unwrap();
            let read: Packed<Vec<BoardCard>> = serde_json::from_str(&text).unwrap();
            assert_eq!(read.0, [card]);
        }
    }

    #[test]
    fn a_text_that_is_no_such_thing_is_refused() {
        for text in ["\"\"", "\"!\"", "\"AAAA\"", "5"] {
            assert!(
                serde_json::from_str::<Packed<Vec<BoardCard>>>(text).is_err(),
                "{text}"
            );
        }
    }
}
