//! What a page needs some time after it has come alive, if at all, as one part of the code:
//! each part more would cut all others into smaller ones.

use std::rc::Rc;

use futures::channel::oneshot;
use leaderport::protocol::Overtaker;
use leaderport::{Milestone, Page, PageNumber, Position, Rank, Score, ScoreFormat, SeasonKey};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlDivElement;

use crate::browser::connection::Inner;
use crate::browser::connection::event_stream::{by_asking, by_stream};
use crate::browser::page_cache;
use crate::browser::page_cache::KeptPage;
use crate::components::board::distribution;
use crate::components::toasts;
use crate::components::toasts::Toasts;
use crate::core::outbox::Kept;
use crate::core::transport::ConnectionStatus;
use crate::core::transport::Ended;
use crate::features::board_state::BoardState;
use crate::features::rank_history;
use crate::features::rank_history::{Noted, overtaken};
use crate::features::submit_outcome::{Desk, dispatch};
use crate::features::{background_sync, reflex_play, search};

/// What is to be done.
pub enum Task {
    /// Send a score, if one is given, and whatever else waits.
    Dispatch(Desk, Option<Kept>),
    /// Send what waits, from a page that is no board's.
    Courier,
    /// Show notifications.
    Notify(Toasts),
    /// Search by a name, and show who was found.
    Search(BoardState, String, HtmlDivElement),
    /// Show in their place what the reader reached so far, with what they reached just now.
    Note(
        StoredValue<Vec<Milestone>>,
        HtmlDivElement,
        ScoreFormat,
        Noted,
    ),
    /// Mark the bar of a score in its place.
    Mark(BoardState, HtmlDivElement, Option<Score>),
    /// Tell the reader who came past them, and which rank that left them.
    Overtaken(BoardState, Toasts, Vec<Overtaker>, Rank),
    /// Put the game into its place.
    Play(HtmlDivElement),
    /// Keep pages for when there is no network.
    Keep(SeasonKey, Vec<(Page, Position)>),
    /// Find one that was kept.
    Find(SeasonKey, PageNumber, oneshot::Sender<Option<KeptPage>>),
    /// Connect by an event stream, until it has ended.
    Stream(
        Rc<Inner>,
        RwSignal<ConnectionStatus>,
        oneshot::Sender<Ended>,
    ),
    /// Ask for what is watched, once.
    Ask(
        Rc<Inner>,
        RwSignal<ConnectionStatus>,
        oneshot::Sender<Ended>,
    ),
}

/// Has something done as soon as the code for it is there.
pub fn later(task: Task) {
    spawn_local(run(task));
}

#[lazy]
async fn run(task: Task) {
    // Whoever waited for an answer may be gone.
    match task {
        Task::Dispatch(desk, kept) => dispatch(&desk, kept),
        Task::Courier => background_sync::send(),
        Task::Notify(toasts) => toasts::show(toasts),
        Task::Search(state, text, results) => search::search(state, text, results).await,
        Task::Note(history, place, format, noted) => {
            rank_history::note(history, &place, format, &noted)
        }
        Task::Mark(state, place, score) => distribution::mark(state, &place, score),
        Task::Overtaken(state, toasts, by, rank) => overtaken(state, toasts, &by, rank),
        Task::Play(place) => reflex_play::load(place),
        Task::Keep(season, pages) => page_cache::keep_pages(season, pages).await,
        Task::Find(season, number, found) => {
            let _ = found.send(page_cache::page(season, number).await);
        }
        Task::Stream(inner, status, ended) => {
            let _ = ended.send(by_stream(inner, status).await);
        }
        Task::Ask(inner, status, ended) => {
            let _ = ended.send(by_asking(inner, status).await);
        }
    }
}
