//! Everything on which a page for a reader without a session depends.

use std::sync::Arc;

use app::api::visitor::Visitors;
use app::locale::{Locale, of_request};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use futures::stream::{self, StreamExt};
use leaderport::people::settings::{Appearance, Settings};
use leaderport::service::Leaderboards;
use leaderport::{Board, Period, Position, Season, SeasonKey, Slug};

use crate::auth::cookies::{Cookies, has_reader};
use crate::http::operators;

/// The parameters that a board's page reads. The others that it reads, `me` and `find`, are for one
/// reader.
const PARAMETERS: [&str; 5] = ["period", "season", "page", "rank", "player"];

/// The headers that a cached page may depend on.
const HEADERS: [HeaderName; 3] = [ACCEPT_LANGUAGE, COOKIE, HOST];

/// Maximum length of an address, and of a host.
const MAX_TEXT: usize = 256;

/// Maximum number of boards on a cached home page. With more of them, the page is hardly short enough,
/// and the positions in its key would take memory.
const MAX_BOARDS: usize = 128;

/// Number of boards whose positions are read at once.
const BOARDS_AT_ONCE: usize = 8;

/// Everything on which a page depends, except what may be a second old.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Path and query, with the parameters that the page reads, in one order.
    address: String,
    /// The deployment's own address, for shared links.
    origin: Option<String>,
    locale: Locale,
    has_admin_page: bool,
    seasons: Vec<Shown>,
}

/// A season on a page: its board's version, and its position.
type Shown = (SeasonKey, u64, Position);

/// A page that may be cached.
#[derive(Debug, PartialEq, Eq)]
enum Page {
    Home,
    Board(Slug, Option<Period>, Option<Season>),
}

impl Key {
    /// The key of a request's page; none if the page is not cached: for other pages, for a reader
    /// with a session or another look, and while a season has no position.
    pub(super) async fn of(
        parts: &Parts,
        leaderboards: &Arc<Leaderboards>,
        visitors: &Cookies,
    ) -> Option<Self> {
        if !is_for_all(parts) {
            return None;
        }
        let (page, address) = page(&parts.uri)?;
        let origin = visitors.origin(&parts.headers);
        let texts = [Some(&address), origin.as_ref()];
        if texts
            .into_iter()
            .flatten()
            .any(|text| text.len() > MAX_TEXT)
        {
            return None;
        }
        let seasons = match page {
            Page::Home => shown_at_home(leaderboards).await?,
            Page::Board(slug, period, season) => {
                let board = leaderboards.board(&slug).ok()?;
                vec![shown(leaderboards, board, period, season).await?]
            }
        };
        Some(Self {
            address,
            origin,
            locale: of_request(parts),
            has_admin_page: operators::are_shown(&parts.extensions),
            seasons,
        })
    }

    /// The head of the request that renders the page. It has nothing that the key lacks.
    pub(super) fn head(&self, mut parts: Parts) -> Parts {
        if let Ok(uri) = Uri::try_from(&self.address) {
            parts.uri = uri;
        }
        parts.method = Method::GET;
        let mut headers = HeaderMap::new();
        for name in HEADERS {
            for value in parts.headers.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        parts.headers = headers;
        parts
    }
}

/// Whether a request reads a page as all readers without a session and with the default look see it.
/// The language and the time zone are part of the key.
fn is_for_all(parts: &Parts) -> bool {
    let settings = parts.extensions.get::<Settings>();
    let has_default_look = settings.is_none_or(|settings| {
        settings.appearance == Appearance::default() && settings.visible_as.is_none()
    });
    matches!(parts.method, Method::GET | Method::HEAD)
        && has_default_look
        && !parts.headers.contains_key(AUTHORIZATION)
        && !has_reader(&parts.headers)
}

/// The page of an address, and the address without parameters that the page does not read, such as
/// those of a campaign. None for other pages, invalid parameters, and unusual spellings.
fn page(uri: &Uri) -> Option<(Page, String)> {
    let values = parameters(uri.query().unwrap_or_default())?;
    if uri.path() == "/" {
        return Some((Page::Home, "/".to_owned()));
    }
    let slug = Slug::new(uri.path().strip_prefix("/boards/")?).ok()?;
    let mut address = uri.path().to_owned();
    let mut separator = '?';
    for (name, value) in PARAMETERS.into_iter().zip(values) {
        if let Some(value) = value {
            address.push(separator);
            address.push_str(name);
            address.push('=');
            address.push_str(value);
            separator = '&';
        }
    }
    let [period, season, ..] = values;
    let period = period.map(str::parse).transpose().ok()?;
    let season = season.map(str::parse).transpose().ok()?;
    Some((Page::Board(slug, period, season), address))
}

/// The values of [`PARAMETERS`]. None for a query with escapes, with a repeated parameter, for one
/// reader, or with the outcome of a form.
fn parameters(query: &str) -> Option<[Option<&str>; PARAMETERS.len()]> {
    if query.contains(['%', '+']) {
        return None;
    }
    let mut values = [None; PARAMETERS.len()];
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if matches!(name, "me" | "find") || name.starts_with("__") {
            return None;
        }
        let known = PARAMETERS.iter().position(|known| *known == name);
        if let Some(n) = known
            && values[n].replace(value).is_some()
        {
            return None;
        }
    }
    Some(values)
}

