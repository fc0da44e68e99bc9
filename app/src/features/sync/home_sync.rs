//! The subscriptions of the home page: the leaders of the boards near the screen. Also reloads the
//! page when a displayed season ends.

use leaderport::protocol::{Channel, State};
use leaderport::{PageNumber, Rank, SeasonKey, Timestamp};
use leptos::html;
use leptos::prelude::*;
use leptos_use::{UseIntersectionObserverOptions, use_intersection_observer_with_options};
use web_sys::IntersectionObserverEntry;

use super::season_end::{after_season_end, has_ended};
use crate::api::home::{BoardCard, Leader};
use crate::browser::clock::{after, now, reload_page};
use crate::browser::connection::{ChannelUpdate, Connection};
use crate::core::sync::transport::ConnectionStatus;

/// The distance from the screen within which cards are subscribed to. The page may have more boards
/// than a connection may have subscriptions.
const NEAR: &str = "400px 0px";

/// The number of leaders on a card.
const LEADERS: usize = 3;

/// The minimum length of an outage that the page reports, in milliseconds.
const OUTAGE_MILLIS: u32 = 4_000;

/// Whether the page is current.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Staleness {
    /// Not known yet: the service worker may have served a copy.
    #[default]
    Unknown,
    /// Changes arrive.
    Current,
    /// No changes arrive; with the time at which the connection was lost, if there was one.
    Stale(Option<Timestamp>),
}

/// The staleness of the page, derived from the connection's status.
#[must_use]
pub fn sync_staleness(connection: Connection) -> RwSignal<Staleness> {
    let staleness = RwSignal::new(Staleness::Unknown);
    let status = connection.status;
    let lost_at = StoredValue::new(None::<Timestamp>);
    Effect::new(move |was_connected: Option<bool>| {
        let current = status.get();
        if current.is_connected() {
            staleness.set(Staleness::Current);
        } else if current != ConnectionStatus::Connecting {
            if was_connected == Some(true) {
                lost_at.set_value(Some(now()));
            }
            after(OUTAGE_MILLIS, move || {
                if !status.get_untracked().is_connected() {
                    staleness.set(Staleness::Stale(lost_at.get_value()));
                }
            });
        }
        current.is_connected()
    });
    staleness
}

/// Reloads the page when the first of its displayed seasons ends.
pub fn reload_at_season_end(connection: Connection, cards: &[BoardCard]) {
    let ending = cards
        .iter()
        .filter_map(|card| Some((card.next_reset?, card)));
    let Some((_, card)) = ending.min_by_key(|(at, _)| *at) else {
        return;
    };
    let shown = card.season;
    let channel = Channel::Board(card.board.slug.clone());
    Effect::new(move || {
        connection.watch(&channel, None, move |update| {
            if let ChannelUpdate::State(State::Board(board), _) = update
                && has_ended(shown, &board.seasons)
            {
                // The home page has no form whose text a reload could lose.
                after_season_end(reload_page);
            }
        });
    });
}

/// Reloads the page a short time after a board has opened.
pub fn reload_after_opening() {
    after_season_end(reload_page);
}

/// The parts of a card that change.
#[derive(Clone, Copy)]
pub struct CardState {
    /// The number of players, and the leaders.
    pub top: RwSignal<(u64, Vec<Leader>)>,
    /// The reader's rank, if they have one.
    pub my_rank: RwSignal<Option<Rank>>,
}

impl CardState {
    /// The state of a card that the server rendered.
    #[must_use]
    pub fn new(card: &BoardCard) -> Self {
        Self {
            top: RwSignal::new((card.total, card.leaders.clone())),
            my_rank: RwSignal::new(card.my_rank),
        }
    }
}

/// Keeps a card current while it is near the screen.
pub fn sync_card(
    connection: Connection,
    card: &BoardCard,
    element: NodeRef<html::Li>,
    state: CardState,
) {
    let CardState { top, my_rank } = state;
    let season = SeasonKey {
        board: card.board.slug.clone(),
        season: card.season,
    };
    // A reader without a rank on the board may be unknown to the server.
    let mine = card.my_rank.map(|_| Channel::Me(season.clone()));
    let channel = Channel::Page(season, PageNumber::FIRST);
    let count = card.leaders.len().max(LEADERS);
    let take_update = move |update: ChannelUpdate<'_>| {
        if let ChannelUpdate::State(State::Page(page), _) = update {
            let leaders = page.rows.iter().take(count);
            let leaders = leaders.map(|row| (row.rank, row.name.clone(), row.score));
            let current = (page.total, leaders.collect());
            if top.get_untracked() != current {
                top.set(current);
            }
        }
    };
    let take_rank = move |update: ChannelUpdate<'_>| {
        if let ChannelUpdate::State(State::Me(mine), _) = update {
            let rank = mine.standing.map(|standing| standing.rank);
            if my_rank.get_untracked() != rank {
                my_rank.set(rank);
            }
        }
    };
    use_intersection_observer_with_options(
        element,
        move |entries, _| {
            let is_near = entries
                .last()
                .is_some_and(IntersectionObserverEntry::is_intersecting);
            if is_near {
                connection.watch(&channel, None, take_update);
                if let Some(mine) = &mine {
                    connection.watch(mine, None, take_rank);
                }
            } else {
                connection.unwatch(&channel);
                if let Some(mine) = &mine {
                    connection.unwatch(mine);
                }
            }
        },
        UseIntersectionObserverOptions::default().root_margin(NEAR),
    );
}
