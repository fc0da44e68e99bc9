//! Server functions of a board's page: its initial state, player search, and jumps to a rank.

#[cfg(feature = "ssr")]
mod backend;

use leaderport::protocol::MyPlace;
use leaderport::{Milestone, Page, PlayerId, PlayerName, Position, Row, Season, Sketch, Timestamp};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::core::board::BoardSummary;
use crate::core::list::spotlight::Target;
use crate::core::season_phase::SeasonPhase;
use crate::core::submit::outbox::ScoreOwner;
use crate::error::PageError;
use crate::words::AcceptedScores;

/// The initial state of a board's page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardView {
    /// The board.
    pub board: BoardSummary,
    /// The reason why the reader cannot submit a score; none if they can.
    pub closed: Option<String>,
    /// The displayed season.
    pub season: Season,
    /// Its name in the reader's format: `November 2026`.
    pub season_name: String,
    /// Whether it takes scores.
    pub phase: SeasonPhase,
    /// Whether it is the running season of its period.
    pub is_running: bool,
    /// Whether the reader can submit a score in the running season of its period.
    pub is_current_open: bool,
    /// When it ends; none for `all`.
    pub next_reset: Option<Timestamp>,
    /// The server's clock at the time of the answer, for the countdown.
    pub now: Timestamp,
    /// The displayed page.
    pub page: Page,
    /// The position of the page.
    pub position: Position,
    /// The first three of the season.
    pub leaders: Vec<Row>,
    /// A sketch of the season's scores, up to some seconds old.
    pub sketch: Sketch,
    /// The place to show first, counted from 0.
    pub place: u64,
    /// The row to highlight, which the address names by its rank or its player.
    pub target: Option<Target>,
    /// The seasons of its period, newest first. Only the server renders them, so they are not
    /// serialized.
    #[serde(skip)]
    pub seasons: SeasonChoices,
    /// The search text of the page's address, and the players found.
    pub found: Option<(String, Result<Vec<Found>, PageError>)>,
    /// The address of the deployment, for shared links: `https://HOST`.
    pub origin: String,
    /// The reader, if known.
    pub me: Option<Me>,
    /// A sentence for a reader whose scores on the board a moderator ruled on.
    #[serde(default)]
    pub review: Option<String>,
}

/// The seasons to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeasonChoices {
    /// At most sixty, newest first, with the displayed one.
    pub listed: Vec<Season>,
    /// The next newer season that is not listed.
    pub newer: Option<Season>,
    /// The next older season that is not listed.
    pub older: Option<Season>,
}

/// The reader and their place in the displayed season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Me {
    /// The reader, as the owner of queued scores.
    pub owner: ScoreOwner,
    /// The reader's player; after a merge, the player that they were merged into.
    pub player: PlayerId,
    /// The player's name.
    pub name: PlayerName,
    /// Their place in the displayed season, if they have one.
    pub standing: Option<MyPlace>,
    /// The changes of their score in that season, the oldest first.
    pub history: Vec<Milestone>,
}

/// A player found by a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The player.
    pub player: PlayerId,
    /// The player's name.
    pub name: PlayerName,
    /// The player's place in the season.
    pub place: MyPlace,
}

/// The part of a board to show, as texts of the page's address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The board's slug.
    pub slug: String,
    /// The period's name.
    pub period: Option<String>,
    /// The season's label.
    pub season: Option<String>,
    /// The page number, from 1.
    pub page: Option<String>,
    /// The rank to show: its first row. It takes precedence over `page`.
    pub rank: Option<String>,
    /// Whether to show the reader's place. It takes precedence over `player`.
    pub me: bool,
    /// The player whose place to show. It takes precedence over `rank`.
    pub player: Option<String>,
    /// The search text: the beginning of a player's name or of a word of it.
    pub find: Option<String>,
}

/// The initial state of a board's page.
///
/// # Errors
/// Fails on an unknown board, an invalid period, season, page or rank, or if an engine is down.
#[server(prefix = "/_fn", endpoint = "board", input = leptos::server_fn::codec::GetUrl)]
pub async fn load_board(wanted: Wanted) -> Result<BoardView, PageError> {
    backend::board(wanted).await
}

/// Players of a season whose name, or a word of it, begins with a text. An empty season is the running
/// one of the board's longest period.
///
/// # Errors
/// Fails on an unknown board, an empty or too long text, or if an engine is down.
#[server(prefix = "/_fn", endpoint = "search", input = leptos::server_fn::codec::GetUrl, output = leptos::server_fn::codec::Postcard)]
pub async fn search_board(
    slug: String,
    season: String,
    text: String,
) -> Result<Vec<Found>, PageError> {
    backend::search(&slug, &season, &text).await
}

/// The place of the first row of a rank, counted from 0. For a rank beyond the last, the last place.
///
/// # Errors
/// Fails on an unknown board, an invalid season, or if an engine is down.
#[server(prefix = "/_fn", endpoint = "rank", input = leptos::server_fn::codec::GetUrl, output = leptos::server_fn::codec::Postcard)]
pub async fn place_of_rank(slug: String, season: String, rank: u64) -> Result<u64, PageError> {
    backend::place_of_rank(&slug, &season, rank).await
}

/// The scores that a board accepts.
#[must_use]
pub fn accepted_scores(board: &BoardSummary) -> AcceptedScores<'_> {
    AcceptedScores {
        format: board.format,
        unit: &board.unit,
        min: board.min_score,
        max: board.max_score,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use leaderport::{PlayerId, PlayerName, Position};

    use super::{BoardView, Me};
    use crate::core::submit::outbox::ScoreOwner;

    /// Two views of a board that differ in which optional values are present.
    pub(crate) fn views() -> [BoardView; 2] {
        let board = serde_json::json!({
            "slug": "b", "title": "B & \"B\"", "description": "", "unit": "km", "policy": "sum",
            "order": "ascending", "tie": "dense", "periods": ["all_time", "weekly"],
            "min_score": -5, "max_score": 1000, "format": {"decimals": 2}, "version": 3,
        });
        let page = serde_json::json!({"number": 1, "total": 1, "rows": [{
            "rank": 1, "player": "p", "name": "P <1>", "score": -3,
            "achieved_at": "2026-11-20T10:00:00Z",
        }]});
        let view = serde_json::json!({
            "board": board, "closed": "it is over", "season": "2026-W47",
            "season_name": "Week 47, 2026", "phase": {"Upcoming": "2026-11-23T00:00:00Z"},
            "is_running": true, "is_current_open": false,
            "next_reset": "2026-11-23T00:00:00Z", "now": "2026-11-20T10:00:00Z", "page": page,
            "position": Position::DEGRADED, "leaders": page["rows"], "sketch": leaderport::Sketch::default(),
            "place": 0, "target": {"Player": "p"}, "origin": "https://board.example", "me": null,
        });
        let full: BoardView = serde_json::from_value(view).unwrap();
        let player = PlayerId::new("p").unwrap();
        let me = Me {
            owner: ScoreOwner {
                player: player.clone(),
                has_account: true,
            },
            name: PlayerName::from(&player),
            player,
            standing: None,
            history: Vec::new(),
        };
        let other = BoardView {
            closed: None,
            next_reset: None,
            me: Some(me),
            ..full.clone()
        };
        [full, other]
    }
}
