//! The result of a season that takes no more scores, and the link to the running season.

use leaderport::Row;
use leptos::prelude::*;

use crate::core::board::BoardSummary;
use crate::core::season_phase::SeasonPhase;
use crate::features::board::board_state::BoardState;
use crate::words;

/// The period of a season that is over, and its winner.
#[component]
pub fn SeasonResult(state: BoardState) -> impl IntoView {
    let view = state.view();
    let winner = Memo::new(move |_| winner(&state.board(), &state.leaders()));
    view.phase.has_winner().then(|| {
        let name = words::phase_of_season(phase_name(view.phase), &view.season_name);
        view! {
            <p class="result">
                <strong>{name}</strong>
                " "
                <span>{move || winner.get()}</span>
            </p>
        }
    })
}

/// The phase of a season, in place of the connection's status.
#[component]
pub fn PhaseLabel(phase: SeasonPhase) -> impl IntoView {
    view! { <span class="connection over" data-phase=phase.kind()>{phase_name(phase)}</span> }
}

/// The link to the running season of the same period, on the page of another season.
#[component]
pub fn CurrentSeason(state: BoardState) -> impl IntoView {
    let view = state.view();
    (!view.is_running).then(|| {
        let label = if view.is_current_open {
            words::play_current_season()
        } else {
            words::see_current_season()
        };
        let href = format!("{}?period={}", state.path(), state.period());
        view! { <p class="current-season"><a class="button" href=href>{label}</a></p> }
    })
}

/// The display name of a phase.
#[must_use]
pub fn phase_name(phase: SeasonPhase) -> &'static str {
    match phase {
        SeasonPhase::Open => words::live(),
        SeasonPhase::Upcoming(_) => words::season_upcoming(),
        SeasonPhase::Final => words::season_final(),
        SeasonPhase::Closed => words::season_closed(),
        SeasonPhase::Archived => words::season_archived(),
    }
}

/// The sentence about the first rank, from the first three rows; none for a season without rows.
fn winner(board: &BoardSummary, leaders: &[Row]) -> Option<String> {
    let first = leaders.first()?;
    let score = words::full_score(board.format, &board.unit, first.score);
    let first_rank = leaders.iter().filter(|row| row.rank == first.rank);
    Some(match first_rank.collect::<Vec<_>>().as_slice() {
        [one, other] => words::two_won_with(&one.name, &other.name, score),
        [_, _, _, ..] => words::several_won_with(score),
        _ => words::won_with(&first.name, score),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::board::tests::views;

    #[test]
    fn the_sentence_about_the_winner_names_everyone_on_the_first_rank() {
        let [view, _] = views();
        let row = view.leaders[0].clone();
        let sentence = |rows: &[Row]| winner(&view.board, rows).unwrap_or_default();
        assert_eq!(sentence(&[]), "");
        let other = Row {
            name: leaderport::PlayerName::new("Ann").unwrap(),
            ..row.clone()
        };
        let second = Row {
            rank: leaderport::Rank::after(1),
            ..other.clone()
        };
        assert_eq!(sentence(&[row.clone(), second]), "P <1> won with −0.03 km.");
        assert_eq!(
            sentence(&[row.clone(), other.clone()]),
            "P <1> and Ann share first place with −0.03 km."
        );
        assert_eq!(
            sentence(&[row.clone(), other, row]),
            "Several players share first place with −0.03 km."
        );
    }
}
