//! The catalogue of all texts on pages, in the order of the pages. A test checks that the crate has
//! no visible text elsewhere, so that a translation changes only these files.
//!
//! Each text is a function that the page calls when it renders the text. The language can therefore
//! depend on the reader. Placeholders are named, because other languages order them differently.
//!
//! The catalogue uses functions and no library, so that a page loads only its own texts. A table of
//! texts by key would be loaded whole: players would load the texts of admins too.

mod account;
mod admin;
mod board;
pub mod dates;
mod names;
mod site;

pub use account::*;
pub use admin::*;
pub use board::*;
pub use names::*;
pub use site::*;

/// A text of the catalogue, to be rendered later.
pub type Words = fn() -> &'static str;

/// Defines functions that return texts. `name = "..."` is a constant text. `name(thing) = "..."`
/// has a placeholder `{thing}`. `name(count: n) = "..." or "..."` returns the first text if `n` is
/// one; its placeholder `{n}` has grouped digits.
macro_rules! texts {
    () => {};
    ($name:ident = $text:literal; $($more:tt)*) => {
        #[doc = $text]
        #[must_use]
        pub fn $name() -> &'static str {
            $text
        }
        texts! { $($more)* }
    };
    ($name:ident(count: $count:ident) = $one:literal or $other:literal; $($more:tt)*) => {
        #[doc = $other]
        #[must_use]
        pub fn $name(count: u64) -> String {
            let $count = crate::locale::numbers::count(count);
            if count == 1 { format!($one) } else { format!($other) }
        }
        texts! { $($more)* }
    };
    ($name:ident($($thing:ident),+) = $text:literal; $($more:tt)*) => {
        #[doc = $text]
        #[must_use]
        pub fn $name($($thing: impl std::fmt::Display),+) -> String {
            format!($text)
        }
        texts! { $($more)* }
    };
}
use texts;

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// Literals that look like texts and are names for code or browsers.
    const NAMES: [&str; 14] = [
        "ArrowDown",
        "ArrowUp",
        "PageDown",
        "PageUp",
        "Home",
        "End",
        "Enter",
        "LeaderPort",
        "Europe/Berlin",
        "UTC",
        "all_time yearly monthly weekly daily",
        "form.submit button",
        "in flight",
        "(pointer: coarse)",
    ];

    /// The source files of pages. `api` is left out: its errors have the service's texts, which
    /// game servers get too.
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if ["words", "api", "devtools.rs"]
                .iter()
                .any(|name| path.ends_with(name))
            {
                continue;
            }
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|of| of == "rs") {
                found.push(path);
            }
        }
    }

    /// The literals of a source file, each with whether it is between tags. Tests, comments,
    /// attributes, logs and lint reasons are left out.
    fn literals(source: &str) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        let code = source.split("#[cfg(test)]").next().unwrap();
        for line in code.lines() {
            let line = line.trim();
            let skipped_lines = ["//", "#[", "<pre>"];
            let skipped_parts = ["logging::", ".expect(", "reason ="];
            if skipped_lines.iter().any(|begins| line.starts_with(begins))
                || skipped_parts.iter().any(|has| line.contains(has))
            {
                continue;
            }
            let line = line.replace("\\\"", "");
            let parts: Vec<&str> = line.split('"').collect();
            for text in 1..parts.len().saturating_sub(1) {
                let (before, after) = (parts[text - 1], parts[text + 1]);
                // Any literal between tags is visible; the text before a literal tells whether it
                // is the value of an attribute.
                let is_child = before.ends_with('>') && !before.ends_with("=>");
                let is_child = is_child && after.starts_with('<') && text % 2 == 1;
                let attribute = before.trim_end_matches('=').rsplit(' ').next();
                let is_attribute = before.ends_with('=');
                let text_attributes = [
                    "aria-label",
                    "placeholder",
                    "data-label",
                    "label",
                    "question",
                ];
                let is_visible =
                    !is_attribute || attribute.is_some_and(|name| text_attributes.contains(&name));
                if text % 2 == 1 && is_visible {
                    found.push((parts[text].to_owned(), is_child));
                }
            }
        }
        found
    }

    fn is_text(literal: &str) -> bool {
        // Skip placeholders in braces and the insides of tags, except for attributes with texts.
        let literal = ["aria-label='", "title='", "placeholder='"]
            .iter()
            .fold(literal.to_owned(), |text, says| text.replace(says, ">"));
        let mut visible = String::new();
        let (mut depth, mut is_tag) = (0, false);
        for c in literal.chars() {
            depth += i32::from(c == '{');
            is_tag |= c == '<';
            if depth == 0 && !is_tag {
                visible.push(c);
            }
            depth -= i32::from(c == '}');
            if is_tag && c == '>' {
                is_tag = false;
                visible.push(' ');
            }
        }
        let is_word = |word: &&str| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'')
        };
        let words = visible.split_whitespace().filter(is_word).count();
        let is_name = visible.starts_with(char::is_uppercase) && words == 1;
        let is_class = visible
            .chars()
            .all(|c| c.is_lowercase() || c == ' ' || c == '-')
            && visible.split(' ').count() == words
            && words == 2;
        (words > 1 || is_name) && !is_class && !NAMES.contains(&literal.as_str())
    }

    #[test]
    fn only_the_catalogue_has_visible_texts() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        sources(&folder, &mut files);
        assert!(files.len() > 60, "{}", files.len());
        let mut found = Vec::new();
        for file in files {
            let source = std::fs::read_to_string(&file).unwrap();
            let has_letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count() > 1;
            let is_visible = |(text, is_child): &(String, bool)| {
                is_text(text) || *is_child && has_letters(text) && !NAMES.contains(&text.as_str())
            };
            let texts = literals(&source).into_iter().filter(is_visible);
            found.extend(texts.map(|(text, _)| format!("{}: {text}", file.display())));
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    #[test]
    fn styles_have_no_visible_texts() {
        let style = include_str!("../../../style/main.css");
        let visible = style.split("content: \"").skip(1);
        let visible = visible.filter_map(|rest| rest.split('"').next());
        let read: Vec<&str> = visible
            .filter(|text| text.contains(char::is_alphabetic))
            .collect();
        assert!(read.is_empty(), "{read:?}");
    }

    #[test]
    fn texts_are_distinguished_from_names() {
        for text in [
            "Save",
            "Rank {rank} of {all}",
            "There is nothing here",
            " ago. Scores",
            "<p>There is</p>",
            "<svg role='img' aria-label='Two words'>",
        ] {
            assert!(is_text(text), "{text}");
        }
        for name in [
            "",
            "rank",
            "panel feed",
            "/boards/{slug}",
            "data-rank",
            "Home",
            "{}px",
            "<p class='quiet small'>{}</p>",
        ] {
            assert!(!is_text(name), "{name}");
        }
        let code = r#"<p class="Big one" aria-label="Standings">"Nobody"</p>"#;
        let read = [("Standings".to_owned(), false), ("Nobody".to_owned(), true)];
        assert_eq!(literals(code)[..2], read);
    }

    #[test]
    fn a_count_chooses_singular_or_plural() {
        assert_eq!(minutes(1), "1 minute");
        assert_eq!(minutes(0), "0 minutes");
        assert_eq!(players_of_board(1_234), "1,234 players");
        assert_eq!(and_others("Ann", others(1)), "Ann and another");
        assert_eq!(and_others("Ann", others(2)), "Ann and 2 others");
    }
}
