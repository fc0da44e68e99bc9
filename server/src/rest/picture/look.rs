//! The look of a board on its share card: a stripe in its accent, and its emblem in the corner.

use std::fmt::Write;

use app::document::tokens::{Design, colour};
use axum::body::Bytes;
use leaderport::service::Leaderboards;
use leaderport::{Accent, Board, Emblem};
use resvg::tiny_skia::{FilterQuality, Pixmap, PixmapPaint, Transform};

use crate::rest::emblem_image::EMBLEM_PIXELS;
use crate::rest::emblems::Emblems;

/// The drawings of all emblems but uploaded ones, as symbols.
const SYMBOLS: &str = include_str!("../../../../public/emblems.svg");

/// Place and size of the emblem, in pixels.
const X: f32 = 1034.0;
const Y: f32 = 46.0;
const SIDE: f32 = 96.0;

/// The look of a board on its card.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Look {
    accent: Accent,
    emblem: Emblem,
    /// The uploaded emblem, if the board shows it.
    png: Option<Bytes>,
}

impl Look {
    /// The look of a board. An uploaded emblem that cannot be read is left out.
    pub(crate) async fn of(board: &Board, leaderboards: &Leaderboards, emblems: &Emblems) -> Self {
        let png = match board.emblem {
            Emblem::Custom => emblems.of(board, leaderboards).await.ok(),
            _ => None,
        };
        Self {
            accent: board.accent,
            emblem: board.emblem,
            png: png.map(|png| png.bytes),
        }
    }

    /// The look of a board whose emblem was not uploaded.
    #[cfg(test)]
    pub(super) fn built_in(accent: Accent, emblem: Emblem) -> Self {
        Self {
            accent,
            emblem,
            png: None,
        }
    }

    /// The stripe, and the emblem unless it was uploaded, as elements of the card's SVG.
    pub(crate) fn svg(&self, width: u32) -> String {
        let colour = paint(self.accent);
        let mut svg = format!(r#"<rect width="{width}" height="12" fill="{colour}"/>"#);
        if self.emblem != Emblem::Custom {
            let symbols = SYMBOLS.trim();
            let name = self.emblem.name();
            // Writing to a string does not fail.
            let _ = write!(
                svg,
                r##"{symbols}<use href="#{name}" x="{X}" y="{Y}" width="{SIDE}" height="{SIDE}" color="{colour}"/>"##
            );
        }
        svg
    }

    /// Draws the uploaded emblem on a card.
    pub(crate) fn draw(&self, card: &mut Pixmap) {
        let Some(emblem) = self
            .png
            .as_ref()
            .and_then(|png| Pixmap::decode_png(png).ok())
        else {
            return;
        };
        let scale = SIDE / f32::from(EMBLEM_PIXELS);
        let transform = Transform::from_row(scale, 0.0, 0.0, scale, X, Y);
        let paint = PixmapPaint {
            quality: FilterQuality::Bicubic,
            ..PixmapPaint::default()
        };
        card.draw_pixmap(0, 0, emblem.as_ref(), &paint, transform, None);
    }
}

/// The colour of an accent in the dark design. A test finds the token of each accent.
fn paint(accent: Accent) -> &'static str {
    colour(&format!("accent-{}", accent.name()), Design::Dark).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use resvg::usvg;

    use super::*;

    fn drawn(look: &Look) -> Pixmap {
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630">{}</svg>"#,
            look.svg(1200)
        );
        let tree = usvg::Tree::from_str(&svg, &usvg::Options::default()).unwrap();
        let mut card = Pixmap::new(1200, 630).unwrap();
        resvg::render(&tree, Transform::default(), &mut card.as_mut());
        look.draw(&mut card);
        card
    }

    fn look(accent: Accent, emblem: Emblem) -> Look {
        let png = (emblem == Emblem::Custom).then(|| {
            let side = u32::from(EMBLEM_PIXELS);
            let mut png = Pixmap::new(side, side).unwrap();
            png.fill(resvg::tiny_skia::Color::WHITE);
            Bytes::from(png.encode_png().unwrap())
        });
        Look {
            accent,
            emblem,
            png,
        }
    }

    /// Whether something is drawn in the corner.
    fn has_emblem(card: &Pixmap) -> bool {
        let mut places = (40..150).flat_map(|y| (1030..1135).map(move |x| (x, y)));
        places.any(|(x, y)| card.pixel(x, y).unwrap().alpha() > 0)
    }

    #[test]
    fn every_emblem_is_drawn_in_the_corner() {
        let mut cards = Vec::new();
        for emblem in Emblem::ALL {
            let card = drawn(&look(Accent::Teal, emblem));
            assert!(has_emblem(&card), "{emblem:?}");
            assert!(!cards.contains(&card), "{emblem:?} looks like another");
            cards.push(card);
        }
    }

    #[test]
    fn stripe_has_the_accent() {
        let style = include_str!("../../../../style/accents.css");
        let mut paints = Vec::new();
        for accent in Accent::ALL {
            let name = accent.name();
            let rule = format!("[data-accent=\"{name}\"] {{ --accent: var(--accent-{name}); }}");
            assert!(style.contains(&rule), "{accent:?}");
            let paint = paint(accent);
            assert!(!paint.is_empty() && !paints.contains(&paint), "{accent:?}");
            paints.push(paint);
            let card = drawn(&look(accent, Emblem::Trophy));
            assert_eq!(card.pixel(600, 5).unwrap().alpha(), 255);
        }
    }
}
