//! Tests of the realtime protocol over real sockets. No test sleeps: each wait is for an event, and
//! fails after ten seconds.

#[expect(dead_code, reason = "the realtime tests use only a part of it")]
mod support;

#[expect(dead_code, reason = "the realtime tests use only a part of it")]
mod watcher;

mod realtime {
    mod channels;
    mod commands;
    mod events;
    mod formats;
    mod limits;
    mod pages;
    mod periods;
    mod rate;
    mod recovery;
}
