//! The REST API and every other HTTP route, tested against the real binary.

#[expect(dead_code, reason = "the REST tests use only a part of it")]
mod support;

mod rest {
    mod access;
    mod accounts;
    mod boards;
    mod cors;
    mod csv;
    mod docs;
    mod engine;
    mod filled;
    mod import;
    mod keys;
    mod limits;
    mod moderation;
    mod oidc;
    mod pages;
    mod player;
    mod problem;
    mod refusals;
    mod seasons;
    mod serving;
    mod standings;
    mod submissions;
    mod tokens;
}
