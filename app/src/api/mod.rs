//! Server functions: what pages ask of the service, and nothing decided here.

pub mod account;
pub mod admin;
pub mod board_form;
pub mod moderation;
#[cfg(feature = "ssr")]
mod request;

use leaderport::protocol::MyPlace;
use leaderport::{
    Board, Milestone, Order, Page, PlayerId, PlayerName, Position, Rank, Row, Score, ScoreFormat,
    Season, Sketch, Slug, Timestamp,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::PageError;

/// A board on the home page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardCard {
    /// The board.
    pub board: Board,
    /// Its longest season, which is shown.
    pub season: Season,
    /// Everybody ranked in it.
    pub total: u64,
    /// Its first three, best first: rank, name, score.
    pub leaders: Vec<Leader>,
}

/// One of the first: rank, name, score.
pub type Leader = (Rank, PlayerName, Score);

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
    /// The seasons of its period, the newest first.
    pub seasons: Vec<Season>,
    /// Whom the address searches for: the text, and who was found or why nobody can be.
    pub found: Option<(String, Result<Vec<Found>, PageError>)>,
    /// Where the deployment is found, for links that are shared: `https://HOST`.
    pub origin: String,
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
    /// The moments at which their score there changed, the oldest first.
    pub history: Vec<Milestone>,
}

/// Somebody whom a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Who.
    pub player: PlayerId,
    /// Their name.
    pub name: PlayerName,
    /// Where they stand.
    pub place: MyPlace,
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
    /// What names begin with that are looked for.
    pub find: Option<String>,
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
    /// Which scores rank first.
    pub order: Order,
    /// The moments at which their score there changed, the oldest first.
    pub history: Vec<Milestone>,
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

