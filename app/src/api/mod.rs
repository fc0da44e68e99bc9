//! Server functions: what pages ask of the service, and nothing decided here.

pub mod account;
pub mod admin;
pub mod board_form;
pub mod moderation;
#[cfg(feature = "ssr")]
mod request;

use leaderport::protocol::MyPlace;
use leaderport::{
    Board, Page, PlayerId, PlayerName, Position, Rank, Row, Score, ScoreFormat, Season, Sketch,
    Slug, Timestamp,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::PageError;

/// A board on the home page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardCard {
    /// The board.
    pub board: Board,
    /// Everybody ranked in its longest season.
    pub total: u64,
    /// Its first three, best first: rank, name, score.
    pub leaders: Vec<(Rank, PlayerName, Score)>,
}

/// What a board page begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardView {
    /// The board.
    pub board: Board,
    /// The season shown.
    pub season: Season,
    /// Whether it is the running one of its period.
    pub is_running: bool,
    /// When it ends; never for `all`.
    pub next_reset: Option<Timestamp>,
    /// When the server answered, to count down by.
    pub now: Timestamp,
    /// The page shown.
    pub page: Page,
    /// Of the page.
    pub position: Position,
    /// The first three of the season.
    pub leaders: Vec<Row>,
    /// The season's scores in short, as of some seconds ago.
    pub sketch: Sketch,
    /// The place to show first, counted from 0.
    pub place: u64,
    /// Who is reading.
    pub me: Option<Me>,
}

/// Who is reading, and where they stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Me {
    /// Their id as a player: of who was merged into another, the other's.
    pub player: PlayerId,
    /// Their name.
    pub name: PlayerName,
    /// Where they stand in the season shown, if they do.
    pub standing: Option<MyPlace>,
}

/// The answer to a submission, for the season shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The reader as a player.
    pub player: PlayerId,
    /// Their name.
    pub name: PlayerName,
    /// A season each: score, rank, rank before, position.
    pub seasons: Vec<ConfirmedSeason>,
}

/// A season's part of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConfirmedSeason {
    /// The season.
    pub season: Season,
    /// The score after the submission.
    pub score: Score,
    /// The rank after it.
    pub rank: Option<Rank>,
    /// The rank before it.
    pub previous_rank: Option<Rank>,
    /// Every state from here on shows it.
    pub position: Option<Position>,
}

/// What part of a board is wanted: texts of the page's address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The board's slug.
    pub slug: String,
    /// Which period.
    pub period: Option<String>,
    /// Which season.
    pub season: Option<String>,
    /// Which page, from 1.
    pub page: Option<String>,
    /// The rank to show; before `page`.
    pub rank: Option<String>,
    /// The reader's own place; before `player`.
    pub me: bool,
    /// The player whose place to show; before `rank`.
    pub player: Option<String>,
}

/// Every board, with its leaders.
///
/// # Errors
/// When an engine is away.
#[server(prefix = "/_fn", endpoint = "boards", input = leptos::server_fn::codec::GetUrl)]
pub async fn load_boards() -> Result<Vec<BoardCard>, PageError> {
    backend::boards().await
}

/// A player, and where they stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlayerView {
    /// Their id: of who was merged into another, the other's.
    pub player: PlayerId,
    /// Their name.
    pub name: PlayerName,
    /// Board by board, by slug.
    pub ranked: Vec<Ranked>,
}

/// A player's place on a board: in the running season of its longest period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The board.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// What it ranks.
    pub unit: String,
    /// How it shows scores.
    pub format: ScoreFormat,
    /// The place.
    pub place: MyPlace,
}

/// A player, and where they stand.
///
/// # Errors
/// A bad id, who stands nowhere, or an engine is away.
#[server(prefix = "/_fn", endpoint = "player")]
pub async fn load_player(id: String) -> Result<PlayerView, PageError> {
    backend::player(&id).await
}

/// What a board page begins with.
///
/// # Errors
/// An unknown board, a bad period, season, page or rank, or an engine is away.
#[server(prefix = "/_fn", endpoint = "board")]
pub async fn load_board(wanted: Wanted) -> Result<BoardView, PageError> {
    backend::board(wanted).await
}

/// The realtime protocol's document, as HTML.
///
/// # Errors
/// None but the way there.
#[server(prefix = "/_fn", endpoint = "realtime-docs", input = leptos::server_fn::codec::GetUrl)]
pub async fn load_realtime_docs() -> Result<String, PageError> {
    // A server function waits for something.
    Ok(std::future::ready(backend::realtime_docs()).await)
}

