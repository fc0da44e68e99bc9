//! The state that the components of a board's page share.

use std::ops::Range;
use std::sync::Arc;

use leaderport::protocol::{Highlight, MyPlace, Presence};
use leaderport::{
    Milestone, PAGE_SIZE, PageNumber, Period, PlayerId, Position, Row, Score, Season, SeasonKey,
    Timestamp,
};
use leptos::html;
use leptos::prelude::*;

use crate::api::board::{BoardView, Me};
use crate::browser::connection::Connection;
use crate::core::board::BoardSummary;
use crate::core::list::active_row::ActiveRow;
use crate::core::list::arrival::Arrival;
use crate::core::list::movement::FirstRanks;
use crate::core::list::spotlight::Spotlight;
use crate::core::list::virtual_list::{VirtualList, pixels};
use crate::core::reflex_game;
use crate::core::submit::outbox::{Outbox, ScoreOwner};
use crate::core::submit::submit_status::SubmitStatus;
use crate::core::sync::overlay::{Overlay, Pending, ViewRow};
use crate::core::sync::replica::Replica;
use crate::core::sync::transport::ConnectionStatus;
use crate::features::toasts::Toasts;

/// The height of the list before it is measured, in pixels; the server never uses it.
const VIEWPORT: f64 = 720.0;

/// More rows than the list shows at once, by the maximum height in the style sheet.
const MOST_ROWS: u64 = 32;

/// The height of a list without rows, which shows a text, in rows.
const ROWS_OF_EMPTY_LIST: u64 = 8;

/// The number of rows that the podium and the result of a season show.
const LEADERS: usize = 3;

/// The state of a board's page. Copied into its components.
#[derive(Clone, Copy)]
pub struct BoardState {
    /// The data that the server rendered.
    initial: StoredValue<Arc<BoardView>>,
    /// The page's connection.
    pub connection: Connection,
    /// Whether changes arrive.
    pub status: RwSignal<ConnectionStatus>,
    /// The loaded pages of the season.
    pub replica: RwSignal<Replica>,
    /// The reader's submissions that the replica does not include yet, oldest first.
    pub pending: RwSignal<Vec<Pending>>,
    /// The pending submissions laid over the replica.
    pub overlay: Memo<Option<Overlay>>,
    /// The scroll state of the list.
    pub list: RwSignal<VirtualList>,
    /// The highlighted row of the list; none before the reader chooses one.
    pub active: RwSignal<Option<ActiveRow>>,
    /// The place to which the list must scroll, counted from 0.
    pub scroll_target: RwSignal<Option<u64>>,
    /// The ranks at which the players were first seen in this visit.
    pub first_ranks: StoredValue<FirstRanks>,
    /// The row that the reader jumped to.
    pub spotlight: RwSignal<Option<Spotlight>>,
    /// The score that the reader has just submitted.
    pub arrival: StoredValue<Option<Arrival>>,
    /// Whether the list keeps the reader's row in sight.
    pub is_following_me: RwSignal<bool>,
    /// Whether a narrow screen shows the reader's card and what follows it, in place of the list.
    pub is_side_shown: RwSignal<bool>,
    /// The reader.
    pub me: RwSignal<Option<Me>>,
    /// The changes of the reader's score, oldest first.
    pub history: RwSignal<Vec<Milestone>>,
    /// The instant up to which the data on screen is current, while no changes arrive.
    pub current_at: RwSignal<Timestamp>,
    /// The age of the data on screen in milliseconds, once no changes have arrived for some time.
    pub outage: RwSignal<Option<i64>>,
    /// Whether the board's settings have changed since the page was rendered.
    pub is_outdated: RwSignal<bool>,
    /// Whether the season shown has ended and the page offers the next one.
    pub is_season_over: RwSignal<bool>,
    /// Whether the reader is in the middle of a game.
    pub is_playing: RwSignal<bool>,
    /// The readers who are on the page; empty while unknown.
    pub presence: RwSignal<Presence>,
    /// Whether the reader's name is visible to the others.
    pub is_name_visible: RwSignal<bool>,
    /// The newest events of the board, oldest first.
    pub feed: RwSignal<Vec<Highlight>>,
    /// The scores that the server has not recorded yet, of all readers of the browser.
    pub outbox: RwSignal<Outbox>,
    /// The state of the last submission.
    pub submit_status: RwSignal<SubmitStatus>,
    /// The fields of the form that submits a score.
    pub form: SubmitFields,
    /// The page's notifications.
    pub toasts: Toasts,
    /// Whether the page is hydrated. Until then it shows the rows that the server rendered.
    pub is_hydrated: RwSignal<bool>,
}

