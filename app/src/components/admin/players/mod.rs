//! Players: search by name or by rank, and a sheet for each player. The sheet shows the player's
//! submissions, explains their standings and has the moderators' rulings.
//!
//! A ruling shows its effect at once. It can be undone by a button for some seconds, and later by
//! the opposite ruling.

pub mod explanation;
pub mod list;
pub mod sheet;
pub mod sheet_state;
pub mod submissions;
pub mod undo;

use leaderport::{PlayerId, PlayerRecord, ScoreFormat};
use leptos::either::EitherOf3;
use leptos::prelude::*;

use self::list::{Line, PlayerList};
use self::sheet::PlayerSheet;
use crate::api::admin_page::moderation::find_players;
use crate::api::board::{Wanted, load_board};
use crate::api::home::{BoardCard, load_boards};
use crate::components::admin::address;
use crate::components::form::field_error::FieldError;
use crate::components::page::refused::RefusedPart;
use crate::core::url::url_escape;
use crate::error::PageError;
use crate::locale::numbers;
use crate::words;

/// The players to list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Listing {
    /// Players whose name or handle begins with the text, or whose id equals it.
    Name(String),
    /// The page of a board that contains a rank.
    Board(String, String),
}

/// The search by name, a board's standings, and the chosen player.
#[component]
pub fn Players() -> impl IntoView {
    let query = address();
    let text = move |key: &'static str| query.get(key).unwrap_or_default();
    let listing = Memo::new(move |_| match text("board") {
        board if board.is_empty() => Listing::Name(text("name")),
        board => Listing::Board(board, text("rank")),
    });
    // Create the sheet at once, because the document contains only data that is requested while it
    // is rendered.
    let chosen = query
        .get("player")
        .and_then(|id| PlayerId::stored(&id).ok());
    let sheet = chosen.map(|player| view! { <PlayerSheet player /> });
    let found = Resource::new(move || listing.get(), load_lines);
    let boards = Resource::new(|| (), |()| load_boards());
    let name = move || text("name");
    let rank = move || match text("rank") {
        rank if rank.is_empty() => "1".to_owned(),
        rank => rank,
    };
    // The address carries the text, so the server has refused the same one.
    let rank_error = Signal::derive(move || {
        let rank = text("rank");
        let is_wrong = !rank.is_empty() && numbers::whole(&rank).is_none_or(|rank| rank == 0);
        is_wrong.then(|| words::enter_a_rank_from_one().to_owned())
    });
    let options = move || {
        Suspend::new(async move {
            let boards = boards.await.unwrap_or_default().into_iter();
            let option = move |card: BoardCard| {
                let slug = card.board.slug.to_string();
                let is_current = slug == untrack(|| text("board"));
                view! { <option value=slug selected=is_current dir="auto">{card.board.title}</option> }
            };
            view! { <select id="players-of" name="board">{boards.map(option).collect_view()}</select> }
        })
    };
    view! {
        <section class="panel" aria-labelledby="players">
            <h2 id="players">{words::standings_and_players()}</h2>
            <form method="get" action="/admin/players" class="jump" role="search">
                <label for="player-name">{words::name_handle_or_id()}</label>
                <input id="player-name" name="name" type="search" value=name maxlength="80" autocomplete="off" autocapitalize="none" spellcheck="false" />
                <button type="submit">{words::find()}</button>
            </form>
            <form method="get" action="/admin/players" class="jump">
                <label for="players-of">{words::board()}</label>
                <Suspense>{options}</Suspense>
                <label for="from-rank">{words::from_rank()}</label>
                <input id="from-rank" name="rank" value=rank inputmode="numeric" size="8" autocomplete="off"
                    aria-invalid=move || rank_error.read().is_some().then_some("true") aria-describedby="from-rank-error"
                    autofocus=rank_error.read_untracked().is_some() />
                <button type="submit">{words::show()}</button>
                <FieldError field="from-rank" text=rank_error />
            </form>
            <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok((lines, format)) => EitherOf3::A(view! { <Found lines format listing=listing.get_untracked() /> }),
                        // The reason is at the field.
                        Err(error) if error.field.as_deref() == Some("rank") => EitherOf3::B(()),
                        Err(error) => EitherOf3::C(view! { <RefusedPart error /> }),
                    }
                })}
            </Transition>
        </section>
        {sheet}
    }
}

async fn load_lines(listing: Listing) -> Result<(Vec<Line>, ScoreFormat), PageError> {
    match listing {
        Listing::Name(text) if text.trim().is_empty() => Ok((Vec::new(), ScoreFormat::Integer)),
        Listing::Name(text) => {
            let players = find_players(text).await?.into_iter();
            Ok((players.map(Line::from).collect(), ScoreFormat::Integer))
        }
        Listing::Board(slug, rank) => {
            let wanted = Wanted {
                slug,
                rank: Some(rank).filter(|rank| !rank.is_empty()),
                ..Wanted::default()
            };
            let view = load_board(wanted).await?;
            let lines = view.page.rows.into_iter().map(Line::from).collect();
            Ok((lines, view.board.format))
        }
    }
}

#[component]
fn Found(lines: Vec<Line>, format: ScoreFormat, listing: Listing) -> impl IntoView {
    if lines.is_empty() {
        let notice = match &listing {
            Listing::Name(text) if text.trim().is_empty() => return ().into_any(),
            Listing::Name(text) => words::no_players_match(text.trim()),
            Listing::Board(..) => words::no_standings_found().to_owned(),
        };
        return view! { <p class="quiet">{notice}</p> }.into_any();
    }
    let query = match &listing {
        Listing::Name(text) => format!("name={}", url_escape(text)),
        Listing::Board(board, rank) => {
            format!("board={}&rank={}", url_escape(board), url_escape(rank))
        }
    };
    view! { <PlayerList lines format query /> }.into_any()
}

fn shown_name(record: &PlayerRecord) -> String {
    let name = record.name.as_ref().map(ToString::to_string);
    name.unwrap_or_else(|| record.player.to_string())
}

/// Labels of a player: handle, ban, merge, fixed name.
#[component]
fn PlayerMarks(record: PlayerRecord) -> impl IntoView {
    let into = record.merged_into.map(words::is_merged_into);
    let marks = [
        record.handle.map(|handle| format!("@{handle}")),
        record.is_banned.then(|| words::is_banned().to_owned()),
        into,
        record
            .is_name_fixed
            .then(|| words::is_name_locked().to_owned()),
    ];
    let mark = |text: String| view! { <span class="mark">{text}</span> };
    marks.into_iter().flatten().map(mark).collect_view()
}
