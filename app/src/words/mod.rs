//! What pages say: one catalogue, in the order of the pages. Nothing else in this crate has a text
//! that somebody reads, which a test holds; a translation is of these files alone.
//!
//! A text is a function, which the page calls when it says it: so that which language it is in can
//! depend on who reads. What stands in it is named, since other languages have another order.
//! Functions, and no library, because a page loads only the texts that it says: a table of texts
//! by key is loaded whole, by players that of the admins, too.

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

/// A text of the catalogue, to be said later.
pub type Words = fn() -> &'static str;

/// Functions that say texts. `name = "..."` is one as it stands; in `name(thing) = "..."` stands
/// a `{thing}`; `name(count: n) = "..." or "..."` says the first where `n` is one, and has `{n}`
/// as digits are grouped.
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

    /// What looks like a text and is none: names that code and browsers know.
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

    /// The sources that pages are made of. What `api` refuses is said by the service, to game
    /// servers as to pages, in the words of its documentation.
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

    /// The literals of a source, each with whether it stands between tags, without its tests, comments, attributes, and what is told to
    /// those who work on it.
    fn literals(source: &str) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        let code = source.split("#[cfg(test)]").next().unwrap();
        for line in code.lines() {
            let line = line.trim();
            let is_for_us = ["//", "#[", "<pre>"];
            let is_log = ["logging::", ".expect(", "reason ="];
            if is_for_us.iter().any(|begins| line.starts_with(begins))
                || is_log.iter().any(|has| line.contains(has))
            {
                continue;
            }
            let line = line.replace("\\\"", "");
            let parts: Vec<&str> = line.split('"').collect();
            for text in 1..parts.len().saturating_sub(1) {
                let (before, after) = (parts[text - 1], parts[text + 1]);
                // What stands between tags is read, whatever it is; a class is told by what
                // comes before it.
                let is_child = before.ends_with('>') && !before.ends_with("=>");
                let is_child = is_child && after.starts_with('<') && text % 2 == 1;
                let attribute = before.trim_end_matches('=').rsplit(' ').next();
                let is_attribute = before.ends_with('=');
                let is_said = [
                    "aria-label",
                    "placeholder",
                    "data-label",
                    "label",
                    "question",
                ];
                let is_read =
                    !is_attribute || attribute.is_some_and(|name| is_said.contains(&name));
                if text % 2 == 1 && is_read {
                    found.push((parts[text].to_owned(), is_child));
                }
            }
        }
        found
    }

    fn is_text(literal: &str) -> bool {
        // What is in braces is put in, and what is in a tag is its own, but for what says a text.
        let literal = ["aria-label='", "title='", "placeholder='"]
            .iter()
            .fold(literal.to_owned(), |text, says| text.replace(says, ">"));
        let mut said = String::new();
        let (mut depth, mut is_tag) = (0, false);
        for c in literal.chars() {
            depth += i32::from(c == '{');
            is_tag |= c == '<';
            if depth == 0 && !is_tag {
                said.push(c);
            }
            depth -= i32::from(c == '}');
            if is_tag && c == '>' {
                is_tag = false;
                said.push(' ');
            }
        }
        let is_word = |word: &&str| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'')
        };
        let words = said.split_whitespace().filter(is_word).count();
        let is_name = said.starts_with(char::is_uppercase) && words == 1;
        let is_class = said
            .chars()
            .all(|c| c.is_lowercase() || c == ' ' || c == '-')
            && said.split(' ').count() == words
            && words == 2;
        (words > 1 || is_name) && !is_class && !NAMES.contains(&literal.as_str())
    }

    #[test]
    fn nothing_else_has_a_text_that_is_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        sources(&folder, &mut files);
        assert!(files.len() > 60, "{}", files.len());
        let mut found = Vec::new();
        for file in files {
            let source = std::fs::read_to_string(&file).unwrap();
            let has_letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count() > 1;
            let is_read = |(text, is_child): &(String, bool)| {
                is_text(text) || *is_child && has_letters(text) && !NAMES.contains(&text.as_str())
            };
            let texts = literals(&source).into_iter().filter(is_read);
            found.extend(texts.map(|(text, _)| format!("{}: {text}", file.display())));
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    #[test]
    fn styles_say_nothing() {
        let style = include_str!("../../../style/main.css");
        let said = style.split("content: \"").skip(1);
        let said = said.filter_map(|rest| rest.split('"').next());
        let read: Vec<&str> = said
            .filter(|text| text.contains(char::is_alphabetic))
            .collect();
        assert!(read.is_empty(), "{read:?}");
    }

    #[test]
    fn what_is_read_is_told_from_names() {
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
    fn one_and_many_are_said_apart() {
        assert_eq!(minutes(1), "1 minute");
        assert_eq!(minutes(0), "0 minutes");
        assert_eq!(players_of_board(1_234), "1,234 players");
        assert_eq!(and_others("Ann", others(1)), "Ann and another");
        assert_eq!(and_others("Ann", others(2)), "Ann and 2 others");
    }
}
