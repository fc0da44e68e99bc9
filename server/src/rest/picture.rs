//! A picture of a board for link previews: its title and its first three players.
//!
//! Each picture is drawn at most once a minute, one at a time, on a thread for blocking work. A
//! request costs a read of three rows, and counts as two reads of its address.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use leaderport::service::{Error, Leaderboards, Standings};
use leaderport::{Board, Marks, Season, Slug};
use moka::sync::Cache;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::http::extract::{Params, PathOf};
use crate::http::problem::Problem;
use crate::rest::standings::known_slug;

/// Size of a picture in pixels, as link previews expect it.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 630;

/// Number of players in a picture.
const FIRST: usize = 3;

/// Lifetime of a cached picture.
const GOOD: Duration = Duration::from_mins(1);

/// Maximum number of cached pictures; each has some 40 KB.
const KEPT: u64 = 200;

/// Timeout for waiting until other pictures are drawn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Key of a picture: a season with standings, or only the board.
type Key = (Slug, Option<Season>);

/// Draws pictures, and caches them.
pub(crate) struct Pictures {
    kept: Cache<Key, Bytes>,
    /// Allows one drawing at a time.
    turn: Arc<Semaphore>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(KEPT)
                .time_to_live(GOOD)
                .build(),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

/// `GET /boards/{slug}/picture.png`: the picture of the season in the query, as on the page.
pub(crate) async fn of_board(
    State(leaderboards): State<Arc<Leaderboards>>,
    State(pictures): State<Arc<Pictures>>,
    PathOf(slug): PathOf<String>,
    params: Params,
) -> Result<Response, Problem> {
    let slug = known_slug(&slug)?;
    let board = leaderboards.board(&slug)?;
    let season = leaderboards.find(&slug, params.get("period")?, params.get("season")?)?;
    let standings = leaderboards.standings(season, 0, FIRST).await?;
    // All seasons without standings share one picture, because their number is unlimited.
    let season = standings.season.key.season;
    let key = (slug, (standings.slice.total > 0).then_some(season));
    let picture = pictures.draw(key, &board, &standings).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    Ok((headers, picture).into_response())
}

impl Pictures {
    async fn draw(&self, key: Key, board: &Board, standings: &Standings) -> Result<Bytes, Error> {
        if let Some(kept) = self.kept.get(&key) {
            return Ok(kept);
        }
        let turn = timeout(PATIENCE, self.turn.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Busy)?;
        // Another request may have drawn the same picture while this one waited.
        if let Some(kept) = self.kept.get(&key) {
            return Ok(kept);
        }
        let svg = svg(board, standings);
        let all = self.kept.clone();
        // Draw on a separate thread, which completes even if this client disconnects, because later
        // requests can use the picture.
        let drawn = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let drawn = Bytes::from(png(&svg)?);
            all.insert(key, drawn.clone());
            Ok(drawn)
        })
        .await;
        let failed = |detail: String| Error::Unavailable {
            part: "server",
            detail,
        };
        let drawn = drawn.map_err(|error| failed(error.to_string()))?;
        drawn.map_err(failed)
    }
}

/// The fonts, read once.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    Arc::new(fonts)
});

fn png(svg: &str) -> Result<Vec<u8>, String> {
    let options = usvg::Options {
        font_family: "DejaVu Sans".to_owned(),
        fontdb: FONTS.clone(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let mut picture = Pixmap::new(WIDTH, HEIGHT).ok_or("no room for a picture")?;
    resvg::render(&tree, Transform::default(), &mut picture.as_mut());
    picture.encode_png().map_err(|error| error.to_string())
}

fn svg(board: &Board, standings: &Standings) -> String {
    const MEDALS: [&str; FIRST] = ["#fcd34d", "#cbd5e1", "#f0a36b"];
    let total = Marks::ENGLISH.grouped(standings.slice.total);
    let season = match standings.season.key.season {
        Season::AllTime => String::new(),
        season => format!("  ·  {season}"),
    };
    let mut rows = String::new();
    for ((n, row), medal) in (0_u32..).zip(&standings.slice.rows).zip(MEDALS) {
        let y = 300 + n * 100;
        let (rank, name) = (row.rank, shown(row.name.as_str(), 26));
        let score = shown(&board.format.show(row.score, Marks::ENGLISH), 18);
        // Writing to a string does not fail.
        let _ = write!(
            rows,
            r##"<rect x="70" y="{y}" width="1060" height="84" rx="20" fill="#131928"/>
            <circle cx="124" cy="{c}" r="26" fill="{medal}"/>
            <text x="124" y="{t}" font-size="26" font-weight="bold" fill="#0b0f1a" text-anchor="middle">{rank}</text>
            <text x="176" y="{u}" font-size="36" font-weight="bold" fill="#eaeefb">{name}</text>
            <text x="1096" y="{u}" font-size="36" fill="#9aa6c4" text-anchor="end">{score}</text>"##,
            c = y + 42,
            t = y + 51,
            u = y + 55,
        );
    }
    let title = shown(&board.title, 30);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">
        <rect width="{WIDTH}" height="{HEIGHT}" fill="#0b0f1a"/>
        <g transform="translate(70 56) scale(2.2)">
          <rect x="2" y="12" width="5.4" height="10" rx="1.6" fill="#7c8cf5"/>
          <rect x="9.3" y="3" width="5.4" height="19" rx="1.6" fill="#4f5fe0"/>
          <rect x="16.6" y="15" width="5.4" height="7" rx="1.6" fill="#a9b4fb"/>
        </g>
        <text x="140" y="98" font-size="30" font-weight="bold" fill="#9aa6c4">LeaderPort</text>
        <text x="70" y="196" font-size="60" font-weight="bold" fill="#eaeefb">{title}</text>
        <text x="70" y="250" font-size="28" fill="#9aa6c4">{total} ranked{season}</text>
        {rows}</svg>"##
    )
}

/// Untrusted text, cut to a number of characters, and escaped for XML.
fn shown(text: &str, most: usize) -> String {
    // XML cannot represent these characters.
    let is_text = |c: &char| !matches!(c, '\u{fffe}' | '\u{ffff}') && !c.is_control();
    let mut shown: String = text.chars().filter(is_text).take(most).collect();
    if text.chars().count() > most {
        shown.push('…');
    }
    shown
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_name_is_escaped() {
        assert_eq!(
            shown("</text><image href=\"x\"/>", 40),
            "&lt;/text&gt;&lt;image href=\"x\"/&gt;"
        );
        assert_eq!(shown("abcdef", 3), "abc…");
        assert_eq!(shown("a\u{fffe}b\u{1}", 9), "ab");
    }

    #[test]
    fn text_is_drawn() {
        let text = |words: &str| {
            png(&format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><text x="0" y="40" font-size="40">{words}</text></svg>"#
            ))
            .unwrap()
        };
        assert!(text("Zoë Ω Ж").starts_with(b"\x89PNG"));
        assert_ne!(text("Zoë"), text(""), "the font is loaded");
    }
}
