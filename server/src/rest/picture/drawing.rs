//! The drawing of a picture: the board's title and its first players, in the dark design of the pages.
//!
//! Texts are in the display face. Other fonts draw the characters that it lacks. A text that is too
//! wide for its place gets a smaller size.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use app::document::tokens::{Design, colour};
use leaderport::Marks;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use super::Content;
use super::look::Look;

/// Size of a picture in pixels, as link previews expect it.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 630;

/// The display face, with the letters of European languages. Its licence is in the same folder.
const DISPLAY: &[u8] = include_bytes!("../../../fonts/barlow-condensed-1.408-bold.ttf");

/// The colour of an unknown token.
const UNKNOWN: &str = "transparent";

/// The data of the fonts, the preferred one first.
fn fonts() -> [&'static [u8]; 3] {
    [DISPLAY, dejavu::sans::bold(), dejavu::sans::regular()]
}

/// The fonts, read once.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut database = fontdb::Database::new();
    for font in fonts() {
        database.load_font_data(font.to_vec());
    }
    Arc::new(database)
});

/// The text without signs, such as emoji, for which the fonts have no picture. `None` if they lack a
/// letter, a digit or a mark, or if nothing is left.
pub(super) fn drawable(text: &str) -> Option<String> {
    let fonts = fonts().map(|font| FontRef::new(font).ok().map(|font| font.charmap()));
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

/// The largest font size, at most `size`, at which a text is no wider than `width`; all in pixels.
fn fitted(text: &str, size: f32, width: f32) -> f32 {
    let fonts = fonts().map(|font| {
        let font = FontRef::new(font).ok()?;
        let metrics = font.glyph_metrics(Size::new(size), LocationRef::default());
        Some((font.charmap(), metrics))
    });
    let advance = |c: char| {
        let mut found = fonts.iter().flatten();
        found.find_map(|(characters, metrics)| metrics.advance_width(characters.map(c)?))
    };
    let total: f32 = text.chars().filter_map(advance).sum();
    if total > width {
        size * width / total
    } else {
        size
    }
}

/// A picture in PNG of a drawing in SVG, with the uploaded emblem of `look`.
pub(super) fn png(svg: &str, look: Option<&Look>) -> Result<Vec<u8>, String> {
    let options = usvg::Options {
        font_family: "Barlow Condensed".to_owned(),
        fontdb: FONTS.clone(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let mut picture = Pixmap::new(WIDTH, HEIGHT).ok_or("no room for a picture")?;
    resvg::render(&tree, Transform::default(), &mut picture.as_mut());
    if let Some(look) = look {
        look.draw(&mut picture);
    }
    picture.encode_png().map_err(|error| error.to_string())
}

/// The colour of a token in the dark design. A test finds each token that the drawing uses.
fn paint(token: &str) -> &'static str {
    colour(token, Design::Dark).unwrap_or(UNKNOWN)
}

/// The token of the medal of one of the first three ranks. Players who share a rank have equal medals.
fn medal(rank: u64) -> &'static str {
    match rank {
        1 => "gold",
        2 => "silver",
        _ => "bronze",
    }
}

/// The drawing of a picture; `total` is the number of players.
pub(super) fn svg(content: &Content, total: u64) -> String {
    let total = Marks::ENGLISH.grouped(total);
    let season = match content.season.as_str() {
        "" => String::new(),
        season => format!("  ·  {season}"),
    };
    let mut rows = String::new();
    for (n, row) in (0_u32..).zip(&content.rows) {
        push_row(&mut rows, 296 + n * 104, row, paint(medal(row.0)));
    }
    if content.rows.is_empty() {
        push_invitation(&mut rows);
    }
    let size = fitted(&content.title, 84.0, 840.0);
    let title = escaped(&content.title);
    let (ground, ink, soft) = (paint("ground"), paint("ink"), paint("soft"));
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-weight="bold">
        <rect width="{WIDTH}" height="{HEIGHT}" fill="{ground}"/>
        <g transform="translate(66 34) scale(2.2)">{bars}</g>
        <text x="132" y="82" font-size="40" fill="{soft}">LeaderPort</text>
        <text x="70" y="190" font-size="{size}" fill="{ink}">{title}</text>
        <text x="70" y="252" font-size="38" fill="{soft}">{total} ranked{season}</text>
        {rows}{look}</svg>"#,
        bars = mark(),
        look = content.look.svg(WIDTH),
    )
}