/// The seasons on the home page: the running ones of all boards that are not archived. None at the first
/// season without a position: reads without the broker are expensive, and the page needs them again.
async fn shown_at_home(leaderboards: &Arc<Leaderboards>) -> Option<Vec<Shown>> {
    let mut boards = leaderboards.boards();
    boards.retain(|board| !board.archived);
    if boards.len() > MAX_BOARDS {
        return None;
    }
    let mut all = Vec::with_capacity(boards.len());
    let seasons = boards.into_iter();
    let seasons = seasons.map(|board| shown(leaderboards, board, None, None));
    let mut seasons = stream::iter(seasons).buffered(BOARDS_AT_ONCE);
    while let Some(season) = seasons.next().await {
        all.push(season?);
    }
    Some(all)
}

/// A season with its position. None while an engine is down: a state without a position is not
/// cached.
async fn shown(
    leaderboards: &Arc<Leaderboards>,
    board: Arc<Board>,
    period: Option<Period>,
    season: Option<Season>,
) -> Option<Shown> {
    let info = leaderboards.season(&board, period, season).ok()?;
    let key = info.key.clone();
    let first = leaderboards.standings(info, 0, 1).await.ok()?;
    let position = first.slice.position;
    if position.is_degraded() {
        return None;
    }
    Some((key, board.version, position))
}

#[cfg(test)]
impl Key {
    /// The key of an address, for tests.
    pub(super) fn of_address(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            origin: None,
            locale: Locale::default(),
            has_admin_page: false,
            seasons: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn address(uri: &str) -> Option<String> {
        page(&uri.parse().unwrap()).map(|(_, address)| address)
    }

    #[test]
    fn addresses_of_one_page_have_one_spelling() {
        for (uri, expected) in [
            ("/", "/"),
            ("/?utm_source=a", "/"),
            ("/boards/arena", "/boards/arena"),
            ("/boards/arena?", "/boards/arena"),
            ("/boards/arena?fbclid=1&page=2", "/boards/arena?page=2"),
            (
                "/boards/arena?page=2&season=2026&period=yearly",
                "/boards/arena?period=yearly&season=2026&page=2",
            ),
            ("/boards/arena?player=ann", "/boards/arena?player=ann"),
        ] {
            assert_eq!(address(uri).as_deref(), Some(expected), "{uri}");
        }
    }

    #[test]
    fn other_pages_and_unusual_spellings_are_not_cached() {
        for uri in [
            "/account",
            "/players/ann",
            "/boards/",
            "/boards/Arena",
            "/boards/a/picture.png",
            "/boards/%61rena",
            "/boards/arena?me",
            "/boards/arena?find=a",
            "/boards/arena?page=2&page=3",
            "/boards/arena?page=%32",
            "/boards/arena?page=+2",
            "/boards/arena?period=",
            "/boards/arena?season=never",
            "/boards/arena?__path=/_fn/submit&__err=a",
        ] {
            assert_eq!(address(uri), None, "{uri}");
        }
    }

    #[test]
    fn readers_with_a_session_or_another_look_get_pages_of_their_own() {
        let check = |name: &str, value: &str, settings: Settings, expected: bool| {
            let request = Request::get("/").header(name, value).extension(settings);
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(is_for_all(&parts), expected, "{name}: {value}");
        };
        let default = Settings::default;
        check("cookie", "time-zone=Europe/Berlin", default(), true);
        check("accept-language", "de", default(), true);
        check("cookie", "leaderport_session=x", default(), false);
        check("cookie", "__Host-leaderport_session=x", default(), false);
        check("cookie", "a=b; leaderport_guest=x", default(), false);
        check("authorization", "Bearer x", default(), false);
        let dark = Settings {
            appearance: Appearance {
                theme: leaderport::people::settings::Theme::Dark,
                ..Appearance::default()
            },
            ..default()
        };
        check("accept-language", "de", dark, false);
        let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
        assert!(!is_for_all(&parts));
    }

    #[test]
    fn a_page_is_rendered_from_what_its_key_has() {
        let request = Request::head("/boards/arena?utm_source=a")
            .header(COOKIE, "time-zone=UTC")
            .header(HOST, "board.example")
            .header("referer", "https://evil.example");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let head = Key::of_address("/boards/arena").head(parts);
        assert_eq!(
            (head.method, head.uri.to_string().as_str()),
            (Method::GET, "/boards/arena")
        );
        let names: Vec<&str> = head.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.contains(&"cookie") && names.contains(&"host"));
    }
}
