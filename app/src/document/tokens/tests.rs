//! Tests of the identity: contrasts of the tokens, no colours elsewhere, one colour for the reader, and
//! the files of the typefaces.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Design, colour, colours};
use crate::document::fonts::FIRST;

/// Text colours, each with its background: at least 4.5:1.
const TEXTS: [(&str, &[&str]); 24] = [
    (
        "ink",
        &["ground", "panel", "raised", "chosen", "mine", "flash"],
    ),
    ("soft", &["ground", "panel", "raised", "chosen", "mine"]),
    ("accent", &["ground", "panel", "raised", "chosen"]),
    (
        "on-accent",
        &[
            "accent",
            "bad",
            "accent-indigo",
            "accent-teal",
            "accent-amber",
            "accent-rose",
            "accent-violet",
            "accent-lime",
            "accent-sky",
            "accent-slate",
        ],
    ),
    ("accent-indigo", &["ground", "panel", "raised", "chosen"]),
    ("accent-teal", &["ground", "panel", "raised", "chosen"]),
    ("accent-amber", &["ground", "panel", "raised", "chosen"]),
    ("accent-rose", &["ground", "panel", "raised", "chosen"]),
    ("accent-violet", &["ground", "panel", "raised", "chosen"]),
    ("accent-lime", &["ground", "panel", "raised", "chosen"]),
    ("accent-sky", &["ground", "panel", "raised", "chosen"]),
    ("accent-slate", &["ground", "panel", "raised", "chosen"]),
    ("you", &["ground", "panel", "mine"]),
    ("on-you", &["you"]),
    ("good", &["ground", "panel", "raised", "mine"]),
    ("warn", &["ground", "panel", "raised", "mine"]),
    ("bad", &["ground", "panel", "raised", "mine"]),
    ("gold", &["panel"]),
    ("silver", &["panel"]),
    ("bronze", &["panel"]),
    ("on-go", &["go"]),
    ("ground", &["ink"]),
    ("chart-1", &["ground"]),
    ("chart-2", &["ground"]),
];

/// Graphics and the edges of fields: at least 3:1.
const GRAPHICS: [(&str, &[&str]); 11] = [
    ("field-line", &["ground", "panel"]),
    ("accent", &["mine"]),
    ("gold", &["ground", "mine"]),
    ("silver", &["ground", "mine"]),
    ("bronze", &["ground", "mine"]),
    ("plot", &["panel"]),
    ("you", &["plot"]),
    ("good", &["flash"]),
    ("bar-1", &["ground", "panel"]),
    ("bar-2", &["ground", "panel"]),
    ("bar-3", &["ground", "panel"]),
];

/// Files that no style sheet of the site reaches. Their colours must be those of tokens.
///
/// The offline page has no style sheet, because its name changes with its content. Browsers show the
/// icon and read the manifest on their own. The widget is on pages of other sites.
const COPIES: [&str; 4] = [
    "offline.html",
    "favicon.svg",
    "manifest.webmanifest",
    "sdk/leader-board.js",
];

/// Functions of CSS and Rust that make colours.
const FUNCTIONS: [&str; 8] = [
    "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "oklab(", "oklch(", "from_rgb",
];

const NAMED: [&str; 16] = [
    "white", "black", "red", "green", "blue", "gray", "grey", "yellow", "orange", "purple", "pink",
    "silver", "gold", "navy", "teal", "brown",
];

const PROPERTIES: [&str; 6] = [
    "fill",
    "stroke",
    "color",
    "background",
    "border-color",
    "stop-color",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, endings, found);
        } else if path
            .extension()
            .is_some_and(|of| endings.iter().any(|ending| of == *ending))
        {
            found.push(path);
        }
    }
}

fn is_copy(path: &Path) -> bool {
    COPIES.iter().any(|name| path.ends_with(name))
}

/// The colours in hex in a text. Three or four digits without a letter are a number, as in `#606`.
fn hex_colours(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices('#') {
        let rest = &text[start + 1..];
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
            .unwrap_or(rest.len());
        let digits = &rest[..length];
        let has_letter = digits.bytes().any(|byte| byte.is_ascii_alphabetic());
        let is_colour = match length {
            6 | 8 => true,
            3 | 4 => has_letter,
            _ => false,
        };
        if is_colour && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            found.push(&text[start..=start + length]);
        }
    }
    found
}

/// The colour functions in a text, except those of avatars.
fn colour_functions(text: &str) -> Vec<&'static str> {
    let is_used = |function: &&str| {
        text.match_indices(*function).any(|(at, _)| {
            let begins = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let end = text[at..].find(';').map_or(text.len(), |end| at + end);
            begins && !text[at..end].contains("var(--hue)")
        })
    };
    FUNCTIONS.into_iter().filter(is_used).collect()
}

/// The named colours that a text gives to properties.
fn named_colours(text: &str) -> Vec<String> {
    let pairs = PROPERTIES.iter().flat_map(|property| {
        let of =
            |name: &&str| ["=\"", ":", ": "].map(|between| format!("{property}{between}{name}"));
        NAMED.iter().flat_map(of).collect::<Vec<_>>()
    });
    pairs.filter(|pair| text.contains(pair.as_str())).collect()
}

/// The code of a source file, without comments and tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    if path.extension().is_some_and(|of| of == "rs") {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    } else {
        text
    }
}