/// Players of a season whose name begins with a text.
///
/// # Errors
/// An unknown board, a text that is empty or too long, or an engine is away.
#[server(prefix = "/_fn", endpoint = "search", input = leptos::server_fn::codec::GetUrl)]
pub async fn search_board(
    slug: String,
    season: String,
    text: String,
) -> Result<Vec<Found>, PageError> {
    backend::search(&slug, &season, &text).await
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

/// Who made a score that nobody in particular made.
pub const NOBODY: &str = "nobody";

/// Submits a score as the guest that the cookie names, or a new one. `score`
/// is in the board's format; `id` makes a repeat harmless. `player` is whom the browser
/// knew when it was made, or [`NOBODY`]: somebody else's it is not. Without a `name` a
/// player who is known keeps theirs.
///
/// # Errors
/// A refusal, or an engine is away.
#[server(prefix = "/_fn", endpoint = "submit")]
pub async fn submit_score(
    slug: String,
    name: String,
    score: String,
    id: Option<String>,
    player: Option<String>,
) -> Result<Confirmed, PageError> {
    let (id, player) = (id.as_deref(), player.as_deref());
    backend::submit_score((&slug, &name, &score), id, player).await
}

#[cfg(feature = "ssr")]
mod backend {
    use std::sync::Arc;

    use leaderport::protocol::MyPlace;
    use leaderport::service::{Error, Leaderboards, Outcome, PlayerStanding, SeasonInfo};
    use leaderport::{
        InvalidValue, PAGE_SIZE, PageNumber, PlayerId, PlayerName, Slug, Submission, SubmissionId,
    };

    use pulldown_cmark::{Options, Parser, html};

    use super::NOBODY;
    use super::request::Request;
    use super::{
        BoardCard, BoardView, Confirmed, ConfirmedSeason, Found, Me, PlayerView, Ranked, Wanted,
    };
    use crate::error::PageError;
    use crate::visitor::Visitor;

    /// How many stand above the others.
    const LEADERS: usize = 3;

    /// Boards whose history is on a player's page: the first.
    const HISTORIES: usize = 12;

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
            let shown = season.key.season;
            let top = leaderboards.standings(season, 0, LEADERS).await?.slice;
            cards.push(BoardCard {
                board: (*board).clone(),
                season: shown,
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
        let read = read_board(&request.leaderboards, wanted, reader).await;
        let view = request.with_status(read)?;
        Ok(BoardView {
            origin: request.origin(),
            ..view
        })
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
        let player = me.as_ref().filter(|me| me.standing.is_some());
        let player = player.map(|me| me.player.clone());
        let (seasons, history) = leaderboards.besides(&info.key, player.as_ref()).await;
        let me = me.map(|me| Me { history, ..me });
        let found = match wanted.find.filter(|text| !text.trim().is_empty()) {
            Some(text) => {
                let found = leaderboards.search(&info, &text).await;
                let found = found.map(|found| found.into_iter().map(Found::from).collect());
                Some((text, found.map_err(PageError::from)))
            }
            None => None,
        };
        Ok(BoardView {
            leaders,
            sketch: (*sketch).clone(),
            place: place.min(page.total.saturating_sub(1)),
            seasons,
            found,
            board: (*board).clone(),
            season: info.key.season,
            is_running: info == running,
            next_reset: info.next_reset,
            now: leaderboards.now(),
            page,
            position,
            origin: String::new(),
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
        let mut ranked = Vec::with_capacity(profile.standings.len());
        for (n, (board, standing)) in profile.standings.iter().enumerate() {
            let key = &standing.season.key;
            let history = if n < HISTORIES {
                leaderboards.besides(key, Some(&profile.player)).await.1
            } else {
                Vec::new()
            };
            ranked.push(Ranked {
                slug: board.slug.clone(),
                title: board.title.clone(),
                unit: board.unit.clone(),
                format: board.format,
                place: MyPlace::from(standing),
                order: board.order,
                history,
            });
        }
        Ok(PlayerView {
            ranked,
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
            history: Vec::new(),
        })
    }

    impl From<PlayerStanding> for Found {
        fn from(standing: PlayerStanding) -> Self {
            Self {
                place: MyPlace::from(&standing),
                player: standing.row.player,
                name: standing.row.name,
            }
        }
    }

    pub(super) async fn search(
        slug: &str,
        season: &str,
        text: &str,
    ) -> Result<Vec<Found>, PageError> {
        let request = Request::current();
        let found = async {
            let info = request
                .leaderboards
                .find(&Slug::new(slug)?, None, Some(season.parse()?))?;
            request.leaderboards.search(&info, text).await
        };
        let found = request.with_status(found.await)?;
        Ok(found.into_iter().map(Found::from).collect())
    }

    pub(super) async fn submit_score(
        typed: (&str, &str, &str),
        id: Option<&str>,
        player: Option<&str>,
    ) -> Result<Confirmed, PageError> {
        let request = Request::current();
        let submitted = submit(&request, typed, id, player).await;
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
        (slug, name, score): (&str, &str, &str),
        id: Option<&str>,
        player: Option<&str>,
    ) -> Result<(Visitor, Outcome), Error> {
        let slug = Slug::new(slug)?;
        let board = request.leaderboards.board(&slug)?;
        let name = (!name.is_empty())
            .then(|| PlayerName::new(name))
            .transpose()?;
        let value = board.format.read(score).map_err(|e| e.of("score"))?;
        let id = id.filter(|id| !id.is_empty()).map(str::parse).transpose()?;
        let visitor = request.visitor().await?;
        match player.filter(|player| !player.is_empty()) {
            Some(NOBODY) if visitor.as_ref().is_some_and(|v| v.account.is_some()) => {
                let why = "this score was made by nobody in particular, and you have signed \
                           in since; submit it anew if it is yours";
                return Err(Error::Forbidden(why.to_owned()));
            }
            Some(NOBODY) | None => {}
            Some(player) => {
                let player = PlayerId::new(player)?;
                let who = visitor.as_ref().map(|visitor| &visitor.player);
                request.leaderboards.check_is(&player, who).await?;
            }
        }
        let visitor = match (visitor, &name) {
            (Some(known), _) => known,
            // A name that is missing is refused as an empty one.
            (None, None) => {
                return Err(PlayerName::new("").map_or_else(Error::from, |_| Error::Busy));
            }
            (None, Some(name)) => newcomer(request, name, id.as_ref()).await?,
        };
        let name = name.unwrap_or_else(|| visitor.name.clone());
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

    /// Who was nobody. A submission that comes again, because its first answer was lost
    /// and with it the cookie, makes the same guest again.
    async fn newcomer(
        request: &Request,
        name: &PlayerName,
        id: Option<&SubmissionId>,
    ) -> Result<Visitor, Error> {
        let same = request.visitors.newcomer(name.clone(), id);
        if request.people.is_spent(&same.player, same.since).await? {
            return Ok(request.visitors.newcomer(name.clone(), None));
        }
        Ok(same)
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
