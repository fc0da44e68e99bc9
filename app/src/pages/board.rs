//! `/boards/{slug}`: a live board. The query `?period=&season=&page=&rank=&player=&me=` selects the
//! part to show first. All of it works without JavaScript.

use leptos::either::Either;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::api::board::{BoardView, Wanted, accepted_scores, load_board};
use crate::api::submit::SubmitScore;
use crate::components::board::season::season_bar::SeasonChoice;
use crate::components::page::page_title::PageTitle;
use crate::core::submit::submit_status::{Refusal, SubmitField};
use crate::error::PageError;
use crate::islands::board::BoardIsland;
use crate::islands::with_initial_state;
use crate::locale::direction::isolate;
use crate::locale::numbers;
use crate::pages::RefusedPage;
use crate::words;

/// A board's page.
#[component]
pub fn BoardPage() -> impl IntoView {
    let wanted = wanted();
    let refused = refused();
    view! {
        <Suspense>
            {move || {
                let (wanted, refused) = (wanted.clone(), refused.clone());
                Suspend::new(async move {
                    match load_board(wanted).await {
                        Ok(view) => {
                            let refused = refused.map(|error| refusal(&error, &view));
                            Either::Left(view! {
                                <PageTitle text=view.board.title.clone() />
                                <ShareCard view=view.clone() />
                                <Board view refused />
                            })
                        }
                        Err(error) => Either::Right(view! { <RefusedPage error /> }),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Board(view: BoardView, refused: Option<Refusal>) -> impl IntoView {
    let choice = view.clone();
    with_initial_state((view, refused), || {
        view! { <BoardIsland><SeasonChoice view=choice /></BoardIsland> }
    })
}

/// The part of the board in the page's address.
fn wanted() -> Wanted {
    let query = use_query_map().get_untracked();
    Wanted {
        slug: use_params_map()
            .with_untracked(|p| p.get("slug"))
            .unwrap_or_default(),
        period: query.get("period"),
        season: query.get("season"),
        page: query.get("page"),
        rank: query.get("rank").filter(|r| !r.is_empty()),
        me: query.get("me").is_some(),
        player: query.get("player").filter(|p| !p.is_empty()),
        find: query.get("find").filter(|text| !text.is_empty()),
    }
}

/// The refusal of a score that was submitted without JavaScript. The redirect after the form puts
/// its code into the page's address.
fn refused() -> Option<PageError> {
    let answer = ServerAction::<SubmitScore>::new().value().get_untracked();
    answer.and_then(Result::err)
}

/// The refusal, by the board's own rules.
fn refusal(error: &PageError, view: &BoardView) -> Refusal {
    match (error.code.as_str(), error.field.as_deref()) {
        ("invalid_value", Some("score")) => Refusal::of_field(
            SubmitField::Score,
            words::score_rule(accepted_scores(&view.board)),
        ),
        ("invalid_value", Some("name")) => {
            Refusal::of_field(SubmitField::Name, words::invalid_name())
        }
        ("board_closed" | "board_not_open", _) => {
            let reason = view.closed.clone();
            Refusal::of_form(reason.unwrap_or_else(|| error.message.clone()))
        }
        _ => Refusal::of_form(error.message.clone()),
    }
}

/// Metadata for sites and apps that show a preview of a shared link.
#[component]
fn ShareCard(view: BoardView) -> impl IntoView {
    let at = format!("{}/boards/{}", view.origin, view.board.slug);
    let url = format!("{at}?season={}", view.season);
    let picture = format!("{at}/picture.png?season={}", view.season);
    let format = view.board.format;
    let first = view.leaders.first();
    let first = first.map(|row| {
        let score = numbers::score(format, row.score);
        if view.phase.has_winner() {
            words::won_with(&row.name, score)
        } else {
            words::leads_with(&row.name, score)
        }
    });
    let description = first.into_iter().chain([isolate(&view.board.description)]);
    let description = description.collect::<Vec<_>>().join(" ");
    let title = view.board.title;
    view! {
        <Meta name="description" content=description.clone() />
        <Meta property="og:type" content="website" />
        <Meta property="og:site_name" content="LeaderPort" />
        <Meta property="og:title" content=title />
        <Meta property="og:description" content=description />
        <Meta property="og:url" content=url />
        <Meta property="og:image" content=picture />
        <Meta property="og:image:width" content="1200" />
        <Meta property="og:image:height" content="630" />
        <Meta name="twitter:card" content="summary_large_image" />
    }
}