/// The fields of the form that submits a score.
#[derive(Clone, Copy, Default)]
pub struct SubmitFields {
    /// The field of the player's name.
    pub name: NodeRef<html::Input>,
    /// The field of the score; none on a board whose game makes the scores.
    pub score: NodeRef<html::Input>,
}

impl BoardState {
    /// The state of a page that the server rendered from `view`.
    #[must_use]
    pub fn new(view: BoardView) -> Self {
        let mut replica = Replica::default();
        replica.snapshot(view.page.clone(), view.position);
        let replica = RwSignal::new(replica);
        let pending = RwSignal::new(Vec::<Pending>::new());
        let connection = Connection::new();
        let list = VirtualList::new(view.page.total, VIEWPORT);
        let history = view.me.as_ref().map(|me| me.history.clone());
        let (me, current_at) = (view.me.clone(), view.now);
        let spotlight = view.target.clone().map(|target| Spotlight {
            target,
            is_pulsing: false,
        });
        let view = Arc::new(view);
        let initial = StoredValue::new(view.clone());
        let overlay = Memo::new(move |_| {
            let (pending, replica) = (pending.read(), replica.read());
            let exact = Overlay::of(&pending, &view.board, &replica);
            exact.or_else(|| Overlay::estimated(&pending, &view.board, &replica, &view.sketch))
        });
        Self {
            initial,
            connection,
            status: connection.status,
            replica,
            pending,
            overlay,
            list: RwSignal::new(list),
            active: RwSignal::new(None),
            scroll_target: RwSignal::new(None),
            first_ranks: StoredValue::new(FirstRanks::default()),
            spotlight: RwSignal::new(spotlight),
            arrival: StoredValue::new(None),
            is_following_me: RwSignal::new(false),
            is_side_shown: RwSignal::new(false),
            me: RwSignal::new(me),
            history: RwSignal::new(history.unwrap_or_default()),
            current_at: RwSignal::new(current_at),
            outage: RwSignal::new(None),
            is_outdated: RwSignal::new(false),
            is_season_over: RwSignal::new(false),
            is_playing: RwSignal::new(false),
            presence: RwSignal::new(Presence::default()),
            is_name_visible: RwSignal::new(false),
            feed: RwSignal::new(Vec::new()),
            outbox: RwSignal::new(Outbox::default()),
            submit_status: RwSignal::new(SubmitStatus::Idle),
            form: SubmitFields::default(),
            toasts: Toasts::default(),
            is_hydrated: RwSignal::new(false),
        }
    }

    /// The board, and the data that the server rendered.
    #[must_use]
    pub fn view(&self) -> Arc<BoardView> {
        self.initial.get_value()
    }

    /// The first three rows of the season; fewer if it has fewer.
    #[must_use]
    pub fn leaders(&self) -> Vec<Row> {
        let (view, replica) = (self.view(), self.replica.read());
        let first = replica.page(PageNumber::FIRST);
        let rows = first.map_or(&view.leaders, |(page, _)| &page.rows);
        rows.iter().take(LEADERS).cloned().collect()
    }

    /// The best score of the season; none without rows.
    #[must_use]
    pub fn best_score(&self) -> Option<Score> {
        let (view, replica) = (self.view(), self.replica.read());
        let first = replica.page(PageNumber::FIRST);
        let rows = first.map_or(&view.leaders, |(page, _)| &page.rows);
        rows.first().map(|row| row.score)
    }

    /// The reader's standing; none while they are not ranked.
    #[must_use]
    pub fn my_standing(&self) -> Option<MyPlace> {
        self.me.read().as_ref()?.standing
    }

    /// The reader's player; none for an unknown reader.
    #[must_use]
    pub fn my_player(&self) -> Option<PlayerId> {
        self.me.read().as_ref().map(|me| me.player.clone())
    }

    /// The reader, as the owner of queued scores; none for an unknown reader.
    #[must_use]
    pub fn owner(&self) -> Option<ScoreOwner> {
        self.me.read().as_ref().map(|me| me.owner.clone())
    }

    /// The board.
    #[must_use]
    pub fn board(&self) -> BoardSummary {
        self.view().board.clone()
    }

