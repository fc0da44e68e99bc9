//! The reader's own standing, and the way to it.

use leaderport::{Score, ScoreFormat};
use leptos::prelude::*;

use crate::api::board::Me;
use crate::components::markup::{Html, html};
use crate::components::{flag, history, on_server, tenths, text};
use crate::features::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// Where the reader stands.
#[component]
pub fn You(state: BoardState) -> impl IntoView {
    let board = state.board();
    let (format, slug) = (board.format, board.slug.clone());
    let season = state.season();
    let find = move |event: leptos::ev::MouseEvent| {
        let place = state
            .overlay
            .with_untracked(|o| o.as_ref().map(crate::core::overlay::Overlay::place));
        let place = place.or_else(|| state.me.get_untracked()?.standing.map(|s| s.place));
        if let Some(place) = place {
            event.prevent_default();
            state.go_to.set(Some(place));
        }
    };
    let follow = move |_| state.is_following.update(|is| *is = !*is);
    // What of the reader's own rank is said to those who listen.
    let announced = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    crate::features::announcements::announce(state, announced);
    let order = board.order;
    let next = text(move || {
        let next = || {
            let standing = state.me.with(|me| me.as_ref()?.standing)?;
            state.replica.with(|replica| {
                let row = replica.next_better(standing.place, standing.score, order)?;
                let apart = row.score.get().abs_diff(standing.score.get());
                let apart = Score::new(i64::try_from(apart).ok()?).ok()?;
                let (apart, name, rank) = (
                    numbers::score(format, apart),
                    &row.name,
                    numbers::rank(row.rank),
                );
                Some(words::distance_to_next(apart, name, rank))
            })
        };
        next().unwrap_or_default()
    });
    let history = NodeRef::<leptos::html::Div>::new();
    let plot = on_server(|| {
        let plot = |me: &Me| history::plot(&me.history, format);
        state
            .first
            .with_value(|f| f.me.as_ref().map(plot))
            .unwrap_or_default()
    });
    #[cfg(feature = "hydrate")]
    crate::features::announcements::note(state, history);
    let facts = text(move || state.me.with(|me| facts(me.as_ref(), format)));
    let stands = move || {
        state
            .me
            .with(|me| me.as_ref().is_some_and(|me| me.standing.is_some()))
    };
    let find_me = format!("/boards/{slug}?season={season}&me=1");
    view! {
        <section class="panel you" aria-labelledby="you">
            <h2 id="you">{words::you()}</h2>
            <p class="sr-only" role="status">{text(move || announced.get())}</p>
            <div inner_html=facts></div>
            <div hidden=flag(move || !stands())>
                <p class="next">{next}</p>
                <p class="tools">
                    <a class="button quiet-button" href=find_me on:click=find>{words::find_me()}</a>
                    <button type="button" class="button quiet-button" aria-pressed=text(move || state.is_following.get().to_string()) hidden=flag(move || !state.is_alive.get()) on:click=follow>{words::follow_me()}</button>
                </p>
            </div>
            <div node_ref=history inner_html=plot></div>
        </section>
    }
}

/// Who the reader is, and what they reached.
fn facts(me: Option<&Me>, format: ScoreFormat) -> String {
    let Some(me) = me else {
        return html!("<p class='quiet'>{}</p>", words::join_as_a_guest()).into_text();
    };
    let name = html!("<p class='you-name'>{}</p>", me.name.as_str());
    let reached = me.standing.map_or_else(
        || html!("<p class='quiet'>{}</p>", words::not_ranked_yet()),
        |standing| {
            let top = numbers::decimal(&tenths(standing.top_percent()));
            html!(
                "<dl><div><dt>{}</dt><dd class='big'>#{}</dd></div><div><dt>{}</dt><dd>{}</dd></div><div><dt>{}</dt><dd>{}</dd></div></dl>",
                words::rank(),
                numbers::rank(standing.rank),
                words::score(),
                numbers::score(format, standing.score),
                words::top_percent(),
                words::percent(top),
            )
        },
    );
    Html::from_iter([name, reached]).into_text()
}

#[cfg(test)]
mod tests {
    use leaderport::protocol::MyPlace;
    use leaderport::{PlayerId, PlayerName, Rank};

    use super::*;

    #[test]
    fn says_what_the_reader_reached() {
        let mut me = Me {
            player: PlayerId::new("ann").unwrap(),
            name: PlayerName::new("<Ann>").unwrap(),
            standing: None,
            history: Vec::new(),
        };
        let said = |me: &Me| facts(Some(me), ScoreFormat::Integer);
        assert!(facts(None, ScoreFormat::Integer).contains(words::join_as_a_guest()));
        assert!(said(&me).starts_with("<p class='you-name'>&lt;Ann&gt;</p>"));
        assert!(said(&me).contains(words::not_ranked_yet()));
        me.standing = Some(MyPlace {
            place: 11,
            rank: Rank::after(11),
            score: Score::new(1_234).unwrap(),
            total: 400,
            percentile: 97.0,
        });
        for part in ["#12</dd>", ">1,234<", "3.0"] {
            assert!(said(&me).contains(part), "{part} in {}", said(&me));
        }
    }
}
