//! The realtime wire over real sockets: what watchers of pages see, and what
//! becomes of commands that make no sense. Nothing here sleeps: each wait is
//! for an event, and fails after ten seconds.

#[expect(dead_code, reason = "watching needs a part of it")]
mod support;

#[expect(dead_code, reason = "the tests of pages need a part of it")]
mod watcher;

mod realtime {
    mod channels;
    mod commands;
    mod events;
    mod formats;
    mod limits;
    mod pages;
    mod rate;
    mod recovery;
}