    /// The path of the board's page.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/boards/{}", self.view().board.slug)
    }

    /// The season shown.
    #[must_use]
    pub fn season(&self) -> Season {
        self.view().season
    }

    /// The board and the season shown.
    #[must_use]
    pub fn season_key(&self) -> SeasonKey {
        let view = self.view();
        SeasonKey {
            board: view.board.slug.clone(),
            season: view.season,
        }
    }

    /// The period of the season shown.
    #[must_use]
    pub fn period(&self) -> Period {
        self.season().period()
    }

    /// The end of the season shown, if it is running.
    #[must_use]
    pub fn next_reset(&self) -> Option<Timestamp> {
        let view = self.view();
        view.next_reset.filter(|_| view.is_running)
    }

    /// The number of rows, including the reader's pending row.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.replica.read().total() + self.overlay.read().as_ref().map_or(0, Overlay::added)
    }

    /// The reader's place, counted from 0: the predicted one while a score is pending. None while
    /// the reader is not ranked.
    #[must_use]
    pub fn my_place(&self) -> Option<u64> {
        let predicted = self.overlay.read().as_ref().map(Overlay::place);
        // A page may include a move before the channel of the reader's own standing does.
        let in_replica = || {
            let me = self.my_player()?;
            self.replica.read().place_of(&me)
        };
        let standing = || self.my_standing().map(|place| place.place);
        predicted.or_else(in_replica).or_else(standing)
    }

    /// The reader's rank and score as the list shows them: the predicted ones while a score is
    /// pending. None while the reader is not ranked.
    #[must_use]
    pub fn my_row(&self) -> Option<ViewRow> {
        if let Some(overlay) = self.overlay.read().as_ref() {
            return Some(overlay.mine().clone());
        }
        let me = self.me.get()?;
        let standing = me.standing?;
        let replica = self.replica.read();
        // Only this page is subscribed to. The reader may be on another page that is out of date.
        let page = replica.page(PageNumber::holding(standing.place));
        let row = page.and_then(|(page, _)| page.rows.iter().find(|row| row.player == me.player));
        Some(row.map_or_else(
            || ViewRow {
                rank: standing.rank,
                player: Some(me.player.clone()),
                name: me.name.clone(),
                score: standing.score,
                is_pending: false,
            },
            ViewRow::from,
        ))
    }

    /// Whether the rows come from the ledger, because the broker is down.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        let position = self.replica.read().position();
        position.is_some_and(Position::is_degraded)
    }

    /// The reason why the reader cannot submit a score; none if they can.
    #[must_use]
    pub fn closed(&self) -> Option<String> {
        self.view().closed.clone()
    }

    /// Whether the scores of the board come from its game, and the reader can play it.
    #[must_use]
    pub fn has_game(&self) -> bool {
        self.closed().is_none() && reflex_game::is_of(&self.board())
    }

    /// Whether a narrow screen shows one part of the page at a time, because the list is long. A list
    /// that the server rendered whole precedes the rest of the page.
    #[must_use]
    pub fn has_parts(&self) -> bool {
        self.is_hydrated.get() && self.view().page.total > PAGE_SIZE
    }

    /// The part of the page that a narrow screen shows; none if it shows both.
    #[must_use]
    pub fn part(&self) -> Option<&'static str> {
        self.has_parts().then(|| {
            if self.is_side_shown.get() {
                "side"
            } else {
                "list"
            }
        })
    }

    /// The places to draw: until hydration those of the rendered page, then those on screen.
    #[must_use]
    pub fn visible(&self) -> Range<u64> {
        if self.is_hydrated.get() {
            self.list.read().visible()
        } else {
            let page = self.view().page.number;
            page.start()..(page.start() + PAGE_SIZE).min(self.total())
        }
    }

    /// The places that come on screen next.
    #[must_use]
    pub fn ahead(&self) -> Range<u64> {
        if self.is_hydrated.get() {
            self.list.read().ahead()
        } else {
            0..0
        }
    }

    /// The offset of drawn rows from their positions on the whole board, in pixels, rounded to a
    /// tenth.
    #[must_use]
    pub fn shift(&self) -> f64 {
        let shift = if self.is_hydrated.get() {
            self.list.read().shift()
        } else {
            // The rendered page starts at the top of the list.
            let start = self.view().page.number.start();
            -pixels(start)
        };
        (shift * 10.0).round() / 10.0
    }

    /// The height of the list in rows, if the screen is high enough; the style sheet limits it by the
    /// screen.
    #[must_use]
    pub fn rows_of_list(&self) -> u64 {
        match self.total() {
            0 => ROWS_OF_EMPTY_LIST,
            total => total.min(MOST_ROWS),
        }
    }

    /// The height of the list's element, in pixels.
    #[must_use]
    pub fn height(&self) -> f64 {
        if self.is_hydrated.get() {
            self.list.read().height()
        } else {
            let rows = self.visible();
            VirtualList::new(rows.end.saturating_sub(rows.start), VIEWPORT).height()
        }
    }
}
