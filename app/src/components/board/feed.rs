//! The latest events of a board: new leaders, newcomers to the top ten, personal bests. They are
//! not announced to screen readers, because most concern other players.

use leaderport::ScoreFormat;
use leaderport::protocol::{Highlight, HighlightKind};
use leptos::prelude::*;

use crate::core::avatar::hue;
use crate::features::board::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// The number of events shown.
const SHOWN: usize = 8;

/// The latest events, newest first.
#[component]
pub fn Feed(state: BoardState) -> impl IntoView {
    let format = state.board().format;
    let latest = move || {
        let feed = state.feed.read();
        let latest = feed.iter().rev().take(SHOWN).cloned();
        latest
            .map(|highlight| view! { <FeedItem highlight format /> })
            .collect_view()
    };
    view! {
        <section class="panel feed" aria-labelledby="feed" hidden=move || state.feed.read().is_empty()>
            <h2 id="feed">{words::highlights()}</h2>
            <ol>{latest}</ol>
        </section>
    }
}

#[component]
fn FeedItem(highlight: Highlight, format: ScoreFormat) -> impl IntoView {
    let kind = match highlight.kind {
        HighlightKind::NewLeader => "leader",
        HighlightKind::EnteredTop10 => "top",
        HighlightKind::PersonalBest => "best",
    };
    let style = format!("--hue:{}", hue(highlight.player.as_str()));
    let name = highlight.name.to_string();
    view! {
        <li data-kind=kind style=style>
            <strong><bdi>{name}</bdi></strong>
            " "
            <span>{event_text(&highlight, format)}</span>
        </li>
    }
}

/// The event, as the rest of a sentence that begins with the player's name.
fn event_text(highlight: &Highlight, format: ScoreFormat) -> String {
    let score = numbers::score(format, highlight.score);
    let rank = numbers::rank(highlight.rank);
    match (highlight.kind, highlight.previous.map(numbers::rank)) {
        (HighlightKind::NewLeader, _) => words::took_the_lead(score),
        (HighlightKind::EnteredTop10, Some(from)) => words::rose_from_to(from, rank, score),
        (HighlightKind::EnteredTop10, None) => words::entered_at(rank, score),
        (HighlightKind::PersonalBest, _) => words::set_personal_best(score, rank),
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{PlayerId, PlayerName, Rank, Score};

    use super::*;

    #[test]
    fn an_event_names_the_score_and_the_rank() {
        let player = PlayerId::new("ann").unwrap();
        let mut highlight = Highlight {
            offset: 1,
            kind: HighlightKind::NewLeader,
            name: PlayerName::from(&player),
            player,
            score: Score::new(12_345).unwrap(),
            rank: Rank::after(0),
            previous: Some(Rank::after(11)),
        };
        let text = |of: &Highlight| event_text(of, ScoreFormat::Integer);
        assert_eq!(text(&highlight), "took the lead with 12,345");
        highlight.kind = HighlightKind::EnteredTop10;
        assert_eq!(text(&highlight), "rose from #12 to #1 with 12,345");
        highlight.previous = None;
        assert_eq!(text(&highlight), "entered at #1 with 12,345");
        highlight.kind = HighlightKind::PersonalBest;
        assert_eq!(text(&highlight), "set a personal best of 12,345, now #1");
    }
}
