//! What the parts of a board page share: the replica, what is pending, where
//! the list is scrolled to, who is reading.

use leaderport::protocol::{Highlight, Presence};
use leaderport::{PAGE_SIZE, Period, Position, Season, Timestamp};
use leptos::prelude::*;

use crate::api::board::{BoardView, Me, ShownBoard};
use crate::components::board::submit_form::Said;
use crate::core::overlay::{Overlay, Pending};
use crate::core::replica::Replica;
use crate::core::transport::ConnectionStatus;
use crate::core::virtual_list::{Virtualizer, pixels};

/// A guess until the list is measured; the server never draws by it.
const VIEWPORT: f64 = 720.0;

/// The state of a board page. Copied into its parts.
#[derive(Clone, Copy)]
pub struct BoardState {
    /// The board and what was first shown.
    pub first: StoredValue<BoardView>,
    /// The pages held.
    pub replica: RwSignal<Replica>,
    /// The reader's submissions that are on their way, the oldest first.
    pub pending: RwSignal<Vec<Pending>>,
    /// What the form says of the last one.
    pub said: RwSignal<Said>,
    /// How it changes the view.
    pub overlay: Memo<Option<Overlay>>,
    /// Where the list is scrolled to.
    pub list: RwSignal<Virtualizer>,
    /// Who is reading.
    pub me: RwSignal<Option<Me>>,
    /// Whether changes arrive.
    pub status: RwSignal<ConnectionStatus>,
    /// As of when what is shown is known, while changes do not arrive.
    pub as_of: RwSignal<Timestamp>,
    /// Whether the board has other settings by now than those shown.
    pub is_outdated: RwSignal<bool>,
    /// Who watches the board; nobody while it is not known.
    pub presence: RwSignal<Presence>,
    /// Whether the reader is named among them.
    pub is_seen: RwSignal<bool>,
    /// What happened lately, in order.
    pub feed: RwSignal<Vec<Highlight>>,
    /// Whether the page has come alive: before, it is what the server drew.
    pub is_alive: RwSignal<bool>,
    /// Asks the list to show a place, counted from 0.
    pub go_to: RwSignal<Option<u64>>,
    /// Whether the list keeps the reader's row in sight.
    pub is_following: RwSignal<bool>,
}

impl BoardState {
    /// The state that a page begins with.
    #[must_use]
    pub fn new(view: BoardView) -> Self {
        let mut replica = Replica::default();
        replica.snapshot(view.page.clone(), view.position);
        let replica = RwSignal::new(replica);
        let pending = RwSignal::new(Vec::<Pending>::new());
        let list = RwSignal::new(Virtualizer::new(view.page.total, VIEWPORT));
        let me = RwSignal::new(view.me.clone());
        let first = StoredValue::new(view);
        let overlay = Memo::new(move |_| {
            pending.with(|pending| {
                first.with_value(|f| replica.with(|r| Overlay::of(pending, &f.board, r)))
            })
        });
        Self {
            first,
            replica,
            pending,
            said: RwSignal::new(Said::Nothing),
            overlay,
            list,
            me,
            status: RwSignal::new(ConnectionStatus::Connecting),
            as_of: RwSignal::new(first.with_value(|f| f.now)),
            is_outdated: RwSignal::new(false),
            presence: RwSignal::new(Presence::default()),
            is_seen: RwSignal::new(false),
            feed: RwSignal::new(Vec::new()),
            is_alive: RwSignal::new(false),
            go_to: RwSignal::new(None),
            is_following: RwSignal::new(false),
        }
    }

    /// The board.
    #[must_use]
    pub fn board(&self) -> ShownBoard {
        self.first.with_value(|f| f.board.clone())
    }

    /// The path of the board's page.
    #[must_use]
    pub fn path(&self) -> String {
        self.first
            .with_value(|f| format!("/boards/{}", f.board.slug))
    }

    /// The season shown.
    #[must_use]
    pub fn season(&self) -> Season {
        self.first.with_value(|f| f.season)
    }

    /// The period of the season shown.
    #[must_use]
    pub fn period(&self) -> Period {
        self.season().period()
    }

    /// When the season shown ends, if it is running.
    #[must_use]
    pub fn next_reset(&self) -> Option<Timestamp> {
        self.first
            .with_value(|f| f.next_reset.filter(|_| f.is_running))
    }

    /// How many rows the view has.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.replica.with(Replica::total)
            + self.overlay.with(|o| o.as_ref().map_or(0, Overlay::added))
    }

    /// The place of the reader, counted from 0: the predicted one while a score is on its
    /// way, and none where they do not stand.
    #[must_use]
    pub fn my_place(&self) -> Option<u64> {
        let predicted = self.overlay.with(|o| o.as_ref().map(Overlay::place));
        // Pages tell of a move before the reader's own standing does.
        let held = || {
            let me = self.me.with(|me| me.as_ref().map(|me| me.player.clone()))?;
            self.replica.with(|replica| replica.place_of(&me))
        };
        let told = || self.me.with(|me| Some(me.as_ref()?.standing?.place));
        predicted.or_else(held).or_else(told)
    }

    /// Whether the rows are the ledger's, because the broker is away.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        let position = self.replica.with(Replica::position);
        position.is_some_and(Position::is_degraded)
    }

    /// Why no score is taken; none while scores are.
    #[must_use]
    pub fn closed(&self) -> Option<String> {
        self.first.with_value(|f| f.closed.clone())
    }

    /// The places to draw: what the server drew, until the page is alive.
    #[must_use]
    pub fn visible(&self) -> std::ops::Range<u64> {
        if self.is_alive.get() {
            self.list.with(Virtualizer::visible)
        } else {
            let page = self.first.with_value(|f| f.page.number);
            page.start()..(page.start() + PAGE_SIZE).min(self.total())
        }
    }

    /// The places that come on screen next.
    #[must_use]
    pub fn ahead(&self) -> std::ops::Range<u64> {
        if self.is_alive.get() {
            self.list.with(Virtualizer::ahead)
        } else {
            0..0
        }
    }

    /// By how many pixels rows are drawn off their places in the whole board, to a tenth.
    #[must_use]
    pub fn shift(&self) -> f64 {
        let shift = if self.is_alive.get() {
            self.list.with(Virtualizer::shift)
        } else {
            // One page, and nothing above it.
            let start = self.first.with_value(|f| f.page.number.start());
            -pixels(start)
        };
        (shift * 10.0).round() / 10.0
    }

    /// The height of the list's element in pixels.
    #[must_use]
    pub fn height(&self) -> f64 {
        if self.is_alive.get() {
            self.list.with(Virtualizer::height)
        } else {
            let rows = self.visible();
            Virtualizer::new(rows.end.saturating_sub(rows.start), VIEWPORT).height()
        }
    }

    /// In the browser: follows what is on screen, once all parts of the page are alive.
    pub fn go_live(self) {
        #[cfg(feature = "hydrate")]
        crate::browser::hydration_queue::in_turn(move || crate::features::board_sync::follow(self));
    }
}
