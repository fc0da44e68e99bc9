//! A picture of a board for link previews: its title and its first three players.
//!
//! The first three are as current as the page: a picture is cached by everything that it shows, except
//! the number of players, which may be a minute old. Caches on the way must revalidate it by its `ETag`.
//!
//! Cost of an anonymous request: one read of the first three rows, which nodes cache as a page, and a
//! lookup. It counts as two reads of its address. A picture that is not cached is drawn on a thread for
//! blocking work, one at a time, in some 50 ms. The same first three are drawn once a minute. A request
//! waits five seconds at most, and the cache has a fixed size.

mod drawing;
mod look;

use std::sync::Arc;
use std::time::Duration;

use app::words::dates;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use leaderport::service::{Error, Leaderboards, Standings};
use leaderport::{Board, Marks, Season};
use moka::sync::Cache;

use self::drawing::{cut, drawable, png, svg};
use self::look::Look;
use crate::http::extractors::extract::{Params, PathOf};
use crate::http::problem::Problem;
use crate::rest::emblems::Emblems;
use crate::rest::png::{Png, Turns, failed};
use crate::rest::standings::known_slug;

/// Number of players in a picture.
const FIRST: usize = 3;

/// Maximum age of the number of players in a picture.
const GOOD: Duration = Duration::from_mins(1);

/// Maximum number of cached pictures; each has some 40 KB.
const KEPT: u64 = 200;

/// The content of a picture, except the number of players.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Content {
    title: String,
    look: Look,
    /// The season; empty for `all`, and for all seasons without standings, because their number is
    /// unlimited.
    season: String,
    /// Rank, name and score of the first players.
    rows: Vec<(u64, String, String)>,
}

/// Draws pictures, and caches them.
pub(crate) struct Pictures {
    kept: Cache<Content, Png>,
    turns: Turns,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(KEPT)
                .time_to_live(GOOD)
                .build(),
            turns: Turns::default(),
        }
    }
}

/// `GET /boards/{slug}/picture.png`: the picture of the season in the query, as on the page.
pub(crate) async fn of_board(
    State(leaderboards): State<Arc<Leaderboards>>,
    State(pictures): State<Arc<Pictures>>,
    State(emblems): State<Arc<Emblems>>,
    PathOf(slug): PathOf<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let slug = known_slug(&slug)?;
    let board = leaderboards.board(&slug)?;
    let season = leaderboards.find(&slug, params.get("period")?, params.get("season")?)?;
    let standings = leaderboards.standings(season, 0, FIRST).await?;
    let look = Look::of(&board, &leaderboards, &emblems).await;
    let content = Content::of(&board, &standings, look);
    let picture = pictures.draw(content, standings.slice.total).await?;
    let caching = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    Ok(picture.answer(&headers, caching))
}

impl Pictures {
    async fn draw(&self, content: Content, total: u64) -> Result<Png, Error> {
        if let Some(kept) = self.kept.get(&content) {
            return Ok(kept);
        }
        let turn = self.turns.take().await?;
        // Another request may have drawn the same picture while this one waited.
        if let Some(kept) = self.kept.get(&content) {
            return Ok(kept);
        }
        let all = self.kept.clone();
        let drawn = turn.draw(move || {
            let file = png(&svg(&content, total), Some(&content.look)).map_err(failed)?;
            let picture = Png::new(file)?;
            // Later requests can use the picture, even if this client has disconnected.
            all.insert(content, picture.clone());
            Ok(picture)
        });
        drawn.await?
    }
}

impl Content {
    fn of(board: &Board, standings: &Standings, look: Look) -> Self {
        let rows = (1..).zip(&standings.slice.rows).map(|(place, row)| {
            // The fonts lack many scripts, and a box is not a name.
            let name = drawable(row.name.as_str()).unwrap_or_else(|| format!("Player {place}"));
            let score = board.format.show(row.score, Marks::ENGLISH);
            (row.rank.get(), cut(&name, 26), cut(&score, 18))
        });
        let season = match standings.season.key.season {
            Season::AllTime => String::new(),
            _ if standings.slice.total == 0 => String::new(),
            season => dates::season_in_english(season),
        };
        let title = drawable(&board.title).unwrap_or_else(|| board.slug.to_string());
        Self {
            title: cut(&title, 30),
            look,
            season,
            rows: rows.collect(),
        }
    }
}
