//! The choices of the command palette: which of them match a text, in groups, and the highlighted one.

/// The number of recent choices that are kept.
pub const RECENT: usize = 5;

/// The largest number of choices of a group that are shown.
const SHOWN: usize = 8;

/// A group of choices, in the order of the palette. Players come last, because they arrive last and
/// must not move the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Places that the reader has chosen before.
    Recent,
    Boards,
    /// The other pages of the site, with the sections of the admin page.
    Pages,
    Players,
}

/// A place to go to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The address on this site: `/boards/arena`.
    pub address: String,
    /// The name.
    pub label: String,
    /// A detail, such as a slug or an id; may be empty.
    pub detail: String,
}

impl Choice {
    /// Whether each word of a text begins a word of the name or of the detail. Case does not matter.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let (label, detail) = (self.label.to_lowercase(), self.detail.to_lowercase());
        let text = text.to_lowercase();
        let begins_a_word = |part: &str| {
            let has = |name: &str| words(name).any(|word| word.starts_with(part));
            has(&label) || has(&detail)
        };
        words(&text).all(begins_a_word)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}

/// All choices that the palette knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The newest first.
    pub recent: Vec<Choice>,
    pub boards: Vec<Choice>,
    pub pages: Vec<Choice>,
    /// The players that the server has found for the text.
    pub players: Vec<Choice>,
}

/// The choices that a text selects, in groups; no group is empty.
pub type Groups = Vec<(Group, Vec<Choice>)>;

impl Choices {
    /// The choices for a text. Without a text, these are the recent ones, the first boards and all
    /// pages. A recent choice is not repeated in its group.
    #[must_use]
    pub fn select(&self, text: &str) -> Groups {
        let matching = |of: &[Choice]| -> Vec<Choice> {
            let matching = of.iter().filter(|choice| choice.matches(text));
            matching.cloned().collect()
        };
        let recent = matching(&self.recent);
        let is_new = |choice: &Choice| recent.iter().all(|known| known.address != choice.address);
        let others = |mut of: Vec<Choice>, most: usize| {
            of.retain(is_new);
            of.truncate(most);
            of
        };
        let boards = others(matching(&self.boards), SHOWN);
        let pages = others(matching(&self.pages), usize::MAX);
        let players = others(self.players.clone(), SHOWN);
        let groups = [
            (Group::Recent, recent),
            (Group::Boards, boards),
            (Group::Pages, pages),
            (Group::Players, players),
        ];
        let groups = groups.into_iter().filter(|(_, of)| !of.is_empty());
        groups.collect()
    }
}

/// The index to highlight after a key, among `count` choices; none for other keys.
#[must_use]
pub fn step(active: usize, count: usize, key: &str) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some(match key {
        "ArrowDown" if active >= last => 0,
        "ArrowDown" => active + 1,
        "ArrowUp" if active == 0 => last,
        "ArrowUp" => active - 1,
        "Home" => 0,
        "End" => last,
        _ => return None,
    })
}

/// The recent choices after one more, the newest first.
#[must_use]
pub fn with_recent(mut recent: Vec<Choice>, chosen: Choice) -> Vec<Choice> {
    recent.retain(|known| known.address != chosen.address);
    recent.insert(0, chosen);
    recent.truncate(RECENT);
    recent
}

/// The recent choices of an owner as a text: the owner, then a line for each choice.
#[must_use]
pub fn write_recent(owner: &str, recent: &[Choice]) -> String {
    let field = |text: &str| text.replace(['\n', '\t'], " ");
    let line = |choice: &Choice| {
        let fields = [&choice.address, &choice.label, &choice.detail];
        fields.map(|text| field(text)).join("\t")
    };
    let lines = recent.iter().map(line);
    let lines: Vec<String> = std::iter::once(field(owner)).chain(lines).collect();
    lines.join("\n")
}

