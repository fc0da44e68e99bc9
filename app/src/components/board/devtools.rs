//! The state of a board's page, for developers. Only in debug builds.

use leptos::prelude::*;

use crate::core::sync::overlay::Overlay;
use crate::features::board::board_state::BoardState;

/// The panel.
#[component]
pub fn Devtools(state: BoardState) -> impl IntoView {
    let pages = Signal::derive(move || {
        let page = |(page, at): (&leaderport::Page, leaderport::Position)| {
            format!("{} ({} rows, at {at})", page.number.get(), page.rows.len())
        };
        let replica = state.replica.read();
        replica.pages().map(page).collect::<Vec<_>>().join("\n")
    });
    let newest = Signal::derive(move || {
        let position = state.replica.read().position();
        position.map_or_else(|| "none".to_owned(), |at| at.to_string())
    });
    let window = Signal::derive(move || {
        let (on_screen, ahead) = (state.visible(), state.ahead());
        format!(
            "{on_screen:?}, then {ahead:?}; drawn with an offset of {}",
            state.shift()
        )
    });
    let pending = Signal::derive(move || {
        let one = |p: &crate::core::sync::overlay::Pending| {
            let confirmed = p
                .confirmed
                .map_or("pending".to_owned(), |at| format!("confirmed at {at}"));
            format!("{} = {}: {confirmed}", p.id, p.value)
        };
        let pending: Vec<_> = state.pending.read().iter().map(one).collect();
        let place = state.overlay.read().as_ref().map(Overlay::place);
        format!("{}\nshown at place {place:?}", pending.join("\n"))
    });
    let status = Signal::derive(move || format!("{:?}", state.status.get()));
    view! {
        <details class="devtools">
            <summary>"Devtools"</summary>
            <dl>
                <dt>"Connection"</dt><dd>{status}</dd>
                <dt>"Newest position"</dt><dd>{newest}</dd>
                <dt>"Places on screen"</dt><dd>{window}</dd>
                <dt>"Pages held"</dt><dd>{pages}</dd>
                <dt>"Submissions"</dt><dd>{pending}</dd>
            </dl>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_shows_the_state_of_the_page() {
        let [view, _] = crate::api::board::tests::views();
        let html =
            Owner::new().with(|| view! { <Devtools state=BoardState::new(view) /> }.to_html());
        for part in [
            "Connecting",
            "1 (1 rows, at ",
            "0..1, then 0..0; drawn with an offset of",
            "shown at place None",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
