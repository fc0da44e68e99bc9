//! A row of the list: which rows are drawn, and what the document says of each of them. The
//! server writes a face as HTML; in the browser the difference of two faces is written into an
//! element, which is made once ([`crate::features::list_rows`]).

use std::ops::Range;

use leaderport::{PlayerId, ScoreFormat};
use leptos::prelude::*;

use crate::components::avatar::initial;
use crate::components::{hue, tenths, url_escape};
use crate::core::overlay::{ViewRow, row_at};
use crate::core::virtual_list::pixels;
use crate::features::board_state::BoardState;
use crate::locale::numbers;
use crate::words;

/// Whose row an element shows: a player's, or that of a place which has not come yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Player(PlayerId),
    Place(u64),
}

/// A row as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    /// Its place, counted from 0.
    pub(crate) place: u64,
    /// Pixels from the top of the list's element.
    top: f64,
    /// None while it has not come.
    pub(crate) row: Option<ViewRow>,
    is_mine: bool,
}

impl Drawn {
    #[cfg(feature = "hydrate")]
    pub(crate) fn score(&self) -> Option<leaderport::Score> {
        self.row.as_ref().map(|shown| shown.row.score)
    }
}

/// The rows of places, drawn off those places by some pixels; in order, each with whose it is.
/// All keys differ.
pub(crate) fn rows(state: BoardState, places: Range<u64>, shift: f64) -> Vec<(Key, Drawn)> {
    let overlay = state.overlay.get();
    let me = state.me.with(|me| me.as_ref().map(|me| me.player.clone()));
    // Pages of different moments may both have a player who moved between them.
    let mut seen = Vec::<PlayerId>::new();
    state.replica.with(|replica| {
        let draw = |place| {
            let row = row_at(place, overlay.as_ref(), replica);
            let player = row.as_ref().map(|shown| &shown.row.player);
            let player = player.filter(|player| !seen.contains(player)).cloned();
            let is_mine = player.is_some()
                && (player == me || row.as_ref().is_some_and(|shown| shown.is_pending));
            seen.extend(player.clone());
            let key = player.map_or(Key::Place(place), Key::Player);
            let top = pixels(place) + shift;
            let drawn = Drawn {
                place,
                top,
                row,
                is_mine,
            };
            (key, drawn)
        };
        places.map(draw).collect()
    })
}

/// What the document says of a row: texts and attributes, as they stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Face {
    pub(crate) class: String,
    /// Counted from 1, of the table's rows: the first is its head.
    pub(crate) row_index: String,
    /// Counted from 1.
    pub(crate) place: String,
    /// Where it stands in the list's element: a length of CSS.
    pub(crate) top: String,
    /// Whether it is the reader's.
    pub(crate) current: Option<&'static str>,
    pub(crate) rank: String,
    /// The rank of the first three.
    pub(crate) medal: Option<String>,
    /// A style: the colour of the player's mark.
    pub(crate) hue: String,
    /// The letter of the player's mark.
    pub(crate) initial: String,
    /// Where the player's page is; without it the name is the place of a link.
    pub(crate) href: Option<String>,
    pub(crate) name: String,
    /// The classes of the name.
    pub(crate) name_class: &'static str,
    pub(crate) note: &'static str,
    pub(crate) score: String,
}

impl Face {
    /// How a row stands in the document, on a board whose scores are written so.
    pub(crate) fn of(drawn: &Drawn, format: ScoreFormat) -> Self {
        let row = drawn.row.as_ref().map(|shown| &shown.row);
        let is_pending = drawn.row.as_ref().is_some_and(|shown| shown.is_pending);
        let mut class = "row".to_owned();
        let more = [
            ("me", drawn.is_mine),
            ("pending", is_pending),
            ("loading", row.is_none()),
        ];
        for (name, _) in more.iter().filter(|(_, is_so)| *is_so) {
            class.push(' ');
            class.push_str(name);
        }
        let rank = row.map(|row| row.rank);
        let name = row.map_or_else(|| "…".to_owned(), |row| row.name.to_string());
        let player = row.map(|row| row.player.as_str());
        let score = row.map_or_else(String::new, |row| numbers::score(format, row.score));
        let has_room = fits(&name, &score) && !is_pending;
        Self {
            class,
            row_index: (drawn.place + 2).to_string(),
            place: (drawn.place + 1).to_string(),
            top: format!("{}px", tenths(drawn.top)),
            current: drawn.is_mine.then_some("true"),
            rank: rank.map_or_else(String::new, numbers::rank),
            medal: rank.filter(|rank| rank.get() <= 3).map(numbers::rank),
            hue: format!("--hue:{}", player.map_or(0, hue)),
            initial: initial(&name),
            href: player.map(|player| format!("/players/{}", url_escape(player))),
            name_class: if has_room { "name" } else { "name long" },
            name,
            note: if is_pending { words::pending() } else { "" },
            score,
        }
    }

