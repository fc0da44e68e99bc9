//! Redraws an uploaded emblem as a small PNG. Nothing of the upload itself is stored or served: no
//! scripts, no links, no metadata.
//!
//! Work is bounded by the size of the upload, by the dimensions of a PNG, and by the number and kinds
//! of an SVG's elements. Elements and properties that multiply work, such as `use`, `pattern` and
//! filters, are refused.

use std::collections::HashSet;

use resvg::tiny_skia::{FilterQuality, Pixmap, PixmapPaint, Transform};
use resvg::usvg::roxmltree::{Document, Node, ParsingOptions};
use resvg::usvg::{self, ImageHrefResolver};

/// Maximum size of an upload, in bytes.
pub(crate) const MAX_UPLOAD_BYTES: usize = leaderport::board::MAX_EMBLEM_BYTES as usize;

/// Width and height of a stored emblem, in pixels.
pub(crate) const EMBLEM_PIXELS: u16 = 192;

/// Maximum width and height of an uploaded PNG, in pixels.
const MAX_PNG_PIXELS: u32 = 1024;

/// Maximum number of an SVG's nodes: elements, texts and comments.
const MAX_NODES: u32 = 2_000;

/// Maximum number of an SVG's elements.
const MAX_ELEMENTS: usize = 500;

/// Maximum depth of an SVG's elements.
const MAX_DEPTH: usize = 32;

/// Maximum number of shapes that are drawn to clip others.
const MAX_CLIPS: usize = 10_000;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Elements that an emblem may have.
const ELEMENTS: [&str; 17] = [
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "g",
    "line",
    "linearGradient",
    "metadata",
    "path",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "svg",
    "title",
];

/// Media type of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Png,
    Svg,
}

impl Media {
    /// The media type with a name in lower case; none for other names.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "image/png" => Some(Self::Png),
            "image/svg+xml" => Some(Self::Svg),
            _ => None,
        }
    }
}

/// Redraws an upload as a PNG of [`EMBLEM_PIXELS`].
///
/// # Errors
/// Refuses an upload that cannot be read or is too complex, with a sentence for people.
pub(crate) fn redrawn(media: Media, upload: &[u8]) -> Result<Vec<u8>, String> {
    let drawn = match media {
        Media::Png => drawn_png(upload)?,
        Media::Svg => drawn_svg(upload)?,
    };
    let png = drawn.encode_png();
    png.map_err(|error| format!("the picture cannot be stored: {error}"))
}

fn drawn_png(upload: &[u8]) -> Result<Pixmap, String> {
    // The decoder allocates as much as the header says.
    let (width, height) = dimensions(upload).ok_or("the file is not a PNG")?;
    if width > MAX_PNG_PIXELS || height > MAX_PNG_PIXELS {
        return Err(format!(
            "the picture has {width} by {height} pixels; the most is {MAX_PNG_PIXELS} by {MAX_PNG_PIXELS}"
        ));
    }
    let decoded = Pixmap::decode_png(upload);
    let decoded = decoded.map_err(|error| format!("the PNG cannot be read: {error}"))?;
    let transform = fitted(f64::from(decoded.width()), f64::from(decoded.height()));
    let mut drawn = blank()?;
    let paint = PixmapPaint {
        quality: FilterQuality::Bicubic,
        ..PixmapPaint::default()
    };
    drawn.draw_pixmap(0, 0, decoded.as_ref(), &paint, transform, None);
    Ok(drawn)
}

/// The width and height in the header of a PNG.
fn dimensions(png: &[u8]) -> Option<(u32, u32)> {
    let header = png.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let header = header.strip_prefix(b"\x00\x00\x00\x0dIHDR")?;
    let number = |at: usize| {
        let bytes = header.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    Some((number(0)?, number(4)?))
}

fn drawn_svg(upload: &[u8]) -> Result<Pixmap, String> {
    let text = std::str::from_utf8(upload).map_err(|_| "the SVG is not UTF-8 text")?;
    let limits = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, limits);
    let document = document.map_err(|error| format!("the SVG cannot be read: {error}"))?;
    check(&document)?;
    let options = usvg::Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_xmltree(&document, &options);
    let tree = tree.map_err(|error| format!("the SVG cannot be drawn: {error}"))?;
    let size = tree.size();
    let transform = fitted(f64::from(size.width()), f64::from(size.height()));
    let mut drawn = blank()?;
    resvg::render(&tree, transform, &mut drawn.as_mut());
    Ok(drawn)
}

