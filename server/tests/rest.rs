//! The REST API and every other HTTP route, tested against the real binary.

#[expect(dead_code, reason = "the REST tests use only a part of it")]
mod support;

mod rest {
    mod access;
    mod accounts;
    mod boards;
    mod config_file;
    mod connections;
    mod conventions;
    mod cors;
    mod csv;
    mod deletion;
    mod docs;
    mod emblems;
    mod engine;
    mod files;
    mod filled;
    mod https;
    mod idempotency;
    mod import;
    mod keys;
    mod limits;
    mod moderation;
    mod nodes;
    mod oidc;
    mod openapi;
    mod operators;
    mod pages;
    mod pages_cache;
    mod player;
    mod problem;
    mod push;
    mod refusals;
    mod seasons;
    mod serving;
    mod settings;
    mod standings;
    mod start_failures;
    mod startup;
    mod submissions;
    mod tls;
    mod tokens;
}
