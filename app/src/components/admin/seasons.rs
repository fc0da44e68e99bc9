//! The seasons of a board: running seasons with their end, readable ended seasons, and manual
//! changes. The page counts the affected standings before it asks for confirmation.

use leaderport::{Season, SeasonChange, SeasonLine, Slug};
use leptos::prelude::*;

use crate::api::admin::{change_season, load_board_forms, load_seasons};
use crate::components::admin::address;
use crate::components::admin::{Confirm, focus_when};
use crate::components::refused::Refused;
use crate::locale::numbers;
use crate::words;
use crate::words::dates::instant;

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
            let boards = boards.await.unwrap_or_default().into_iter();
            let option = move |form: crate::api::board_form::BoardForm| {
                let is_current = chosen(&form.slug);
                view! { <option value=form.slug.clone() selected=is_current>{form.title}</option> }
            };
            view! {
                <form method="get" action="/admin/seasons" class="jump">
                    <label for="season-board">{words::board()}</label>
                    <select id="season-board" name="board">{boards.map(option).collect_view()}</select>
                    <button type="submit">{words::show()}</button>
                </form>
            }
        })
    };
    let refused = move || outcome.get().and_then(Result::err);
    let message = move || outcome.get().and_then(Result::ok);
    view! {
        <section class="panel" aria-labelledby="seasons">
            <h2 id="seasons">{words::seasons()}</h2>
            <p class="quiet">{words::about_seasons()}</p>
            <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>{picker}</Suspense>
            <p class="said" role="status" data-said="refused">{refused}</p>
            <p class="said" role="status" data-said="done">{message}</p>
            <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    match seasons.await {
                        Ok(None) => ().into_any(),
                        Ok(Some((slug, seasons))) => view! { <Table slug seasons done outcome /> }.into_any(),
                        Err(error) => view! { <Refused error /> }.into_any(),
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
                <tr><th scope="col">{words::season()}</th><th scope="col">{words::standings()}</th><th scope="col">{words::began()}</th><th scope="col">{words::next_reset()}</th><th scope="col">{words::state()}</th><th scope="col"><span class="sr-only">{words::actions()}</span></th></tr>
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
        (rule.begun_after > 0).then_some(words::started_over()),
    ];
    let mark = |state: &'static str| view! { <span class="mark">{state}</span> };
    let board = slug.clone();
    let change = move |change: SeasonChange, state: &'static str| {
        let board = board.clone();
        leptos::task::spawn_local(async move {
            let changed = change_season(board, season, change, false).await;
            let text = changed.map(|n| match n {
                0 => words::season_is(season, state),
                n => words::season_is_changed(season, state, words::standings_changed(n)),
            });
            outcome.set(Some(text.map_err(|error| error.message)));
            done.update(|done| *done += 1);
        });
    };
    let (close, reopen) = (change.clone(), change.clone());
    let (over, back) = (change.clone(), change);
    let open_or_closed = if rule.closed {
        let yes = Callback::new(move |()| reopen(SeasonChange::Reopen, words::is_open_again()));
        view! { <Confirm label=words::reopen() question=words::reopen_season(season) yes /> }
            .into_any()
    } else if is_running {
        let yes = Callback::new(move |()| close(SeasonChange::Close, words::is_closed()));
        view! { <Confirm label=words::close_now() question=words::close_season(season) yes /> }
            .into_any()
    } else {
        ().into_any()
    };
    let begun = if rule.begun_after > 0 {
        let yes = Callback::new(move |()| {
            back(SeasonChange::BringBack, words::counts_everything_again());
        });
        view! { <CountingButton label=words::bring_back() slug season change=SeasonChange::BringBack asks=words::would_bring_back yes outcome /> }
            .into_any()
    } else if standings > 0 {
        let yes = Callback::new(move |()| over(SeasonChange::StartOver, words::restarts()));
        view! { <CountingButton label=words::start_over() slug season change=SeasonChange::StartOver asks=words::would_start_over yes outcome /> }
            .into_any()
    } else {
        ().into_any()
    };
    view! {
        <tr>
            <th scope="row"><a href=archive>{season.to_string()}</a></th>
            <td data-label=words::standings()>{numbers::count(standings)}</td>
            <td data-label=words::began()>{began}</td>
            <td data-label=words::next_reset()>{ends}</td>
            <td data-label=words::state()>{states.into_iter().flatten().map(mark).collect_view()}</td>
            <td><div class="tools">{open_or_closed} {begun}</div></td>
        </tr>
    }
}

/// A button that counts the affected standings and then asks for confirmation.
#[component]
fn CountingButton(
    label: &'static str,
    slug: Slug,
    season: Season,
    change: SeasonChange,
    /// The question for a number of affected standings.
    asks: fn(u64) -> String,
    yes: Callback<()>,
    outcome: RwSignal<Option<Result<String, String>>>,
) -> impl IntoView {
    let question = RwSignal::new(None::<String>);
    let ask = move |_| {
        let slug = slug.clone();
        leptos::task::spawn_local(async move {
            match change_season(slug, season, change, true).await {
                Ok(count) => question.set(Some(asks(count))),
                Err(error) => outcome.set(Some(Err(error.message))),
            }
        });
    };
    let ask = StoredValue::new(ask);
    let no = NodeRef::<leptos::html::Button>::new();
    focus_when(Signal::derive(move || question.with(Option::is_some)), no);
    view! {
        {move || match question.get() {
            None => view! { <button type="button" class="small" on:click=move |event| ask.with_value(|ask| ask(event))>{label}</button> }.into_any(),
            Some(text) => view! {
                <span class="confirm" role="group" aria-label=label>
                    <span role="status">{text}</span>
                    <button type="button" class="small danger" on:click=move |_| { question.set(None); yes.run(()); }>{label}</button>
                    <button type="button" class="small" node_ref=no on:click=move |_| question.set(None)>{words::leave_it()}</button>
                </span>
            }.into_any(),
        }}
    }
}
