//! The seasons of a board: running seasons with their end, readable ended seasons, and manual
//! changes. The page counts the affected standings before it asks for confirmation.

use futures::FutureExt;
use leaderport::{Season, SeasonChange, SeasonLine, Slug};
use leptos::prelude::*;

use crate::api::admin_page::admin::{change_season, load_board_forms, load_seasons};
use crate::components::admin::{AskFirst, Confirm, address};
use crate::components::page::refused::RefusedPart;
use crate::error::PageError;
use crate::locale::numbers;
use crate::words;
use crate::words::dates::{self, instant};

/// The seasons of the board in the page's address.
#[component]
pub fn Seasons() -> impl IntoView {
    let query = address();
    let board = Memo::new(move |_| query.get("board").unwrap_or_default());
    let boards = Resource::new(|| (), |()| load_board_forms());
    let done = RwSignal::new(0_u32);
    let outcome = RwSignal::new(None::<Result<String, String>>);
    let seasons = Resource::new(
        move || (board.get(), done.get()),
        async |(board, _)| match Slug::new(&board) {
            Ok(board) => load_seasons(board).await.map(Some),
            Err(_) => Ok(None),
        },
    );
    let chosen = move |slug: &str| slug == board.get_untracked();
    let picker = move || {
        Suspend::new(async move {
            let boards = match boards.await {
                Ok(boards) if boards.is_empty() => {
                    return view! { <p class="quiet">{words::no_boards_yet()}</p> }.into_any();
                }
                Ok(boards) => boards.into_iter(),
                Err(error) => return view! { <RefusedPart error /> }.into_any(),
            };
            let option = move |form: crate::api::admin_page::board_form::BoardForm| {
                let is_current = chosen(&form.slug);
                view! { <option value=form.slug.clone() selected=is_current dir="auto">{form.title}</option> }
            };
            view! {
                <form method="get" action="/admin/seasons" class="jump">
                    <label for="season-board">{words::board()}</label>
                    <select id="season-board" name="board">{boards.map(option).collect_view()}</select>
                    <button type="submit">{words::show()}</button>
                </form>
            }
            .into_any()
        })
    };
    let refused = move || outcome.get().and_then(Result::err);
    let message = move || outcome.get().and_then(Result::ok);
    view! {
        <section class="panel" aria-labelledby="seasons">
            <h2 id="seasons">{words::seasons()}</h2>
            <p class="quiet">{words::about_seasons()}</p>
            <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>{picker}</Suspense>
            <p class="status" role="status" data-status="refused">{refused}</p>
            <p class="status" role="status" data-status="done">{message}</p>
            <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    match seasons.await {
                        Ok(None) => ().into_any(),
                        Ok(Some((slug, seasons))) => view! { <Table slug seasons done outcome /> }.into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Table(
    slug: Slug,
    seasons: Vec<SeasonLine>,
    done: RwSignal<u32>,
    outcome: RwSignal<Option<Result<String, String>>>,
) -> impl IntoView {
    let row = move |line: SeasonLine| view! { <Row slug=slug.clone() line done outcome /> };
    view! {
        <table class="table">
            <thead>
                <tr><th scope="col">{words::season()}</th><th scope="col">{words::standings()}</th><th scope="col">{words::started()}</th><th scope="col">{words::next_reset()}</th><th scope="col">{words::state()}</th><th scope="col"><span class="sr-only">{words::actions()}</span></th></tr>
            </thead>
            <tbody>{seasons.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Row(
    slug: Slug,
    line: SeasonLine,
    done: RwSignal<u32>,
    outcome: RwSignal<Option<Result<String, String>>>,
) -> impl IntoView {
    let SeasonLine {
        season,
        standings,
        starts_at,
        next_reset,
        is_running,
        rule,
    } = line;
    let archive = format!("/boards/{slug}?season={season}");
    let began = if season == Season::AllTime {
        words::always().to_owned()
    } else {
        instant(starts_at)
    };
    let ends = next_reset.map_or_else(|| words::never().to_owned(), instant);
    let states = [
        Some(if is_running {
            words::running()
        } else {
            words::ended()
        }),
        rule.closed.then_some(words::closed()),
        (rule.begun_after > 0).then_some(words::is_restarted()),
    ];
    let mark = |state: &'static str| view! { <span class="mark">{state}</span> };
    let board = slug.clone();
    let change = move |change: SeasonChange| {
        let board = board.clone();
        leptos::task::spawn_local(async move {
            let changed = change_season(board, season, change, false).await;
            let text = changed.map(|standings| outcome_text(change, season, standings));
            outcome.set(Some(text.map_err(|error| error.message)));
            done.update(|done| *done += 1);
        });
    };
    let (close, reopen) = (change.clone(), change.clone());
    let (over, back) = (change.clone(), change);
    let open_or_closed = if rule.closed {
        let yes = Callback::new(move |()| reopen(SeasonChange::Reopen));
        view! { <Confirm label=words::reopen_season() question=words::reopen_season_question(dates::season(season)) yes /> }
            .into_any()
    } else if is_running {
        let yes = Callback::new(move |()| close(SeasonChange::Close));
        view! { <Confirm label=words::close_season() question=words::close_season_question(dates::season(season)) yes is_dangerous=true /> }
            .into_any()
    } else {
        ().into_any()
    };
    let count = move |change: SeasonChange, asks: fn(u64, String) -> String| {
        let slug = slug.clone();
        Callback::new(move |()| {
            let counting = change_season(slug.clone(), season, change, true);
            async move { counting.await.map(|n| asks(n, dates::season(season))) }.boxed_local()
        })
    };
    let refuse = Callback::new(move |error: PageError| outcome.set(Some(Err(error.message))));
    let begun = if rule.begun_after > 0 {
        let yes = Callback::new(move |()| back(SeasonChange::BringBack));
        let load = count(SeasonChange::BringBack, words::undo_restart_question);
        view! { <AskFirst label=words::undo_restart() load yes refuse /> }.into_any()
    } else if standings > 0 {
        let yes = Callback::new(move |()| over(SeasonChange::StartOver));
        let load = count(SeasonChange::StartOver, words::restart_season_question);
        view! { <AskFirst label=words::restart_season() load yes refuse is_dangerous=true /> }
            .into_any()
    } else {
        ().into_any()
    };
    view! {
        <tr>
            <th scope="row"><a href=archive>{season.to_string()}</a></th>
            <td data-label=words::standings()>{numbers::count(standings)}</td>
            <td data-label=words::started()>{began}</td>
            <td data-label=words::next_reset()>{ends}</td>
            <td data-label=words::state()>{states.into_iter().flatten().map(mark).collect_view()}</td>
            <td><div class="tools">{open_or_closed} {begun}</div></td>
        </tr>
    }
}

/// The text of a change to a season, with the number of changed standings.
fn outcome_text(change: SeasonChange, season: Season, standings: u64) -> String {
    let name = dates::season(season);
    match change {
        SeasonChange::Close => words::season_is_now_closed(name),
        SeasonChange::Reopen => words::season_is_open_again(name),
        SeasonChange::StartOver => words::season_restarted(standings, name),
        SeasonChange::BringBack => words::season_restored(standings, name),
    }
}
