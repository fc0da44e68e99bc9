//! What happened lately on the board: leaders, newcomers to the top, personal bests.
//! Read when one looks, never announced: it is about everybody.

use leaderport::ScoreFormat;
use leaderport::protocol::{Highlight, HighlightKind};
use leptos::prelude::*;

use crate::components::markup::{Html, html};
use crate::components::{flag, hue, text};
use crate::features::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// How many are shown.
const SHOWN: usize = 8;

/// The newest highlights, the newest first.
#[component]
pub fn Feed(state: BoardState) -> impl IntoView {
    let format = state.board().format;
    let newest = text(move || {
        state.feed.with(|feed| {
            let newest = feed.iter().rev().take(SHOWN);
            let items: Html = newest.map(|highlight| item(highlight, format)).collect();
            items.into_text()
        })
    });
    view! {
        <section class="panel feed" aria-labelledby="feed" hidden=flag(move || state.feed.with(Vec::is_empty))>
            <h2 id="feed">{words::lately()}</h2>
            <ol inner_html=newest></ol>
        </section>
    }
}

fn item(highlight: &Highlight, format: ScoreFormat) -> Html {
    let kind = match highlight.kind {
        HighlightKind::NewLeader => "leader",
        HighlightKind::EnteredTop10 => "top",
        HighlightKind::PersonalBest => "best",
    };
    html!(
        "<li data-kind='{}' style='--hue:{}'><strong>{}</strong> <span>{}</span></li>",
        kind,
        hue(highlight.player.as_str()).to_string(),
        highlight.name.as_str(),
        words(highlight, format),
    )
}

/// What somebody did.
fn words(highlight: &Highlight, format: ScoreFormat) -> String {
    let score = numbers::score(format, highlight.score);
    let rank = numbers::rank(highlight.rank);
    match (highlight.kind, highlight.previous.map(numbers::rank)) {
        (HighlightKind::NewLeader, _) => words::took_the_lead(score),
        (HighlightKind::EnteredTop10, Some(from)) => words::rose_from_to(from, rank, score),
        (HighlightKind::EnteredTop10, None) => words::entered_at(rank, score),
        (HighlightKind::PersonalBest, _) => words::beat_their_best(score, rank),
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{PlayerId, PlayerName, Rank, Score};

    use super::*;

    #[test]
    fn says_what_somebody_did() {
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
        let said = |of: &Highlight| words(of, ScoreFormat::Integer);
        assert_eq!(said(&highlight), "took the lead with 12,345");
        highlight.kind = HighlightKind::EnteredTop10;
        assert_eq!(said(&highlight), "rose from #12 to #1 with 12,345");
        highlight.previous = None;
        assert_eq!(said(&highlight), "entered at #1 with 12,345");
        highlight.kind = HighlightKind::PersonalBest;
        assert_eq!(said(&highlight), "beat their best: 12,345, #1");
    }
}
