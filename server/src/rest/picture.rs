//! A picture of a board for link previews: its title and its first three players.
//!
//! The first three are as current as the page: a picture is cached by everything that it shows, except
//! the number of players, which may be a minute old. Caches on the way must revalidate it by its `ETag`.
//!
//! Cost of an anonymous request: one read of the first three rows, which nodes cache as a page, and a
//! lookup. It counts as two reads of its address. A picture that is not cached is drawn on a thread for
//! blocking work, one at a time, in some 50 ms. The same first three are drawn once a minute. A request
//! waits five seconds at most, and the cache has a fixed size.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leaderport::service::{Error, Leaderboards, Standings};
use leaderport::{Board, Marks, Season};
use moka::sync::Cache;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};
use sha2::{Digest, Sha256};
use skrifa::{FontRef, MetadataProvider};
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

/// Maximum age of the number of players in a picture.
const GOOD: Duration = Duration::from_mins(1);

/// Maximum number of cached pictures; each has some 40 KB.
const KEPT: u64 = 200;

/// Timeout for waiting until other pictures are drawn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The texts of a picture, except the number of players.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Content {
    title: String,
    /// The season; empty for `all`, and for all seasons without standings, because their number is
    /// unlimited.
    season: String,
    /// Rank, name and score of the first players.
    rows: Vec<(u64, String, String)>,
}

/// A drawn picture.
#[derive(Debug, Clone)]
struct Picture {
    png: Bytes,
    etag: HeaderValue,
}

/// Draws pictures, and caches them.
pub(crate) struct Pictures {
    kept: Cache<Content, Picture>,
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
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let slug = known_slug(&slug)?;
    let board = leaderboards.board(&slug)?;
    let season = leaderboards.find(&slug, params.get("period")?, params.get("season")?)?;
    let standings = leaderboards.standings(season, 0, FIRST).await?;
    let content = Content::of(&board, &standings);
    let picture = pictures.draw(content, standings.slice.total).await?;
    let known = headers.get(header::IF_NONE_MATCH);
    let known = known.and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| {
        let mut tags = known
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"));
        tags.any(|tag| tag == picture.etag)
    });
    let caching = [
        (header::ETAG, picture.etag),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let media = [(header::CONTENT_TYPE, "image/png")];
    Ok((caching, media, picture.png).into_response())
}

impl Pictures {
    async fn draw(&self, content: Content, total: u64) -> Result<Picture, Error> {
        if let Some(kept) = self.kept.get(&content) {
            return Ok(kept);
        }
        let turn = timeout(PATIENCE, self.turn.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Busy)?;
        // Another request may have drawn the same picture while this one waited.
        if let Some(kept) = self.kept.get(&content) {
            return Ok(kept);
        }
        let all = self.kept.clone();
        // Draw on a separate thread, which completes even if this client disconnects, because later
        // requests can use the picture.
        let drawn = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let png = Bytes::from(png(&svg(&content, total))?);
            let etag = format!("\"{:x}\"", Sha256::digest(&png));
            let etag = HeaderValue::from_str(&etag).map_err(|error| error.to_string())?;
            let picture = Picture { png, etag };
            all.insert(content, picture.clone());
            Ok(picture)
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

impl Content {
    fn of(board: &Board, standings: &Standings) -> Self {
        let rows = (1..).zip(&standings.slice.rows).map(|(place, row)| {
            // The fonts lack many scripts, and a box is not a name.
            let name = drawable(row.name.as_str()).unwrap_or_else(|| format!("Player {place}"));
            let score = board.format.show(row.score, Marks::ENGLISH);
            (row.rank.get(), cut(&name, 26), cut(&score, 18))
        });
        let season = match standings.season.key.season {
            Season::AllTime => String::new(),
            _ if standings.slice.total == 0 => String::new(),
            season => season.to_string(),
        };
        let title = drawable(&board.title).unwrap_or_else(|| board.slug.to_string());
        Self {
            title: cut(&title, 30),
            season,
            rows: rows.collect(),
        }
    }
}

/// The fonts, read once.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for font in [dejavu::sans::bold(), dejavu::sans::regular()] {
        fonts.load_font_data(font.to_vec());
    }
    Arc::new(fonts)
});

/// The text without signs, such as emoji, for which the fonts have no picture. `None` if they lack a
/// letter, a digit or a mark, or if nothing is left.
fn drawable(text: &str) -> Option<String> {
    let fonts = [dejavu::sans::bold(), dejavu::sans::regular()];
    let fonts = fonts.map(|font| FontRef::new(font).ok().map(|font| font.charmap()));
    let has_glyph = |c: char| fonts.iter().flatten().any(|font| font.map(c).is_some());
    let mut drawn = String::new();
    for c in text.chars() {
        if c.is_whitespace() || has_glyph(c) {
            drawn.push(c);
        } else if c.is_alphanumeric() {
            return None;
        }
    }
    let words: Vec<&str> = drawn.split_whitespace().collect();
    let words = words.join(" ");
    // Selectors and joiners of removed emoji have glyphs without ink.
    words.chars().any(is_ink).then_some(words)
}

fn is_ink(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

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

fn svg(content: &Content, total: u64) -> String {
    const MEDALS: [&str; FIRST] = ["#fcd34d", "#cbd5e1", "#f0a36b"];
    let total = Marks::ENGLISH.grouped(total);
    let season = match content.season.as_str() {
        "" => String::new(),
        season => format!("  ·  {season}"),
    };
    let mut rows = String::new();
    for ((n, row), medal) in (0_u32..).zip(&content.rows).zip(MEDALS) {
        let y = 300 + n * 100;
        let (rank, name, score) = (row.0, escaped(&row.1), escaped(&row.2));
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
    let title = escaped(&content.title);
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

/// Untrusted text, cut to a number of characters.
fn cut(text: &str, most: usize) -> String {
    let mut cut: String = text.chars().take(most).collect();
    if text.chars().count() > most {
        cut.push('…');
    }
    cut
}

/// Untrusted text, escaped for XML.
fn escaped(text: &str) -> String {
    // XML cannot represent these characters.
    let is_text = |c: &char| !matches!(c, '\u{fffe}' | '\u{ffff}') && !c.is_control();
    let text: String = text.chars().filter(is_text).collect();
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_name_is_escaped() {
        assert_eq!(
            escaped("</text><image href=\"x\"/>"),
            "&lt;/text&gt;&lt;image href=\"x\"/&gt;"
        );
        assert_eq!(cut("abcdef", 3), "abc…");
        assert_eq!(escaped("a\u{fffe}b\u{1}"), "ab");
    }

    #[test]
    fn text_without_glyphs_is_not_drawn() {
        for text in ["Zoë", "Ω Ж", "عمر", "გია", "a b"] {
            assert_eq!(drawable(text).as_deref(), Some(text));
        }
        for text in [
            "山田 太郎",
            "ไทย",
            "नमस्ते",
            "김",
            "Ann 山田",
            "\u{1f9ff}",
            "\u{1faf6}\u{1f3fd}",
            "",
            " ",
        ] {
            assert_eq!(drawable(text), None, "{text}");
        }
        assert_eq!(drawable("Zoë \u{1f9ff}").as_deref(), Some("Zoë"));
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
