//! What comes alive in the browser: a page is a document that the server writes, with at
//! most one island in it. The code of a board and of the account is in their modules, that of other
//! islands is loaded with the pages that have them; what is not in one is never sent as code.

#[cfg(any(feature = "ssr", feature = "manage"))]
pub mod account;
#[cfg(any(feature = "ssr", feature = "manage"))]
pub mod admin;
#[cfg(any(feature = "ssr", feature = "play"))]
pub mod board;
#[cfg(any(feature = "ssr", feature = "play"))]
pub mod boards;
#[cfg(feature = "hydrate")]
pub mod lazy;

#[cfg(feature = "ssr")]
use leaderport::protocol::binary;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where the document says what its island begins with.
const GIVEN: &str = "given";

/// What the island of a page begins with, while the server writes it.
#[cfg(feature = "ssr")]
#[derive(Clone)]
struct Given<T>(T);

/// An island, and before it in the document what it begins with: in the realtime protocol's
/// binary format, whose code the island has anyway. By properties of an island it would be
/// JSON, which is fifty kilobytes of code that nothing else on the page needs.
#[cfg(feature = "ssr")]
pub fn begin<T, V>(with: T, island: impl FnOnce() -> V) -> impl IntoView
where
    T: Serialize + Clone + Send + Sync + 'static,
    V: IntoView,
{
    let text = binary::write_text(&with);
    provide_context(Given(with));
    view! {
        <data id=GIVEN value=text hidden />
        {island()}
    }
}

/// What the page's island begins with: [`begin`] gave it.
///
/// # Panics
/// In a document that gives it something else: one of another version.
fn given<T>() -> T
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    #[cfg(feature = "ssr")]
    return expect_context::<Given<T>>().0;
    #[cfg(not(feature = "ssr"))]
    {
        let element = document().get_element_by_id(GIVEN);
        let text = element.and_then(|element| element.get_attribute("value"));
        let read = leaderport::protocol::binary::read_text(&text.unwrap_or_default());
        read.expect("the document says what its island begins with")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use leaderport::{Handle, PlayerId, PlayerName, Position, Role};

    use super::*;
    use crate::api::account::Reader;
    use crate::api::board::{BoardCard, BoardView, Me};
    use crate::components::account::Provider;
    use crate::components::admin::{Query, Section};

    /// What a document says that its island begins with, which is what the server has it begin
    /// with.
    fn said<T>(with: &T) -> T
    where
        T: Serialize
            + DeserializeOwned
            + Clone
            + PartialEq
            + std::fmt::Debug
            + Send
            + Sync
            + 'static,
    {
        let island = || assert_eq!(given::<T>(), *with);
        let html = Owner::new().with(|| begin(with.clone(), island).to_html());
        let text = html.split("value=\"").nth(1).unwrap();
        let text = text.split('"').next().unwrap();
        binary::read_text(text).unwrap()
    }

    /// A board, everything in it that may be missing there once and missing once.
    pub(crate) fn views() -> [BoardView; 2] {
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
            "place": 0, "origin": "https://board.example", "me": null,
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
            me: Some(me),
            ..full.clone()
        };
        [full, other]
    }

    #[test]
    fn an_island_begins_with_what_the_server_knew() {
        for view in views() {
            assert_eq!(
                said(&(view.clone(), Some("no".to_owned()))),
                (view.clone(), Some("no".to_owned()))
            );
            // Nor does it know what the page says by itself.
            let more = BoardView {
                seasons: vec![view.season],
                found: Some(("x".to_owned(), Ok(Vec::new()))),
                ..view.clone()
            };
            assert_eq!(said(&more), view);
            let card = BoardCard {
                board: view.board,
                season: view.season,
                next_reset: view.next_reset,
                total: 1,
                leaders: Vec::new(),
            };
            assert_eq!(said(&vec![card.clone()]), [card]);
        }
    }

    #[test]
    fn the_account_and_admin_pages_do_so_too() {
        let reader = Reader {
            player: PlayerId::new("p").unwrap(),
            name: PlayerName::new("P").unwrap(),
            handle: Some(Handle::new("handle").unwrap()),
            role: Role::Admin,
            has_password: true,
        };
        let guest = Reader {
            handle: None,
            ..reader.clone()
        };
        for reader in [None, Some(reader), Some(guest)] {
            let begin = (reader, Provider::default());
            assert_eq!(said(&begin), begin);
        }
        for section in Section::ALL {
            let query = Query::from([("find".to_owned(), "\"x\"".to_owned())]);
            assert_eq!(said(&(section, query.clone())), (section, query));
        }
    }
}
