//! Tests of the catalogue: no visible text is elsewhere, and both languages have their own texts.

use std::path::{Path, PathBuf};

use super::*;

/// Literals that look like texts and are names for code or browsers.
const NAMES: [&str; 18] = [
    "English",
    "Deutsch",
    "ArrowDown",
    "ArrowUp",
    "PageDown",
    "PageUp",
    "Home",
    "End",
    "Enter",
    "Escape",
    "LeaderPort",
    "Europe/Berlin",
    "UTC",
    "form.submit button",
    "in flight",
    "(pointer: coarse)",
    "Notification",
    "PushManager",
];

/// The source files of pages. `api` is left out: its errors have the service's texts, which
/// game servers get too. So are the attributes of cookies.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if ["words", "api", "cookies.rs", "devtools.rs", "tests.rs"]
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
    let code = r#"<p class="Big one" aria-label="Standings">"Empty"</p>"#;
    let read = [("Standings".to_owned(), false), ("Empty".to_owned(), true)];
    assert_eq!(literals(code)[..2], read);
}

#[test]
fn a_count_chooses_singular_or_plural() {
    assert_eq!(age_in_minutes(1), "1 minute ago");
    assert_eq!(age_in_minutes(0), "0 minutes ago");
    assert_eq!(players_of_board(1_234), "1,234 players");
    assert_eq!(
        overtook_you_with_others(1, "Ann", 5),
        "Ann and another player overtook you. You are now rank 5."
    );
    assert_eq!(
        overtook_you_with_others(2, "Ann", 5),
        "Ann and 2 others overtook you. You are now rank 5."
    );
}

#[test]
fn names_in_right_to_left_scripts_are_isolated_in_every_sentence() {
    assert_eq!(
        behind_next(5, "אבי 7", 1),
        "5 behind \u{2068}אבי 7\u{2069} (#1)"
    );
    assert_eq!(
        behind_next_in_unit("נק", "אבי 7", 1, 5),
        "5 \u{2068}נק\u{2069} behind \u{2068}אבי 7\u{2069} (#1)"
    );
    assert_eq!(
        overtook_you_with_others(2, "أمير", 5),
        "\u{2068}أمير\u{2069} and 2 others overtook you. You are now rank 5."
    );
    // A sentence in a sentence.
    let reason = invalid_value("name", "אבי");
    let text = score_was_refused("5", "לוח", &reason);
    assert!(text.starts_with("\u{2068}לוח\u{2069} did not"), "{text:?}");
    let marks = |mark| text.matches(mark).count();
    assert_eq!(marks('\u{2068}'), marks('\u{2069}'), "{text:?}");
}

#[cfg(feature = "ssr")]
fn in_german<T>(text: impl FnOnce() -> T) -> T {
    use leptos::prelude::{Owner, provide_context};

    use crate::locale::{Language, Locale};

    let owner = Owner::new();
    owner.with(|| {
        provide_context(Locale {
            language: Language::German,
            ..Locale::default()
        });
        text()
    })
}

#[cfg(feature = "ssr")]
#[test]
fn german_readers_get_german_texts() {
    let constant_texts = || {
        [
            sign_in(),
            cancel(),
            board_not_found(),
            submit(),
            all_time(),
            role_name(leaderport::Role::Player),
            no_keys_yet(),
        ]
    };
    assert_eq!(
        in_german(constant_texts),
        [
            "Anmelden",
            "Abbrechen",
            "Board nicht gefunden",
            "Einreichen",
            "Gesamt",
            "Spieler",
            "Noch keine API-Schlüssel. Lege für jeden Spielserver einen an.",
        ]
    );
    assert_eq!(constant_texts()[..2], ["Sign in", "Cancel"]);
    let texts_with_placeholders = || {
        [
            recorded_at_rank(3),
            minutes_and_seconds(4, 5),
            ranked_on_boards(1),
            ranked_on_boards(2),
            watching(1),
            watching(2),
            overtook_you("אבי", 5),
        ]
    };
    assert_eq!(
        in_german(texts_with_placeholders),
        [
            "Gespeichert. Du bist auf Platz 3.",
            "4 min 05 s",
            "Auf 1 Board platziert",
            "Auf 2 Boards platziert",
            "1 schaut zu",
            "2 schauen zu",
            "\u{2068}אבי\u{2069} hat dich überholt. Du bist jetzt auf Platz 5.",
        ]
    );
}

#[cfg(feature = "ssr")]
#[test]
fn error_codes_have_a_sentence_in_each_language() {
    assert_eq!(
        error("wrong_credentials"),
        Some("Wrong handle or password.")
    );
    assert_eq!(
        in_german(|| error("wrong_credentials")),
        Some("Benutzername oder Passwort ist falsch.")
    );
    assert_eq!(error("no_such_code"), None);
    assert_eq!(
        in_german(|| invalid_field("season", "\"\"")),
        "Gib für „Saison“ einen anderen Wert ein: \"\" ist nicht gültig."
    );
}

#[test]
fn a_score_that_a_board_does_not_accept_is_explained() {
    use leaderport::{Score, ScoreFormat};

    let score = |value| Score::new(value).unwrap();
    let check_in = |unit, format, (min, max), value: Option<i64>| {
        let accepted = AcceptedScores {
            format,
            unit,
            min,
            max,
        };
        let message = check_score(accepted, value.map(score));
        message.err().unwrap_or_default()
    };
    let check = |min, max, value| check_in("", ScoreFormat::Integer, (min, max), value);
    let (zero, most) = (score(0), score(5_000));
    assert_eq!(check(zero, most, Some(7)), "");
    assert_eq!(check(zero, most, None), "Enter a score like 83,456.");
    assert_eq!(
        check(zero, most, Some(-1)),
        "Enter a score from 0 to 5,000."
    );
    assert_eq!(
        check(zero, Score::MAX, Some(-1)),
        "Enter a score of 0 or more."
    );
    assert_eq!(
        check(Score::MIN, most, Some(5_001)),
        "Enter a score of 5,000 or less."
    );
    let reflex = (score(80), most);
    for value in [12, 5_001] {
        let message = check_in("ms", ScoreFormat::Integer, reflex, Some(value));
        assert_eq!(message, "Enter a time from 80 to 5,000 ms.");
    }
    let any = (Score::MIN, Score::MAX);
    assert_eq!(
        check_in("points", ScoreFormat::Integer, any, None),
        "Enter a score like 83,456 points."
    );
    assert_eq!(
        check_in("", ScoreFormat::Duration, (zero, Score::MAX), None),
        "Enter a time like 1:23.456."
    );
}
