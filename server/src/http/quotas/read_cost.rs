//! The cost of a read in the quota of its address, in pages of fifty rows.
//!
//! | read | work for one request | bounded by |
//! | --- | --- | --- |
//! | rows, rows around a player | up to 200 rows of one season | `limit` |
//! | a player on a board | a place in each of up to five seasons | the periods |
//! | a player's page | a place on each of up to 200 boards, twelve histories | constants of `profile` and `api/player` |
//! | history | up to 500 submissions of a player | `LOOKED_AT` |
//! | search | mostly 500 names and 500 words in SQL, up to 10,000 of each; up to 10,000 ids of a short season; twelve places | `PAGES`, `STANDINGS`, `FOUND`, 2 at once |
//! | the home page | three rows of each board, and the reader's place | 8 boards at once |
//! | a board's page | a page, three leaders, seasons; the sketch is cached and shared | `sketch`, 4 at once |
//! | a board's page with `find` | the same, and a search | as above |
//! | emblem | one row of 150 KB at most, cached for a minute | `emblems` |
//! | picture | one drawing a minute for a season, one at a time | `picture` |
//! | a season as CSV | sorts a season | `export`, 2 at once |
//! | seasons of a board | counts the standings of a board; cached and shared | `board_reads`, 2 boards at once |

use axum::extract::Query;
use axum::http::{HeaderMap, Method, Uri};

use crate::http::extractors::csv::wants_csv;

/// Number of rows of one unit.
const UNIT_ROWS: u32 = 50;

/// The cost of a search: most read a thousand names, some ten times as many.
const SEARCH: u32 = 20;

/// The cost of a request, stored in the request's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadCost(pub(crate) u32);

/// Computes the cost of a request; 0 for all that are not reads of the API or of pages: writes,
/// files, the health of the node, and realtime connections, which are counted by channel.
pub(crate) fn cost(method: &Method, uri: &Uri, headers: &HeaderMap) -> u32 {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return 0;
    }
    let path: Vec<&str> = uri.path().split('/').skip(1).collect();
    match path[..] {
        [
            "healthz" | "readyz" | "metrics" | "ws" | "oidc" | "pkg" | "fonts" | "sdk",
            ..,
        ]
        | ["docs", "images", _]
        | ["docs", "recipes", "data", _] => 0,
        // A file at the top, like an icon. The page for unknown addresses is counted elsewhere.
        [name] if name.contains('.') => 0,
        ["api", "v1", ref rest @ ..] => of_api(rest, uri, headers),
        ["_fn", "search"] => SEARCH,
        ["_fn", "boards"] | [""] | ["players", ..] => 4,
        ["_fn", "board"] | ["boards", ..] if has_search(uri) => 2 + SEARCH,
        ["_fn", "board"] | ["boards", ..] => 2,
        _ => 1,
    }
}

fn of_api(path: &[&str], uri: &Uri, headers: &HeaderMap) -> u32 {
    match path {
        [.., "events"] | [.., "events", "missed"] => 0,
        ["boards", _, "standings"] if is_csv(uri, headers) => 40,
        ["boards", _, "standings"] | ["boards", _, "standings", _, "around"] => rows(uri),
        ["boards", _, "players"] => SEARCH,
        ["boards", _, "standings", _, "history"] => 4,
        ["boards", _, "standings", _] | ["boards", _, "seasons"] => 2,
        _ => 1,
    }
}

/// Whether the answer is CSV. An invalid `format` is refused without a read.
fn is_csv(uri: &Uri, headers: &HeaderMap) -> bool {
    let format = parameter(uri, "format").filter(|format| !format.is_empty());
    wants_csv(headers, format.as_deref()).unwrap_or(false)
}

/// The cost of a read of rows. An invalid `limit` is refused without a read.
fn rows(uri: &Uri) -> u32 {
    let rows: u32 = parameter(uri, "limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(UNIT_ROWS);
    rows.div_ceil(UNIT_ROWS).clamp(1, 4)
}

/// Whether a board's page contains a search: by `find` in its address, or by `wanted[find]` in the
/// arguments of its server function. Parsers tolerate other brackets, so any such name counts.
fn has_search(uri: &Uri) -> bool {
    let mut parameters = parameters(uri).into_iter();
    parameters.any(|(key, value)| key.contains("find") && !value.trim().is_empty())
}

/// The last value of a parameter, decoded.
fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let mut parameters = parameters(uri).into_iter().rev();
    parameters.find_map(|(key, value)| (key == name).then_some(value))
}