/// Checks that the work of drawing an SVG is bounded.
fn check(document: &Document<'_>) -> Result<(), String> {
    let root = document.root_element();
    if root.tag_name().name() != "svg" || root.tag_name().namespace() != Some(SVG) {
        return Err("the file is not an SVG: its root must be an svg element".to_owned());
    }
    let (mut elements, mut clipped, mut clipping) = (0, 0, 0);
    for element in document.descendants().filter(Node::is_element) {
        let name = element.tag_name().name();
        // An element without a namespace is drawn, too. Others, like those of drawing programs, are not
        // drawn, but a style applies whatever its namespace.
        let is_drawn = matches!(element.tag_name().namespace(), None | Some("" | SVG));
        if is_drawn && !ELEMENTS.contains(&name) || name == "style" {
            return Err(format!(
                "the SVG has an element {name:?}, which an emblem may not have; convert it to paths"
            ));
        }
        if !is_drawn {
            continue;
        }
        elements += 1;
        let depth = element.ancestors().count();
        if depth > MAX_DEPTH {
            return Err(format!(
                "the SVG is nested too deeply; the most is {MAX_DEPTH} levels"
            ));
        }
        check_attributes(&element)?;
        let has_clip = has_property(&element, "clip-path");
        let is_clip = element
            .ancestors()
            .any(|node| node.tag_name().name() == "clipPath");
        if has_clip && is_clip {
            return Err("the SVG clips a clipPath, which an emblem may not do".to_owned());
        }
        clipped += usize::from(has_clip);
        clipping += usize::from(is_clip);
    }
    if elements > MAX_ELEMENTS || clipped * clipping > MAX_CLIPS {
        return Err(format!(
            "the SVG is too complex for an emblem; the most is {MAX_ELEMENTS} elements"
        ));
    }
    check_links(document)
}

/// Refuses properties that multiply work, and links out of the document.
fn check_attributes(element: &Node<'_, '_>) -> Result<(), String> {
    for property in ["filter", "stroke-dasharray"] {
        if has_property(element, property) {
            return Err(format!(
                "the SVG has a property {property:?}, which an emblem may not have; convert it to paths"
            ));
        }
    }
    let mut attributes = element.attributes();
    let leaves = attributes.any(|a| a.name() == "href" && !a.value().trim().starts_with('#'));
    if leaves {
        return Err("the SVG has a link to another file, which an emblem may not have".to_owned());
    }
    Ok(())
}

/// Whether an element has a property, as an attribute or in its style.
fn has_property(element: &Node<'_, '_>, property: &str) -> bool {
    element.attributes().any(|attribute| {
        let style = || attribute.value().to_ascii_lowercase();
        // A backslash may hide the name.
        attribute.name() == property
            || attribute.name() == "style" && (style().contains(property) || style().contains('\\'))
    })
}

/// Refuses links of links, which the drawing follows without an end if they form a circle. One
/// gradient may link to another for its colours.
fn check_links(document: &Document<'_>) -> Result<(), String> {
    let linking = document.descendants().filter(|node| link(node).is_some());
    let ids: HashSet<&str> = linking.filter_map(|node| node.attribute("id")).collect();
    let mut links = document.descendants().filter_map(|node| link(&node));
    if links.any(|target| ids.contains(target)) {
        return Err("the SVG has links to links, which an emblem may not have".to_owned());
    }
    Ok(())
}

/// The id to which an element links.
fn link<'a>(node: &Node<'a, '_>) -> Option<&'a str> {
    let link = node.attributes().find(|a| a.name() == "href")?;
    Some(link.value().trim().trim_start_matches('#'))
}

fn blank() -> Result<Pixmap, String> {
    let side = u32::from(EMBLEM_PIXELS);
    Pixmap::new(side, side).ok_or_else(|| "no room for a picture".to_owned())
}

/// Fits a picture into the middle of an emblem.
fn fitted(width: f64, height: f64) -> Transform {
    let side = f64::from(EMBLEM_PIXELS);
    let scale = side / width.max(height).max(f64::MIN_POSITIVE);
    let (x, y) = ((side - width * scale) / 2.0, (side - height * scale) / 2.0);
    #[expect(clippy::cast_possible_truncation, reason = "coordinates of pixels")]
    let [scale, x, y] = [scale, x, y].map(|number| number as f32);
    Transform::from_row(scale, 0.0, 0.0, scale, x, y)
}

#[cfg(test)]
mod tests;
