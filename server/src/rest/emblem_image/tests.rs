//! Uploads that are drawn, and hostile ones that are refused.

use std::fmt::Write;

use super::*;

/// Width and height of a stored emblem.
const SIDES: (u32, u32) = (192, 192);

fn svg(content: &str) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 24 24">{content}</svg>"#
    )
}

fn draw(content: &str) -> Result<Pixmap, String> {
    let png = redrawn(Media::Svg, svg(content).as_bytes())?;
    Ok(Pixmap::decode_png(&png).unwrap())
}

fn refused(content: &str) -> String {
    redrawn(Media::Svg, svg(content).as_bytes()).unwrap_err()
}

/// The alpha of a pixel of a drawn emblem.
fn alpha(drawn: &Pixmap, x: u32, y: u32) -> u8 {
    drawn.pixel(x, y).unwrap().alpha()
}

#[test]
fn shapes_are_drawn_to_scale() {
    let drawn = draw(r##"<rect width="12" height="24" fill="#f00"/>"##).unwrap();
    assert_eq!((drawn.width(), drawn.height()), SIDES);
    assert_eq!((alpha(&drawn, 10, 90), alpha(&drawn, 180, 90)), (255, 0));
}

#[test]
fn wide_picture_keeps_its_proportions() {
    let wide = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#00f"/></svg>"##;
    let png = redrawn(Media::Svg, wide.as_bytes()).unwrap();
    let drawn = Pixmap::decode_png(&png).unwrap();
    assert_eq!(alpha(&drawn, 96, 96), 255);
    assert_eq!((alpha(&drawn, 96, 10), alpha(&drawn, 96, 180)), (0, 0));
}

#[test]
fn gradients_and_clips_of_drawing_programs_are_drawn() {
    let content = r##"<defs><linearGradient id="a"><stop stop-color="#f00"/></linearGradient>
        <linearGradient id="b" xlink:href="#a"/><clipPath id="c"><rect width="12" height="24"/></clipPath></defs>
        <g clip-path="url(#c)"><path d="M0 0h24v24H0z" fill="url(#b)"/></g>"##;
    let drawn = draw(content).unwrap();
    assert_eq!((alpha(&drawn, 10, 90), alpha(&drawn, 180, 90)), (255, 0));
}

#[test]
fn active_and_multiplying_content_is_refused() {
    for (content, named) in [
        ("<script>alert(1)</script>", "script"),
        ("<foreignObject><p/></foreignObject>", "foreignObject"),
        (r#"<image href="https://example.org/a.png"/>"#, "image"),
        (r#"<image href="data:image/png;base64,AA=="/>"#, "image"),
        (r##"<use href="#a"/>"##, "use"),
        (
            r#"<g id="a"><use xlink:href="file:///etc/passwd"/></g>"#,
            "use",
        ),
        ("<style>@import url(https://example.org)</style>", "style"),
        ("<text>a</text>", "text"),
        ("<pattern/>", "pattern"),
        ("<filter/>", "filter"),
        ("<mask/>", "mask"),
        ("<a><path/></a>", "\"a\""),
        ("<animate/>", "animate"),
        (r#"<g filter="blur(9)"/>"#, "filter"),
        (
            r#"<path style="stroke-dasharray:1" d="M0 0h9"/>"#,
            "stroke-dasharray",
        ),
        (r#"<path style="fi\6cter:blur(9px)"/>"#, "property"),
        (r#"<linearGradient href="https://example.org/#a"/>"#, "link"),
    ] {
        let sentence = refused(content);
        assert!(sentence.contains(named), "{content}: {sentence}");
    }
}

#[test]
fn namespaces_hide_no_element() {
    for (content, named) in [
        (r##"<use xmlns="" href="#a"/>"##, "use"),
        (r#"<g xmlns=""><filter/></g>"#, "filter"),
        (r#"<g xmlns=""><path filter="blur(9)"/></g>"#, "filter"),
        (
            r#"<style xmlns="urn:a">path { filter: blur(9px) }</style>"#,
            "style",
        ),
        (r##"<a:b xmlns:a="urn:a"><use href="#a"/></a:b>"##, "use"),
    ] {
        let sentence = refused(content);
        assert!(sentence.contains(named), "{content}: {sentence}");
    }
    let prefixed =
        r#"<s:svg xmlns:s="http://www.w3.org/2000/svg" width="1" height="1"><use/></s:svg>"#;
    let sentence = redrawn(Media::Svg, prefixed.as_bytes()).unwrap_err();
    assert!(sentence.contains("use"), "{sentence}");
}

#[test]
fn handlers_and_other_namespaces_are_not_kept() {
    let content = r#"<g onload="alert(1)"><p xmlns="http://www.w3.org/1999/xhtml">a</p></g>"#;
    let png = redrawn(Media::Svg, svg(content).as_bytes()).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    assert!(!png.windows(5).any(|bytes| bytes == b"alert"));
}

#[test]
fn entities_are_refused() {
    let bomb = r#"<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><title>&b;</title></svg>"#;
    assert!(redrawn(Media::Svg, bomb.as_bytes()).is_err());
    let file = r#"<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><title>&a;</title></svg>"#;
    assert!(redrawn(Media::Svg, file.as_bytes()).is_err());
}

#[test]
fn circles_of_links_are_refused() {
    let content = r##"<linearGradient id="a" href="#b"/><linearGradient id="b" href="#c"/>
        <linearGradient id="c" href="#b"/><rect width="9" height="9" fill="url(#a)"/>"##;
    assert!(refused(content).contains("links to links"));
    let own = r##"<linearGradient id="a" href="#a"/><rect width="9" height="9" fill="url(#a)"/>"##;
    assert!(refused(own).contains("links to links"));
}

#[test]
fn deep_and_long_documents_are_refused() {
    let deep = format!("{}{}", "<g>".repeat(100), "</g>".repeat(100));
    assert!(refused(&deep).contains("nested"));
    let deeper = format!("{}{}", "<g>".repeat(5_000), "</g>".repeat(5_000));
    assert!(refused(&deeper).contains("nodes"));
    assert!(refused(&"<path/>".repeat(MAX_ELEMENTS)).contains("complex"));
}

#[test]
fn clips_that_multiply_work_are_refused() {
    let mut content = String::from(r#"<clipPath id="c">"#);
    for _ in 0..200 {
        content.push_str(r#"<path d="M0 0h9v9z"/>"#);
    }
    content.push_str("</clipPath>");
    for n in 0..200 {
        write!(content, r#"<path clip-path="url(#c)" d="M{n} 0h9v9z"/>"#).unwrap();
    }
    assert!(refused(&content).contains("complex"));
    let nested = r#"<clipPath id="c"><path style="clip-path:url(#d)"/></clipPath>"#;
    assert!(refused(nested).contains("clips a clipPath"));
}

#[test]
fn huge_dimensions_of_an_svg_cost_no_more() {
    let huge = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1000000" height="1000000"><path d="M0 0h1000000v1000000z"/></svg>"#;
    let png = redrawn(Media::Svg, huge.as_bytes()).unwrap();
    assert_eq!(dimensions(&png), Some(SIDES));
}

#[test]
fn broken_and_foreign_files_are_refused() {
    for text in ["", "x", "<html/>", "<svg/>", "<svg"] {
        assert!(redrawn(Media::Svg, text.as_bytes()).is_err(), "{text}");
    }
    assert!(
        redrawn(Media::Svg, b"\xff\xfe<svg/>")
            .unwrap_err()
            .contains("UTF-8")
    );
    for bytes in [&b""[..], b"GIF89a", b"\x89PNG\r\n\x1a\n", b"<svg/>"] {
        assert!(redrawn(Media::Png, bytes).is_err());
    }
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut pixmap = Pixmap::new(width, height).unwrap();
    pixmap.fill(resvg::tiny_skia::Color::BLACK);
    pixmap.encode_png().unwrap()
}

#[test]
fn png_is_redrawn_without_its_metadata() {
    let mut upload = png(400, 200);
    // A text after the header, with its length and its checksum.
    let mut chunk = 8_u32.to_be_bytes().to_vec();
    chunk.extend(b"tEXtsecret\0x");
    chunk.extend(0x0bf7_98f5_u32.to_be_bytes());
    upload.splice(33..33, chunk);
    let drawn = redrawn(Media::Png, &upload).unwrap();
    assert_eq!(dimensions(&drawn), Some(SIDES));
    assert!(!drawn.windows(6).any(|bytes| bytes == b"secret"));
}

#[test]
fn png_is_fitted_into_the_square() {
    let drawn = redrawn(Media::Png, &png(400, 200)).unwrap();
    let drawn = Pixmap::decode_png(&drawn).unwrap();
    assert_eq!(alpha(&drawn, 96, 96), 255);
    assert_eq!(alpha(&drawn, 96, 10), 0);
}

#[test]
fn png_with_huge_dimensions_is_refused_before_it_is_decoded() {
    let mut bomb = png(1, 1);
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let sentence = redrawn(Media::Png, &bomb).unwrap_err();
    assert!(sentence.contains("65536 by 65536"), "{sentence}");
    assert!(redrawn(Media::Png, &png(MAX_PNG_PIXELS + 1, 1)).is_err());
    assert!(redrawn(Media::Png, &png(MAX_PNG_PIXELS, 1)).is_ok());
}

#[test]
fn cut_png_is_refused() {
    let whole = png(64, 64);
    assert!(redrawn(Media::Png, &whole[..whole.len() / 2]).is_err());
}

#[test]
fn media_types_are_svg_and_png_alone() {
    assert_eq!(Media::of("image/svg+xml"), Some(Media::Svg));
    assert_eq!(Media::of("image/png"), Some(Media::Png));
    assert_eq!(Media::of("image/jpeg"), None);
}