/// Submits a score as the guest that the cookie names, or a new one. `score`
/// is in the board's format; `id` makes a repeat harmless.
///
/// # Errors
/// A refusal, or an engine is away.
#[server(prefix = "/_fn", endpoint = "submit")]
pub async fn submit_score(
    slug: String,
    name: String,
    score: String,
    id: Option<String>,
) -> Result<Confirmed, PageError> {
    backend::submit_score(&slug, &name, &score, id.as_deref()).await
}

#[cfg(feature = "ssr")]
mod backend {
    use std::sync::Arc;

    use leaderport::protocol::MyPlace;
    use leaderport::service::{Error, Leaderboards, Outcome, SeasonInfo};
    use leaderport::{InvalidValue, PAGE_SIZE, PageNumber, PlayerId, PlayerName, Slug, Submission};

    use pulldown_cmark::{Options, Parser, html};

    use super::request::Request;
    use super::{BoardCard, BoardView, Confirmed, ConfirmedSeason, Me, PlayerView, Ranked, Wanted};
    use crate::error::PageError;
    use crate::visitor::Visitor;

    /// How many stand above the others.
    const LEADERS: usize = 3;

    pub(super) fn realtime_docs() -> String {
        let document = Parser::new_ext(leaderport::protocol::DOCUMENT, Options::ENABLE_TABLES);
        let mut page = String::new();
        html::push_html(&mut page, document);
        // What scrolls is reached by keyboard.
        page.replace("<pre>", r#"<pre tabindex="0">"#)
            .replace("<table>", r#"<table tabindex="0">"#)
    }

    pub(super) async fn boards() -> Result<Vec<BoardCard>, PageError> {
        let leaderboards = Request::current().leaderboards;
        let mut cards = Vec::new();
        for board in leaderboards.boards().into_iter().filter(|b| !b.archived) {
            let season = leaderboards.season(&board, None, None)?;
            let top = leaderboards.standings(season, 0, LEADERS).await?.slice;
            cards.push(BoardCard {
                board: (*board).clone(),
                total: top.total,
                leaders: top
                    .rows
                    .into_iter()
                    .map(|r| (r.rank, r.name, r.score))
                    .collect(),
            });
        }
        Ok(cards)
    }

    pub(super) async fn board(wanted: Wanted) -> Result<BoardView, PageError> {
        let request = Request::current();
        let reader = request.reader().await;
        let read = read_board(&request.leaderboards, wanted, reader);
        request.with_status(read.await)
    }

    async fn read_board(
        leaderboards: &Arc<Leaderboards>,
        wanted: Wanted,
        visitor: Option<Visitor>,
    ) -> Result<BoardView, Error> {
        let slug = Slug::new(&wanted.slug)?;
        let board = leaderboards.board(&slug)?;
        let period = wanted.period.as_deref().map(str::parse).transpose()?;
        let season = wanted.season.as_deref().map(str::parse).transpose()?;
        let info = leaderboards.season(&board, period, season)?;
        let running = leaderboards.season(&board, Some(info.key.season.period()), None)?;
        let me = match visitor {
            Some(visitor) => Some(read_me(leaderboards, info.clone(), visitor).await?),
            None => None,
        };
        let mine = me.as_ref().and_then(|m| m.standing).map(|s| s.place);
        let theirs = match &wanted.player {
            Some(id) => place_of(leaderboards, info.clone(), id).await?,
            None => None,
        };
        let asked_for = mine.filter(|_| wanted.me).or(theirs);
        let place = match (&wanted.rank, &wanted.page, asked_for) {
            (.., Some(mine)) => mine,
            (Some(rank), ..) => number("rank", rank)?.saturating_sub(1),
            (None, Some(page), _) => PageNumber::new(number("page", page)?)?.start(),
            (None, None, None) => 0,
        };
        let (mut page, mut position) = leaderboards
            .page(&info.key, PageNumber::holding(place))
            .await?;
        if page.rows.is_empty() && page.total > 0 {
            // Past the end: the last page says more than an empty one.
            let last = PageNumber::holding(page.total - 1);
            (page, position) = leaderboards.page(&info.key, last).await?;
        }
        let leaders = if page.number == PageNumber::FIRST {
            page.rows.iter().take(LEADERS).cloned().collect()
        } else {
            let first = leaderboards.standings(info.clone(), 0, LEADERS).await?;
            first.slice.rows
        };
        let sketch = leaderboards.sketch(&info.key).await;
        Ok(BoardView {
            leaders,
            sketch: (*sketch).clone(),
            place: place.min(page.total.saturating_sub(1)),
            board: (*board).clone(),
            season: info.key.season,
            is_running: info == running,
            next_reset: info.next_reset,
            now: leaderboards.now(),
            page,
            position,
            me,
        })
    }

    /// Where somebody stands; nowhere is no error, for it was a link once.
    async fn place_of(
        leaderboards: &Leaderboards,
        season: SeasonInfo,
        id: &str,
    ) -> Result<Option<u64>, Error> {
        match leaderboards.standing(season, &PlayerId::new(id)?).await {
            Ok(standing) => Ok(Some(standing.ordinal)),
            Err(Error::UnknownPlayer(..)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn player(id: &str) -> Result<PlayerView, PageError> {
        let request = Request::current();
        let found = read_player(&request.leaderboards, id).await;
        request.with_status(found)
    }

    async fn read_player(leaderboards: &Leaderboards, id: &str) -> Result<PlayerView, Error> {
        let profile = leaderboards.profile(&PlayerId::new(id)?).await?;
        let ranked = profile.standings.iter().map(|(board, standing)| Ranked {
            slug: board.slug.clone(),
            title: board.title.clone(),
            unit: board.unit.clone(),
            format: board.format,
            place: MyPlace::from(standing),
        });
        Ok(PlayerView {
            ranked: ranked.collect(),
            player: profile.player,
            name: profile.name,
        })
    }

    async fn read_me(
        leaderboards: &Leaderboards,
        season: SeasonInfo,
        visitor: Visitor,
    ) -> Result<Me, Error> {
        let found = match leaderboards.standing(season, &visitor.player).await {
            Ok(found) => Some(found),
            Err(Error::UnknownPlayer(..)) => None,
            Err(error) => return Err(error),
        };
        let standing = found.as_ref().map(MyPlace::from);
        Ok(Me {
            // Who was merged into another finds themselves there.
            player: found.map_or(visitor.player, |s| s.row.player),
            name: visitor.name,
            standing,
        })
    }

    pub(super) async fn submit_score(
        slug: &str,
        name: &str,
        score: &str,
        id: Option<&str>,
    ) -> Result<Confirmed, PageError> {
        let request = Request::current();
        let submitted = submit(&request, slug, name, score, id).await;
        let (visitor, outcome) = request.with_status(submitted)?;
        if visitor.account.is_none() {
            request.set_cookies(request.visitors.remember(&visitor));
        }
        let season = |s: leaderport::service::SeasonOutcome| ConfirmedSeason {
            season: s.season,
            score: s.score,
            rank: s.ranks.map(|r| r.rank),
            previous_rank: s.ranks.and_then(|r| r.previous),
            position: s.ranks.map(|r| r.position),
        };
        Ok(Confirmed {
            player: visitor.player,
            name: visitor.name,
            seasons: outcome.seasons.into_iter().map(season).collect(),
        })
    }

    async fn submit(
        request: &Request,
        slug: &str,
        name: &str,
        score: &str,
        id: Option<&str>,
    ) -> Result<(Visitor, Outcome), Error> {
        let slug = Slug::new(slug)?;
        let board = request.leaderboards.board(&slug)?;
        let name = PlayerName::new(name)?;
        let value = board.format.read(score).map_err(|e| e.of("score"))?;
        let id = id.filter(|id| !id.is_empty()).map(str::parse).transpose()?;
        let visitor = match request.visitor().await? {
            Some(known) => known,
            None => request.visitors.newcomer(name.clone()),
        };
        let is_renamed = visitor.account.is_some() && visitor.name != name;
        let visitor = Visitor { name, ..visitor };
        let caller = visitor.caller();
        let submission = Submission {
            id: id.unwrap_or_else(|| request.visitors.new_submission_id()),
            board: slug,
            player: visitor.player.clone(),
            name: Some(visitor.name.clone()),
            value,
            at: None,
        };
        let outcome = request.leaderboards.submit_one(&caller, submission).await?;
        if is_renamed {
            request.people.remember_name(&caller, &visitor.name).await?;
        }
        Ok((visitor, outcome))
    }

    fn number(field: &'static str, text: &str) -> Result<u64, InvalidValue> {
        let digits: String = text
            .chars()
            .filter(|c| !matches!(c, ',' | ' ' | '_'))
            .collect();
        let limit = PageNumber::MAX.get() * PAGE_SIZE;
        digits
            .parse()
            .ok()
            .filter(|n| (1..=limit).contains(n))
            .ok_or_else(|| {
                InvalidValue::new(
                    field,
                    text,
                    format!("must be a whole number from 1 to {limit}"),
                )
            })
    }
}
