//! Tests of the code's layers. A *room* is a top-level module of a crate or layer. The lists below
//! give the rooms from the top down. A room imports only from rooms below it. The logic of a live
//! board (`app/src/core`) uses neither Leptos nor the browser.
//!
//! The tests search the sources for `crate::ROOM`, so they also cover code of other targets.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `app/src`, from the top down.
const APP: [&str; 11] = [
    "document",
    "pages",
    "islands",
    "components",
    "features",
    "browser",
    "api",
    "core",
    "error",
    "words",
    "locale",
];

/// The rooms of `server/src`, from the top down.
const SERVER: [&str; 18] = [
    "main",
    "cli",
    "lib",
    "run",
    "router",
    "state",
    "rest",
    "push",
    "realtime",
    "metrics",
    "openapi",
    "auth",
    "http",
    "startup",
    "config",
    "rate_limit",
    "broker",
    "ledger",
];

/// The rooms of `server/src/realtime`, from the top down.
const REALTIME: [&str; 5] = ["transports", "node", "listeners", "channels", "delivery"];

/// The rooms of `src/service`, from the top down.
const SERVICE: [&str; 8] = [
    "leaderboards",
    "push",
    "people",
    "access",
    "ports",
    "error",
    "quota",
    "supervisor",
];

/// Crates that `app/src/core` must not use.
const BROWSER_CRATES: [&str; 7] = [
    "gloo_net",
    "gloo_timers",
    "idb",
    "js_sys",
    "leptos",
    "wasm_bindgen",
    "web_sys",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All sources below a folder, with their paths relative to it.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder of sources") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).expect("a path below the folder");
                let name = name.display().to_string();
                found.push((name, fs::read_to_string(&path).expect("a readable source")));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {}", folder.display());
    found
}

/// The names that follow `prefix` in a source.
fn names_after<'a>(source: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let rest = source.split(prefix).skip(1);
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let name = |rest: &'a str| rest.split(|c| !is_name(c)).next();
    rest.filter_map(name).collect()
}

fn room(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.trim_end_matches(".rs")
}

/// The imports that run up, or name a room that is not listed.
fn upward_imports(folder: &str, prefix: &str, rooms: &[&str]) -> Vec<String> {
    let floor = |room: &str| rooms.iter().position(|listed| *listed == room);
    let mut found = Vec::new();
    for (file, source) in sources(&root().join(folder)) {
        let own = room(&file);
        if own == "mod" || folder.ends_with("app/src") && own == "lib" {
            continue;
        }
        let Some(own_floor) = floor(own) else {
            found.push(format!("{folder}/{file}: the room {own} is not listed"));
            continue;
        };
        for used in names_after(&source, prefix) {
            if floor(used).is_some_and(|used| used < own_floor) {
                found.push(format!("{folder}/{file} imports {used}"));
            }
        }
    }
    found
}

#[test]
fn rooms_import_only_from_rooms_below() {
    let upward = [
        upward_imports("app/src", "crate::", &APP),
        upward_imports("server/src", "crate::", &SERVER),
        upward_imports("server/src/realtime", "crate::realtime::", &REALTIME),
        upward_imports("src/service", "crate::service::", &SERVICE),
    ];
    let upward = upward.concat();
    assert!(upward.is_empty(), "{}", upward.join("\n"));
}

#[test]
fn core_of_the_app_uses_neither_leptos_nor_the_browser() {
    for (file, source) in sources(&root().join("app/src/core")) {
        for name in BROWSER_CRATES {
            assert!(!source.contains(&format!("{name}::")), "{file} uses {name}");
        }
        let others = names_after(&source, "crate::");
        let others: Vec<_> = others.iter().filter(|room| **room != "core").collect();
        assert!(others.is_empty(), "{file} imports {others:?}");
    }
}

#[test]
fn upward_import_is_detected() {
    let names = names_after("use crate::words; fn f() { crate::pages::x() }", "crate::");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["pages", "words"]);
    assert_eq!(
        (room("core/overlay.rs"), room("error.rs")),
        ("core", "error")
    );
}