    /// Of a row that has not come, at the first place.
    pub(crate) fn blank() -> Self {
        let drawn = Drawn {
            place: 0,
            top: 0.0,
            row: None,
            is_mine: false,
        };
        Self::of(&drawn, ScoreFormat::Integer)
    }
}

/// The most letters of a name that has room beside a score of as many in every row wider than a
/// phone's.
const SHORT: usize = 14;

/// Whether a name is sure to have room in a row wider than a phone's. What may be cut off is painted
/// apart, and so dearer.
fn fits(name: &str, score: &str) -> bool {
    name.is_ascii() && name.len() <= SHORT && score.len() <= SHORT
}

/// A face in the document. [`crate::features::list_rows`] finds its parts by where they stand.
pub(crate) fn face(face: Face) -> impl IntoView {
    view! {
        <div
            role="row"
            class=face.class
            aria-rowindex=face.row_index
            aria-current=face.current
            data-place=face.place
            style=format!("top:{}", face.top)
        >
            <span role="cell" class="rank" data-rank=face.medal>{face.rank}</span>
            <span role="cell" class="whose">
                <span class="avatar" aria-hidden="true" style=face.hue>{face.initial}</span>
                <a class=face.name_class href=face.href>{face.name}</a>
                <span class="note">{face.note}</span>
            </span>
            <span role="cell" class="score">{face.score}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use leaderport::{PlayerName, Rank, Row, Score, Timestamp};

    use super::*;

    fn drawn(place: u64, name: &str) -> Drawn {
        let row = Row {
            rank: Rank::after(place),
            player: PlayerId::new("ann").unwrap(),
            name: PlayerName::new(name).unwrap(),
            score: Score::new(12_345).unwrap(),
            achieved_at: Timestamp::from_millis_clamped(0),
        };
        Drawn {
            place,
            top: pixels(place) - 0.25,
            row: Some(ViewRow {
                row,
                is_pending: false,
            }),
            is_mine: false,
        }
    }

    #[test]
    fn a_row_says_its_rank_its_player_and_their_score() {
        let face = Face::of(&drawn(2, "zoë"), ScoreFormat::Integer);
        assert_eq!((face.class.as_str(), face.current), ("row", None));
        assert_eq!(
            (face.rank.as_str(), face.medal.as_deref()),
            ("3", Some("3"))
        );
        assert_eq!((face.row_index.as_str(), face.place.as_str()), ("4", "3"));
        assert_eq!((face.name.as_str(), face.initial.as_str()), ("zoë", "Z"));
        assert_eq!((face.score.as_str(), face.note), ("12,345", ""));
        assert_eq!(face.top, "95.8px");
        let fourth = Face::of(&drawn(3, "zoë"), ScoreFormat::Integer);
        assert_eq!(fourth.medal, None);
    }

    #[test]
    fn what_is_the_readers_and_what_is_on_its_way_says_so() {
        let mut mine = drawn(7, "Ann");
        mine.is_mine = true;
        let face = Face::of(&mine, ScoreFormat::Integer);
        assert_eq!(
            (face.class.as_str(), face.current),
            ("row me", Some("true"))
        );
        mine.row.as_mut().unwrap().is_pending = true;
        let face = Face::of(&mine, ScoreFormat::Integer);
        assert_eq!(
            (face.class.as_str(), face.note),
            ("row me pending", "pending")
        );
    }

    #[test]
    fn what_may_have_no_room_is_cut_off() {
        let class = |name| Face::of(&drawn(3, name), ScoreFormat::Integer).name_class;
        assert_eq!(class("WWWWWWWWWWWWWW"), "name");
        assert_eq!(class("WWWWWWWWWWWWWWW"), "name long");
        // One letter, as wide as ten.
        assert_eq!(class("\u{fdfd}"), "name long");
        let mut beside = drawn(3, "ann");
        beside.row.as_mut().unwrap().row.score = Score::new(9_007_199_254_740_991).unwrap();
        let face = Face::of(&beside, ScoreFormat::Integer);
        assert_eq!(face.name_class, "name long");
        let mut noted = drawn(3, "ann");
        noted.row.as_mut().unwrap().is_pending = true;
        let face = Face::of(&noted, ScoreFormat::Integer);
        assert_eq!(face.name_class, "name long");
    }

    #[test]
    fn a_row_that_has_not_come_leads_nowhere() {
        let face = Face::blank();
        assert_eq!(
            (face.class.as_str(), face.name.as_str()),
            ("row loading", "…")
        );
        assert_eq!((face.href, face.rank.as_str()), (None, ""));
    }

    #[test]
    fn names_are_text_in_html() {
        let html = face(Face::of(&drawn(0, "<b>\"&'"), ScoreFormat::Integer)).to_html();
        assert!(html.contains("&lt;b&gt;"), "{html}");
        assert!(!html.contains("<b>"), "{html}");
    }
}
