//! The rank that the reader has to defend until the season ends.

use leptos::prelude::*;

use crate::components::countdown::Countdown;
use crate::core::season_phase::SeasonPhase;
use crate::features::board::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// The reader's rank and the time left in the season: `Defend #12 · season ends in 5 h 12 min`. None
/// without a rank, and in a season that does not end or takes no scores.
#[component]
pub fn RankAtStake(state: BoardState) -> impl IntoView {
    let view = state.view();
    let now = view.now;
    let end = state.next_reset();
    let end = end.filter(|_| view.phase == SeasonPhase::Open);
    let rank = Memo::new(move |_| state.my_standing().map(|standing| standing.rank));
    let is_ranked = Memo::new(move |_| rank.read().is_some());
    let defend = move || {
        let rank = rank.get().map(numbers::rank);
        rank.map(words::rank_to_defend)
    };
    end.map(|until| {
        let text = |time: String| words::season_ends_in(time);
        move || {
            is_ranked.get().then(|| {
                view! {
                    <p class="at-stake"><strong>{defend}</strong> " · " <Countdown until now text /></p>
                }
            })
        }
    })
}
