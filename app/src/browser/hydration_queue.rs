//! What is done while a page comes alive, one thing after the other, each in a task of its own:
//! in between, the page answers to whoever uses it. Of a page that is hidden, all at once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use leptos::prelude::*;

type Turn = Box<dyn FnOnce()>;

thread_local! {
    static WAITING: RefCell<VecDeque<Turn>> = const { RefCell::new(VecDeque::new()) };
    /// Whether the next turn has been asked for.
    static IS_ASKED_FOR: Cell<bool> = const { Cell::new(false) };
}

/// Does something as the owner of now, after all that waits already.
pub fn in_turn(run: impl FnOnce() + 'static) {
    let owner = Owner::current();
    let run: Turn = match owner {
        Some(owner) => Box::new(move || owner.with(run)),
        None => Box::new(run),
    };
    WAITING.with_borrow_mut(|waiting| waiting.push_back(run));
    if !IS_ASKED_FOR.replace(true) {
        ask();
    }
}

fn ask() {
    set_timeout(take, Duration::ZERO);
}

fn take() {
    loop {
        let Some(run) = WAITING.with_borrow_mut(VecDeque::pop_front) else {
            IS_ASKED_FOR.set(false);
            return;
        };
        run();
        // Nobody uses what is hidden, and it gets few turns.
        if !document().hidden() {
            return ask();
        }
    }
}