/// The relative luminance of a colour like `#f6f2e9`, by WCAG 2.
fn luminance(hex: &str) -> f64 {
    assert_eq!(hex.len(), 7, "{hex}");
    let part = |at: usize| {
        let byte = u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let share = f64::from(byte) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(first: &str, second: &str) -> f64 {
    let (a, b) = (luminance(first), luminance(second));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn tokens_have_enough_contrast_in_both_designs() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    let mut failures = Vec::new();
    for (pairs, least) in [(&TEXTS[..], 4.5), (&GRAPHICS[..], 3.0)] {
        for &(front, grounds) in pairs {
            for &ground in grounds {
                for theme in [Design::Light, Design::Dark] {
                    let value =
                        |token: &str| colour(token, theme).unwrap_or_else(|| panic!("{token}"));
                    let found = contrast(value(front), value(ground));
                    if found < least {
                        failures.push(format!("{front} on {ground}, {theme:?}: {found:.2}"));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn colours_are_only_in_the_tokens() {
    let mut sources = Vec::new();
    for folder in ["app/src", "server/src", "src", "frontend/src"] {
        files(&root().join(folder), &["rs"], &mut sources);
    }
    let endings = ["html", "css", "svg", "js", "webmanifest"];
    files(&root().join("public"), &endings, &mut sources);
    files(&root().join("style"), &["css"], &mut sources);
    // The files of tools are not the site's.
    sources.retain(|path| {
        !path
            .components()
            .any(|part| part.as_os_str() == "node_modules")
    });
    assert!(sources.len() > 200, "{}", sources.len());
    let has_own_colours = |path: &PathBuf| {
        is_copy(path) || path.ends_with("tokens.css") || path.ends_with("tests.rs")
    };
    let mut failures = Vec::new();
    for path in sources.iter().filter(|path| !has_own_colours(path)) {
        let code = code(path);
        let named = named_colours(&code);
        let named = named.iter().map(String::as_str);
        let found = hex_colours(&code).into_iter();
        let found: Vec<&str> = found.chain(colour_functions(&code)).chain(named).collect();
        if !found.is_empty() {
            failures.push(format!("{}: {found:?}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn copied_colours_are_those_of_tokens() {
    for name in COPIES {
        let text = fs::read_to_string(root().join("public").join(name)).unwrap();
        assert_eq!(colour_functions(&text), Vec::<&str>::new(), "{name}");
        assert_eq!(named_colours(&text), Vec::<String>::new(), "{name}");
        let pairs = text.split("light-dark(").skip(1);
        for pair in pairs.map(|rest| rest.split(')').next().unwrap()) {
            let is_token = colours().any(|(_, light, dark)| pair == format!("{light}, {dark}"));
            assert!(is_token, "{name}: {pair}");
        }
        let found = hex_colours(&text);
        assert!(!found.is_empty(), "{name}");
        for hex in found {
            let is_token = colours().any(|(_, light, dark)| hex == light || hex == dark);
            assert!(is_token, "{name}: {hex}");
        }
    }
}

#[test]
fn search_for_colours_finds_them() {
    let text =
        "fill=\"#fff\" rgb(1 2 3); #12ab34 rank #606, href=\"#bottom\" oklch(0.9 0.1 var(--hue));";
    assert_eq!(hex_colours(text), ["#fff", "#12ab34"]);
    assert_eq!(colour_functions(text), ["rgb("]);
    assert_eq!(named_colours("style=\"color: red\""), ["color: red"]);
}

#[test]
fn only_the_reader_wears_the_readers_colour() {
    let mut sheets = Vec::new();
    files(&root().join("style"), &["css"], &mut sheets);
    sheets.retain(|path| {
        let is_tool = path
            .components()
            .any(|part| part.as_os_str() == "node_modules");
        !is_tool && !path.ends_with("you.css")
    });
    assert!(sheets.len() > 5, "{}", sheets.len());
    for path in sheets {
        let text = fs::read_to_string(&path).unwrap();
        for token in ["--you)", "--on-you)", "--mine)"] {
            assert!(!text.contains(token), "{} uses {token}", path.display());
        }
    }
    let own = fs::read_to_string(root().join("style/you.css")).unwrap();
    assert!(own.contains("var(--you)") && own.contains("var(--mine)"));
}

#[test]
fn typefaces_are_small_and_have_their_licences() {
    let declared = fs::read_to_string(root().join("style/fonts.css")).unwrap();
    let public = root().join("public");
    let mut shipped = Vec::new();
    files(&public.join("fonts"), &["woff2"], &mut shipped);
    assert_eq!(shipped.len(), declared.matches("url(\"/fonts/").count());
    for path in &shipped {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            declared.contains(&format!("url(\"/fonts/{name}\")")),
            "{name}"
        );
        let (face, _) = name.split_once("-latin").unwrap();
        let licence = fs::read_to_string(public.join(format!("fonts/{face}-OFL.txt"))).unwrap();
        assert!(licence.contains("SIL OPEN FONT LICENSE"), "{face}");
    }
    let size = |file: &&str| fs::metadata(public.join(&file[1..])).unwrap().len();
    let first: u64 = FIRST.iter().map(size).sum();
    assert!(first <= 45_000, "{first} bytes");
    for file in FIRST {
        assert!(declared.contains(file), "{file}");
    }
    let offline = fs::read_to_string(public.join("offline.css")).unwrap();
    assert!(offline.contains(FIRST[1]), "{offline}");
}