/// The bars of the mark, in a square of 24 by 24.
fn mark() -> String {
    let bars = [
        ("2", "12", "10", "bar-2"),
        ("9.3", "3", "19", "bar-1"),
        ("16.6", "15", "7", "bar-3"),
    ];
    let bar = |(x, y, height, token): (&str, &str, &str, &str)| {
        let fill = paint(token);
        format!(r#"<rect x="{x}" y="{y}" width="5.4" height="{height}" rx="1" fill="{fill}"/>"#)
    };
    bars.map(bar).concat()
}

/// Adds the row of a player, with its upper edge at `top`: rank, name and score.
fn push_row(rows: &mut String, top: u32, row: &(u64, String, String), medal: &str) {
    let (rank, name, score) = row;
    let rank_size = fitted(&rank.to_string(), 64.0, 92.0);
    let (name_size, score_size) = (fitted(name, 50.0, 620.0), fitted(score, 56.0, 270.0));
    let (name, score) = (escaped(name), escaped(score));
    let (panel, ink) = (paint("panel"), paint("ink"));
    // Writing to a string does not fail.
    let _ = write!(
        rows,
        r#"<rect x="70" y="{top}" width="1060" height="90" rx="14" fill="{panel}"/>
        <rect x="70" y="{top}" width="10" height="90" rx="5" fill="{medal}"/>
        <text x="130" y="{big}" font-size="{rank_size}" fill="{medal}" text-anchor="middle">{rank}</text>
        <text x="190" y="{small}" font-size="{name_size}" fill="{ink}">{name}</text>
        <text x="1102" y="{small}" font-size="{score_size}" fill="{ink}" text-anchor="end">{score}</text>"#,
        big = top + 67,
        small = top + 63,
    );
}

/// Adds the mark and a text instead of rows, for a season without scores.
fn push_invitation(rows: &mut String) {
    let (bars, soft) = (mark(), paint("soft"));
    // Writing to a string does not fail.
    let _ = write!(
        rows,
        r#"<g transform="translate(510 300) scale(7.5)">{bars}</g>
        <text x="600" y="560" font-size="50" fill="{soft}" text-anchor="middle">No scores yet</text>"#,
    );
}

/// Untrusted text, cut to a number of characters.
pub(super) fn cut(text: &str, most: usize) -> String {
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
    use leaderport::{Accent, Emblem};

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
    fn text_is_drawn_in_the_display_face() {
        let text = |words: &str, family: &str| {
            png(&format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60"><text x="0" y="40" font-size="40" font-weight="bold"{family}>{words}</text></svg>"#
            ), None)
            .unwrap()
        };
        assert!(text("Zoë Ω Ж", "").starts_with(b"\x89PNG"));
        let barlow = text("Złoty", r#" font-family="Barlow Condensed""#);
        let dejavu = text("Złoty", r#" font-family="DejaVu Sans""#);
        assert_eq!(text("Złoty", ""), barlow);
        assert_ne!(barlow, dejavu);
        assert_ne!(text("Ж", ""), text("", ""), "another font draws the letter");
    }

    #[test]
    fn wide_texts_get_a_smaller_size() {
        let is_about = |size: f32, expected: f32| (size - expected).abs() < 0.01;
        assert!(is_about(fitted("Ann", 50.0, 620.0), 50.0));
        let wide = "Ж".repeat(30);
        let size = fitted(&wide, 84.0, 940.0);
        assert!(size < 84.0, "{size}");
        assert!(is_about(fitted(&wide, size, 940.0), size), "it fits");
    }

    fn arena(rows: Vec<(u64, String, String)>) -> Content {
        Content {
            title: "Arena".to_owned(),
            look: Look::built_in(Accent::Teal, Emblem::Bolt),
            season: String::new(),
            rows,
        }
    }

    #[test]
    fn season_without_scores_has_the_mark_in_place_of_rows() {
        let drawing = svg(&arena(Vec::new()), 0);
        assert!(drawing.contains("No scores yet"), "{drawing}");
        assert!(png(&drawing, None).unwrap().starts_with(b"\x89PNG"));
        let row = (1, "Ann".to_owned(), "9".to_owned());
        assert!(!svg(&arena(vec![row]), 1).contains("No scores yet"));
    }

    #[test]
    fn drawing_has_the_colours_of_the_pages() {
        let row = |rank: u64| (rank, "Ann".to_owned(), "9".to_owned());
        let drawing = svg(&arena(vec![row(1), row(2), row(3)]), 3);
        assert!(!drawing.contains(UNKNOWN), "each token exists: {drawing}");
        for token in ["ground", "ink", "bar-1", "gold", "silver", "bronze"] {
            let paint = format!("fill=\"{}\"", paint(token));
            assert!(drawing.contains(&paint), "{token}: {drawing}");
        }
    }
}