/// Reads [`write_recent`]. The choices of another owner, and lines that are not choices, are left out.
#[must_use]
pub fn read_recent(owner: &str, text: &str) -> Vec<Choice> {
    let mut lines = text.lines();
    if lines.next() != Some(owner) {
        return Vec::new();
    }
    let choices = lines.filter_map(|line| {
        let mut fields = line.split('\t').map(str::to_owned);
        let choice = Choice {
            address: fields.next()?,
            label: fields.next()?,
            detail: fields.next()?,
        };
        let is_of_this_site = choice.address.starts_with('/') && !choice.address.starts_with("//");
        is_of_this_site.then_some(choice)
    });
    choices.take(RECENT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(label: &str, detail: &str) -> Choice {
        Choice {
            address: format!("/{}", label.to_lowercase()),
            label: label.to_owned(),
            detail: detail.to_owned(),
        }
    }

    fn labels(groups: &Groups) -> Vec<(Group, Vec<&str>)> {
        let of = |(group, of): &(Group, Vec<Choice>)| (*group, of.len());
        let counts: Vec<_> = groups.iter().map(of).collect();
        let mut all = groups.iter().flat_map(|(_, of)| of);
        let mut labels = Vec::new();
        for (group, count) in counts {
            let of = all.by_ref().take(count);
            labels.push((group, of.map(|choice| choice.label.as_str()).collect()));
        }
        labels
    }

    fn choices() -> Choices {
        Choices {
            recent: vec![choice("Sprint", "sprint-2026")],
            boards: vec![choice("Arena", "arena"), choice("Sprint", "sprint-2026")],
            pages: vec![choice("Audit log", "Admin")],
            players: vec![choice("Ann", "ann")],
        }
    }

    #[test]
    fn each_word_of_the_text_begins_a_word_of_the_name_or_the_detail() {
        let board = choice("Grand Prix", "speed-2026");
        for (text, expected) in [
            ("", true),
            ("pri", true),
            ("PRIX gr", true),
            ("2026", true),
            ("speed-20", true),
            ("rix", false),
            ("grand tour", false),
        ] {
            assert_eq!(board.matches(text), expected, "{text}");
        }
    }

    #[test]
    fn recent_choices_come_first_and_are_not_repeated() {
        let choices = choices();
        let all = choices.select("");
        let expected = [
            (Group::Recent, vec!["Sprint"]),
            (Group::Boards, vec!["Arena"]),
            (Group::Pages, vec!["Audit log"]),
            (Group::Players, vec!["Ann"]),
        ];
        assert_eq!(labels(&all), expected);
        // The server has found the players, so the text does not select them again.
        let some = choices.select("a");
        let expected = [
            (Group::Boards, vec!["Arena"]),
            (Group::Pages, vec!["Audit log"]),
            (Group::Players, vec!["Ann"]),
        ];
        assert_eq!(labels(&some), expected);
        assert!(Choices::default().select("a").is_empty());
    }

    #[test]
    fn a_group_shows_few_boards() {
        let boards = (0..100)
            .map(|n| choice(&format!("Board {n}"), ""))
            .collect();
        let choices = Choices {
            boards,
            ..Choices::default()
        };
        let shown = choices.select("board");
        assert_eq!(shown[0].1.len(), SHOWN);
    }

    #[test]
    fn keys_move_the_highlight_around() {
        for (active, key, expected) in [
            (0, "ArrowDown", Some(1)),
            (2, "ArrowDown", Some(0)),
            (0, "ArrowUp", Some(2)),
            (1, "Home", Some(0)),
            (1, "End", Some(2)),
            (1, "a", None),
        ] {
            assert_eq!(step(active, 3, key), expected, "{key}");
        }
        assert_eq!(step(0, 0, "ArrowDown"), None);
    }

    #[test]
    fn recent_choices_survive_a_round_trip_and_belong_to_their_owner() {
        let mut recent = Vec::new();
        for n in 0..7 {
            recent = with_recent(recent, choice(&format!("B{n}"), ""));
        }
        recent = with_recent(recent, choice("B4", "a\tb"));
        let names: Vec<&str> = recent.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(names, ["B4", "B6", "B5", "B3", "B2"]);
        let text = write_recent("ann", &recent);
        let read = read_recent("ann", &text);
        assert_eq!(read.len(), RECENT);
        assert_eq!(read[0], choice("B4", "a b"));
        assert!(read_recent("bob", &text).is_empty());
        for line in [
            "https://elsewhere.example\ta\tb",
            "//elsewhere.example\ta\tb",
            "/a",
        ] {
            assert!(read_recent("ann", &format!("ann\n{line}")).is_empty());
        }
    }
}
