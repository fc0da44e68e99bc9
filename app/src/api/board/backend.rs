//! Reads a board's page from the service.

use std::sync::Arc;

use futures::future::join;
use leaderport::protocol::MyPlace;
use leaderport::service::{Error, Leaderboards, PlayerStanding, Review, SeasonInfo};
use leaderport::{Board, InvalidValue, Page, PageNumber, Rank, Slug, Submitters};

use super::super::request::Request;
use super::super::season_phase::{closed, phase};
use super::{BoardView, Found, Me, SeasonChoices, Wanted};
use crate::api::visitor::{Visitor, review_notice};
use crate::core::board::BoardSummary;
use crate::core::list::spotlight::Target;
use crate::error::PageError;
use crate::locale::marks;
use crate::words;
use crate::words::dates;

/// The number of leaders that the podium shows.
const LEADERS: usize = 3;

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
    let now = leaderboards.now();
    let refused = why_refused(&board);
    let (review, me) = match visitor {
        Some(visitor) => {
            let caller = visitor.caller();
            let review = leaderboards.review(&caller, Some(&slug));
            let me = read_me(leaderboards, info.clone(), visitor);
            let (review, me) = join(review, me).await;
            (review, Some(me?))
        }
        None => (None, None),
    };
    let is_banned = review == Some(Review::Banned);
    let banned = is_banned.then(words::banned_players_do_not_submit);
    let refused = refused.or(banned.map(str::to_owned));
    let is_current_open = closed(&board, &running, now).is_none() && refused.is_none();
    let closed = closed(&board, &info, now).or(refused);
    let mine = me.as_ref().and_then(|m| m.standing).map(|s| s.place);
    let theirs = match &wanted.player {
        Some(id) => place_of(leaderboards, info.clone(), id).await?,
        None => None,
    };
    let players_place = mine.filter(|_| wanted.me).or(theirs);
    let place = match (&wanted.rank, &wanted.page, players_place) {
        (.., Some(place)) => place,
        (Some(text), ..) => {
            let rank = read_rank(text)?;
            leaderboards.place_of_rank(&info.key, rank).await?
        }
        (None, Some(text), _) => read_page(text)?.start(),
        (None, None, None) => 0,
    };
    let (mut page, mut position) = leaderboards
        .page(&info.key, PageNumber::holding(place))
        .await?;
    if page.rows.is_empty() && page.total > 0 {
        // For a page past the end, the last page is more useful than an empty one.
        let last = PageNumber::holding(page.total - 1);
        (page, position) = leaderboards.page(&info.key, last).await?;
    }
    let is_named = players_place.is_some() || wanted.rank.is_some();
    let target = is_named.then(|| target(&page, place, players_place.is_some()));
    let leaders = if page.number == PageNumber::FIRST {
        page.rows.iter().take(LEADERS).cloned().collect()
    } else {
        let first = leaderboards.standings(info.clone(), 0, LEADERS).await?;
        first.slice.rows
    };
    let sketch = leaderboards.sketch(&info.key).await;
    let choices = leaderboards.season_choices_at_hand(&info.key).await;
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
        target: target.flatten(),
        seasons: SeasonChoices {
            listed: choices.seasons,
            newer: choices.newer,
            older: choices.older,
        },
        found,
        closed,
        board: BoardSummary::from(&*board),
        season: info.key.season,
        season_name: dates::season(info.key.season),
        phase: phase(&board, &info, now),
        is_running: info == running,
        is_current_open,
        next_reset: info.next_reset,
        now,
        page,
        position,
        origin: String::new(),
        me,
        review: review.map(|review| review_notice(review).to_owned()),
    })
}

/// The row at a place as a target, if the page has it: by its player, else by its place.
fn target(page: &Page, place: u64, by_player: bool) -> Option<Target> {
    let n = place.checked_sub(page.number.start())?;
    let row = page.rows.get(usize::try_from(n).ok()?)?;
    Some(if by_player {
        Target::Player(row.player.clone())
    } else {
        Target::Place(place)
    })
}

/// The reason why an open board accepts no scores of readers; none if it accepts them.
fn why_refused(board: &Board) -> Option<String> {
    let is_refused = board.submitters == Submitters::Servers;
    is_refused.then(|| words::only_game_servers_submit().to_owned())
}

/// The place of a player, counted from 0. An unranked player is no error, because an old link
/// may name one.
async fn place_of(
    leaderboards: &Leaderboards,
    season: SeasonInfo,
    id: &str,
) -> Result<Option<u64>, Error> {
    let player = leaderboards.spelled_or_normal(id).await?;
    match leaderboards.standing(season, &player).await {
        Ok(standing) => Ok(Some(standing.ordinal)),
        Err(Error::UnknownPlayer(..)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn read_me(
    leaderboards: &Leaderboards,
    season: SeasonInfo,
    visitor: Visitor,
) -> Result<Me, Error> {
    let owner = visitor.owner();
    let key = season.key.clone();
    let found = match leaderboards.standing(season, &visitor.player).await {
        Ok(found) => Some(found),
        Err(Error::UnknownPlayer(..)) => None,
        Err(error) => return Err(error),
    };
    let standing = found.as_ref().map(MyPlace::from);
    // The row's name is newer than that in a guest's cookie. A merged player's standing is that
    // of the player they were merged into.
    let (player, name) = found.map_or((visitor.player, visitor.name), |found| {
        (found.row.player, found.row.name)
    });
    let history = match standing {
        Some(_) => leaderboards.history_at_hand(&key, &player).await,
        None => Vec::new(),
    };
    Ok(Me {
        owner,
        player,
        name,
        standing,
        history,
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

pub(super) async fn search(slug: &str, season: &str, text: &str) -> Result<Vec<Found>, PageError> {
    let request = Request::current();
    let found = async {
        let season = Some(season).filter(|season| !season.is_empty());
        let season = season.map(str::parse).transpose()?;
        let info = request.leaderboards.find(&Slug::new(slug)?, None, season)?;
        request.leaderboards.search(&info, text).await
    };
    let found = request.with_status(found.await)?;
    Ok(found.into_iter().map(Found::from).collect())
}

pub(super) async fn place_of_rank(slug: &str, season: &str, rank: u64) -> Result<u64, PageError> {
    let request = Request::current();
    let place = async {
        let info = request
            .leaderboards
            .find(&Slug::new(slug)?, None, Some(season.parse()?))?;
        let rank = Rank::after(rank.saturating_sub(1));
        request.leaderboards.place_of_rank(&info.key, rank).await
    };
    request.with_status(place.await)
}

/// A rank in the page's address. It may be beyond the last one.
fn read_rank(text: &str) -> Result<Rank, InvalidValue> {
    let rank = marks().whole(text).and_then(|n| n.checked_sub(1));
    let invalid = || InvalidValue::new("rank", text, "must be a whole number from 1");
    rank.map(Rank::after).ok_or_else(invalid)
}

/// A page in the page's address.
fn read_page(text: &str) -> Result<PageNumber, InvalidValue> {
    let invalid = || InvalidValue::new("page", text, "must be a whole number from 1");
    PageNumber::new(marks().whole(text).ok_or_else(invalid)?)
}
