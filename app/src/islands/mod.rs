//! The parts of pages that hydrate. A page is a document from the server with at most one island.
//! Only the code of islands is sent to browsers. A board's page loads the module itself; the code of
//! the other islands is loaded on their pages.

pub mod account;
pub mod admin;
pub mod background_sync;
pub mod board;
pub mod boards;
pub mod palette;
pub mod settings;

#[cfg(feature = "ssr")]
use leaderport::protocol::binary;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The id of the element that carries the initial state of an island.
const ELEMENT: &str = "initial-state";

/// The initial state of the page's island, while the server renders it.
#[cfg(feature = "ssr")]
#[derive(Clone)]
struct InitialState<T>(T);

/// Renders an island after an element with its initial state. The island reads this state with
/// [`initial_state`].
///
/// The state is in the binary format of the realtime protocol, which the code of boards contains
/// anyway. Island props would be JSON, whose parser would be a fifth of a board's code.
#[cfg(feature = "ssr")]
pub fn with_initial_state<T, V>(state: T, island: impl FnOnce() -> V) -> impl IntoView
where
    T: Serialize + Clone + Send + Sync + 'static,
    V: IntoView,
{
    let text = binary::write_text(&state);
    provide_context(InitialState(state));
    view! {
        <data id=ELEMENT value=text hidden />
        {island()}
    }
}

/// The initial state of the page's island.
///
/// # Panics
/// Panics in a document of another version of the server, whose state has another format.
fn initial_state<T>() -> T
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    #[cfg(feature = "ssr")]
    return expect_context::<InitialState<T>>().0;
    #[cfg(not(feature = "ssr"))]
    {
        let element = document().get_element_by_id(ELEMENT);
        let text = element.and_then(|element| element.get_attribute("value"));
        let state = leaderport::protocol::binary::read_text(&text.unwrap_or_default());
        state.expect("the document carries the initial state")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::board::BoardView;
    use crate::api::board::tests::views;
    use crate::api::home::BoardCard;

    /// Renders a document with a state, and reads the state from the document.
    fn carried<T>(with: &T) -> T
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
        let island = || assert_eq!(initial_state::<T>(), *with);
        let html = Owner::new().with(|| with_initial_state(with.clone(), island).to_html());
        let text = html.split("value=\"").nth(1).unwrap();
        let text = text.split('"').next().unwrap();
        binary::read_text(text).unwrap()
    }

    #[test]
    fn a_document_carries_the_initial_state_of_its_island() {
        for view in views() {
            assert_eq!(
                carried(&(view.clone(), Some("no".to_owned()))),
                (view.clone(), Some("no".to_owned()))
            );
            // The list of seasons is rendered by the server alone.
            let more = BoardView {
                seasons: crate::api::board::SeasonChoices {
                    listed: vec![view.season],
                    ..Default::default()
                },
                ..view.clone()
            };
            assert_eq!(carried(&more), view);
            let card = BoardCard {
                board: view.board,
                season: view.season,
                next_reset: view.next_reset,
                total: 1,
                leaders: Vec::new(),
                phase: view.phase,
                my_rank: Some(leaderport::Rank::after(4)),
                viewers: 3,
            };
            assert_eq!(carried(&vec![card.clone()]), [card]);
        }
    }
}