/// The decoded parameters; none if the query cannot be decoded.
fn parameters(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map_or_else(|_| Vec::new(), |Query(parameters)| parameters)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::ACCEPT;

    use super::*;

    fn get(uri: &str) -> u32 {
        cost(&Method::GET, &uri.parse().unwrap(), &HeaderMap::new())
    }

    #[test]
    fn rows_cost_as_many_pages_as_they_fill() {
        for (query, expected) in [
            ("", 1),
            ("?limit=1", 1),
            ("?limit=50", 1),
            ("?limit=51", 2),
            ("?offset=900000&limit=200", 4),
            ("?limit=%32%30%30", 4),
            ("?limit=1&limit=200", 4),
            ("?limit=4000000000", 4),
            ("?limit=x", 1),
            ("?format=csv", 40),
            ("?format=json", 1),
            ("?format=", 1),
            ("?format=xml", 1),
        ] {
            let path = format!("/api/v1/boards/points/standings{query}");
            assert_eq!(get(&path), expected, "{path}");
        }
        assert_eq!(
            get("/api/v1/boards/points/standings/ann/around?limit=150"),
            3
        );
    }

    #[test]
    fn csv_costs_more_only_where_it_is_answered() {
        let uri: Uri = "/api/v1/boards/points/standings".parse().unwrap();
        for (accept, expected) in [
            ("text/csv", 40),
            ("application/json, text/csv", 1),
            ("text/csv;q=0", 1),
        ] {
            let accept = HeaderValue::from_static(accept);
            let headers = HeaderMap::from_iter([(ACCEPT, accept)]);
            assert_eq!(cost(&Method::GET, &uri, &headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn files_health_streams_and_writes_cost_nothing() {
        for path in [
            "/healthz",
            "/readyz",
            "/metrics",
            "/ws",
            "/pkg/leaderport.js",
            "/fonts/barlow-latin.woff2",
            "/sdk/leaderport.js",
            "/favicon.svg",
            "/docs/images/board.png",
            "/api/v1/events?channels=board:a",
            "/api/v1/boards/a/events",
            "/api/v1/boards/a/events/missed",
            "/api/v1/vitals/events",
        ] {
            assert_eq!(get(path), 0, "{path}");
        }
        let write: Uri = "/api/v1/boards/a/submissions".parse().unwrap();
        assert_eq!(cost(&Method::POST, &write, &HeaderMap::new()), 0);
    }

    #[test]
    fn reads_cost_their_price() {
        for (path, expected) in [
            ("/", 4),
            ("/boards/arena", 2),
            ("/boards/arena?find=", 2),
            ("/boards/arena?page=3", 2),
            ("/boards/arena?find=a", 22),
            ("/boards/arena?find=a&find=", 22),
            ("/boards/arena/picture.png", 2),
            ("/players/ann.b", 4),
            ("/account", 1),
            ("/docs", 1),
            ("/overlay/arena?rows=5", 1),
            ("/nowhere", 1),
            ("/_fn/board?wanted[slug]=a&wanted[me]=false", 2),
            ("/_fn/board?wanted[slug]=a&wanted[find]=b", 22),
            ("/_fn/board?wanted%5Bslug%5D=a&wanted%5Bfind%5D=b", 22),
            ("/_fn/boards", 4),
            ("/_fn/viewers", 1),
            ("/_fn/palette", 1),
            ("/settings", 1),
            ("/_fn/rank?slug=a&season=all&rank=9", 1),
            ("/_fn/search?slug=a&season=all&text=b", 20),
            ("/api/v1/boards", 1),
            ("/api/v1/boards/a", 1),
            ("/api/v1/boards/a/emblem", 1),
            ("/api/v1/boards/a/players?name=b", 20),
            ("/api/v1/boards/a/seasons", 2),
            ("/api/v1/boards/a/standings/ann", 2),
            ("/api/v1/boards/a/standings/ann/history", 4),
            ("/api/v1/schemas/boards.json", 1),
            ("/api/nowhere", 1),
        ] {
            assert_eq!(get(path), expected, "{path}");
        }
        let page: Uri = "/boards/arena".parse().unwrap();
        assert_eq!(cost(&Method::HEAD, &page, &HeaderMap::new()), 2);
    }
}
