//! Notifies the reader when others overtake them while they are away. Most of the code is loaded on
//! demand: when the reader turns notifications on, and on later visits of that board.

use js_sys::Promise;
use leaderport::PlayerId;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::reader::push::{is_push_on, push_key, turn_push_off, turn_push_on};
use crate::browser::push::{ask_permission, can_be_notified, current, is_allowed, subscribe};
use crate::browser::storage::{store_text, stored_text};
use crate::features::board::board_state::BoardState;

/// The state of the notifications of a board in this browser.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum PushStatus {
    /// Off, or unknown.
    #[default]
    Off,
    /// Being turned on or off.
    Busy,
    /// On.
    On,
    /// The reader or the browser does not allow notifications.
    Blocked,
    /// The browser has no notifications.
    Unsupported,
    /// The last change failed.
    Failed,
}

enum PushCommand {
    /// Read the state from the server.
    Restore,
    /// Turn on, once the reader has answered.
    TurnOn(Option<Promise>),
    TurnOff,
}

/// Shows the state that this browser remembers for the reader's player, and checks it.
pub fn sync_push(state: BoardState, status: RwSignal<PushStatus>) {
    let player = Memo::new(move |_| Some(state.my_player()?.to_string()));
    Effect::new(move || {
        let player = player.get();
        if player.is_some() && remembered_player(state) == player {
            status.set(PushStatus::On);
            spawn_local(run(state, status, PushCommand::Restore));
        } else {
            status.set(PushStatus::Off);
        }
    });
}

/// Turns the notifications on or off, after a click.
pub fn toggle_push(state: BoardState, status: RwSignal<PushStatus>) {
    let command = match status.get_untracked() {
        PushStatus::Busy => return,
        PushStatus::On => PushCommand::TurnOff,
        _ if !can_be_notified() => return status.set(PushStatus::Unsupported),
        _ => PushCommand::TurnOn(ask_permission()),
    };
    status.set(PushStatus::Busy);
    spawn_local(run(state, status, command));
}

#[lazy]
fn run(state: BoardState, status: RwSignal<PushStatus>, command: PushCommand) {
    spawn_local(async move {
        let is_restored = matches!(command, PushCommand::Restore);
        let now = match command {
            PushCommand::Restore => restore(state).await,
            PushCommand::TurnOn(asked) => turn_on(state, asked).await,
            PushCommand::TurnOff => turn_off(state).await,
        };
        // A click during the check takes precedence.
        let is_superseded = is_restored && status.get_untracked() != PushStatus::On;
        if !is_superseded {
            status.set(now);
        }
        let player = untrack(|| state.my_player());
        match now {
            PushStatus::On => remember(state, player.as_ref().map(PlayerId::as_str)),
            PushStatus::Off => remember(state, None),
            _ => {}
        }
    });
}

async fn restore(state: BoardState) -> PushStatus {
    let Some(browser) = current().await else {
        return PushStatus::Off;
    };
    match is_push_on(slug(state), browser.endpoint).await {
        Ok(false) => PushStatus::Off,
        // Without a network, the remembered state is the best known one.
        Ok(true) | Err(_) => PushStatus::On,
    }
}

async fn turn_on(state: BoardState, asked: Option<Promise>) -> PushStatus {
    if !is_allowed(asked).await {
        return PushStatus::Blocked;
    }
    let Ok(key) = push_key().await else {
        return PushStatus::Failed;
    };
    let Some(browser) = subscribe(&key).await else {
        return PushStatus::Failed;
    };
    let stored = turn_push_on(slug(state), browser.endpoint, browser.p256dh, browser.auth);
    match stored.await {
        Ok(()) => PushStatus::On,
        Err(_) => PushStatus::Failed,
    }
}

async fn turn_off(state: BoardState) -> PushStatus {
    let Some(browser) = current().await else {
        return PushStatus::Off;
    };
    match turn_push_off(slug(state), browser.endpoint).await {
        Ok(()) => PushStatus::Off,
        Err(_) => PushStatus::On,
    }
}

fn slug(state: BoardState) -> String {
    state.view().board.slug.to_string()
}

/// The key in the browser's storage that holds the player who is notified of a board.
fn storage_key(state: BoardState) -> String {
    format!("leaderport.push.{}", state.view().board.slug)
}

fn remembered_player(state: BoardState) -> Option<String> {
    stored_text(&storage_key(state))
}

fn remember(state: BoardState, player: Option<&str>) {
    // Without storage, the next click reads the state again.
    store_text(&storage_key(state), player);
}
