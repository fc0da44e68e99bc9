//! Seasons of a board: what runs and when it ends, what ended and stays readable,
//! and what is decided by hand. What would change is counted before it is asked.

use leaderport::{Season, SeasonChange, SeasonLine, Slug};
use leptos::prelude::*;

use super::address;
use super::{Confirm, focus_when};
use crate::api::admin::{change_season, load_board_forms, load_seasons};
use crate::components::instant;
use crate::components::refused::Refused;

/// The seasons of the board that the address names.
#[component]
pub fn Seasons() -> impl IntoView {
    let query = address();
    let board = Memo::new(move |_| query.get("board").unwrap_or_default());
    let boards = Resource::new(|| (), |()| load_board_forms());
    let done = RwSignal::new(0_u32);
    let said = RwSignal::new(None::<Result<String, String>>);
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
                let is_it = chosen(&form.slug);
                view! { <option value=form.slug.clone() selected=is_it>{form.title}</option> }
            };
            view! {
                <form method="get" action="/admin/seasons" class="jump">
                    <label for="season-board">"Board"</label>
                    <select id="season-board" name="board">{boards.map(option).collect_view()}</select>
                    <button type="submit">"Show"</button>
                </form>
            }
        })
    };
    let refused = move || said.get().and_then(Result::err);
    let told = move || said.get().and_then(Result::ok);
    view! {
        <section class="panel" aria-labelledby="seasons">
            <h2 id="seasons">"Seasons"</h2>
            <p class="quiet">"A new season starts by time passing; an ended one stays readable. What is decided here can be taken back."</p>
            <Suspense fallback=|| view! { <p class="quiet">"Loading…"</p> }>{picker}</Suspense>
            <p class="said" role="status" data-said="refused">{refused}</p>
            <p class="said" role="status" data-said="done">{told}</p>
            <Transition fallback=|| view! { <p class="quiet">"Loading…"</p> }>
                {move || Suspend::new(async move {
                    match seasons.await {
                        Ok(None) => ().into_any(),
                        Ok(Some((slug, seasons))) => view! { <Table slug seasons done said /> }.into_any(),
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
    said: RwSignal<Option<Result<String, String>>>,
) -> impl IntoView {
    let row = move |line: SeasonLine| view! { <Row slug=slug.clone() line done said /> };
    view! {
        <table class="table">
            <thead>
                <tr><th scope="col">"Season"</th><th scope="col">"Standings"</th><th scope="col">"Began"</th><th scope="col">"Next reset"</th><th scope="col">"State"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr>
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
    said: RwSignal<Option<Result<String, String>>>,
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
        "always".to_owned()
    } else {
        instant(starts_at)
    };
    let ends = next_reset.map_or("never".to_owned(), instant);
    let states = [
        Some(if is_running { "running" } else { "ended" }),
        rule.closed.then_some("closed"),
        (rule.begun_after > 0).then_some("started over"),
    ];
    let mark = |state: &'static str| view! { <span class="mark">{state}</span> };
    let board = slug.clone();
    let change = move |change: SeasonChange, words: &'static str| {
        let board = board.clone();
        leptos::task::spawn_local(async move {
            let changed = change_season(board, season, change, false).await;
            let words = changed.map(|n| match n {
                0 => format!("{season} {words}."),
                n => format!("{season} {words}: {n} standings changed."),
            });
            said.set(Some(words.map_err(|error| error.message)));
            done.update(|done| *done += 1);
        });
    };
    let (close, reopen) = (change.clone(), change.clone());
    let (over, back) = (change.clone(), change);
    let open_or_closed = if rule.closed {
        let yes = Callback::new(move |()| reopen(SeasonChange::Reopen, "is open again"));
        view! { <Confirm label="Reopen" question=format!("Have {season} take submissions again?") yes /> }
            .into_any()
    } else if is_running {
        let yes = Callback::new(move |()| close(SeasonChange::Close, "is closed"));
        view! { <Confirm label="Close now" question=format!("Have {season} take no more submissions?") yes /> }
            .into_any()
    } else {
        ().into_any()
    };
    let begun = if rule.begun_after > 0 {
        let yes = Callback::new(move |()| back(SeasonChange::BringBack, "counts everything again"));
        view! { <Counted label="Bring back" slug season change=SeasonChange::BringBack words="standings would change. Count what was there before?" yes said /> }
            .into_any()
    } else if standings > 0 {
        let yes = Callback::new(move |()| over(SeasonChange::StartOver, "begins anew"));
        view! { <Counted label="Start over" slug season change=SeasonChange::StartOver words="standings would count no more. Start over?" yes said /> }
            .into_any()
    } else {
        ().into_any()
    };
    view! {
        <tr>
            <th scope="row"><a href=archive>{season.to_string()}</a></th>
            <td data-label="Standings">{standings}</td>
            <td data-label="Began">{began}</td>
            <td data-label="Next reset">{ends}</td>
            <td data-label="State">{states.into_iter().flatten().map(mark).collect_view()}</td>
            <td><div class="tools">{open_or_closed} {begun}</div></td>
        </tr>
    }
}

/// A button that counts what would change before it asks.
#[component]
fn Counted(
    label: &'static str,
    slug: Slug,
    season: Season,
    change: SeasonChange,
    /// What it would do, after the number.
    words: &'static str,
    yes: Callback<()>,
    said: RwSignal<Option<Result<String, String>>>,
) -> impl IntoView {
    let question = RwSignal::new(None::<String>);
    let ask = move |_| {
        let slug = slug.clone();
        leptos::task::spawn_local(async move {
            match change_season(slug, season, change, true).await {
                Ok(count) => question.set(Some(format!("{count} {words}"))),
                Err(error) => said.set(Some(Err(error.message))),
            }
        });
    };
    let ask = StoredValue::new(ask);
    let no = NodeRef::<leptos::html::Button>::new();
    focus_when(Signal::derive(move || question.with(Option::is_some)), no);
    view! {
        {move || match question.get() {
            None => view! { <button type="button" class="small" on:click=move |event| ask.with_value(|ask| ask(event))>{label}</button> }.into_any(),
            Some(words) => view! {
                <span class="confirm" role="group" aria-label=label>
                    <span role="status">{words}</span>
                    <button type="button" class="small danger" on:click=move |_| { question.set(None); yes.run(()); }>{label}</button>
                    <button type="button" class="small" node_ref=no on:click=move |_| question.set(None)>"Leave it"</button>
                </span>
            }.into_any(),
        }}
    }
}
