//! Tests of the code's layers. A *room* is a top-level module of a crate or layer. The lists below
//! give the rooms from the top down. A room imports only from rooms below it. The logic of a live
//! board (`app/src/core`) uses neither Leptos nor the browser. No modules import each other in a
//! circle, except a module and those that contain it.
//!
//! The tests search the sources for paths, so they also cover code of other targets.

use std::collections::{BTreeMap, BTreeSet};
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

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The names that follow `prefix` in a source.
fn names_after<'a>(source: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let rest = source.split(prefix).skip(1);
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

/// The modules below a folder by their paths, like `a::b`, with their code except tests.
fn modules(folder: &str) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    for (file, source) in sources(&root().join(folder)) {
        let path = file.trim_end_matches(".rs").replace('/', "::");
        let path = path.trim_end_matches("::mod");
        let name = path.rsplit("::").next().unwrap_or(path);
        if matches!(name, "lib" | "main" | "tests") || name.ends_with("_test") {
            continue;
        }
        let code = source.split("#[cfg(test)]\nmod tests {").next();
        let lines = code.unwrap_or_default().lines();
        let code: Vec<&str> = lines
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        modules.insert(path.to_owned(), code.join("\n"));
    }
    modules
}

/// Reads a path, or several like `a::{b, c::d}`, at the beginning of a text. Returns the rest.
fn read_paths<'a>(text: &'a str, before: &[&'a str], found: &mut Vec<Vec<&'a str>>) -> &'a str {
    let (mut path, mut text) = (before.to_vec(), text);
    loop {
        if let Some(list) = text.strip_prefix('{') {
            let mut list = list;
            loop {
                list = list.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
                if list.is_empty() {
                    return list;
                }
                if let Some(rest) = list.strip_prefix('}') {
                    return rest;
                }
                let rest = read_paths(list, &path, found);
                // A star is no name.
                let skipped = rest.strip_prefix('*').unwrap_or(rest);
                if skipped.len() == list.len() {
                    return skipped;
                }
                list = skipped;
            }
        }
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if !name.is_empty() {
            path.push(name);
        }
        let Some(next) = rest.strip_prefix("::") else {
            found.push(path);
            return rest;
        };
        text = next;
    }
}

/// The modules that a module imports or declares, without those that contain it.
fn imports<'a>(own: &str, code: &str, modules: &'a BTreeMap<String, String>) -> BTreeSet<&'a str> {
    let mut paths = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            if !code[..at].ends_with(|c| is_name(c) || c == ':') {
                read_paths(&code[at..], &[], &mut paths);
            }
        }
    }
    let declared = names_after(code, "mod ");
    paths.extend(declared.into_iter().map(|child| vec!["self", child]));
    let mut imported = BTreeSet::new();
    for path in paths {
        let mut module = match path.first() {
            Some(&"crate") => Vec::new(),
            _ => own.split("::").collect(),
        };
        let mut found = None;
        for name in path {
            match name {
                "crate" | "self" => continue,
                "super" => {
                    module.pop();
                    continue;
                }
                _ => module.push(name),
            }
            let Some((known, _)) = modules.get_key_value(&module.join("::")) else {
                break;
            };
            found = Some(known.as_str());
        }
        imported.extend(found);
    }
    imported.retain(|module| *module != own && !own.starts_with(&format!("{module}::")));
    imported
}

/// The modules in circles of imports.
fn circles(modules: &BTreeMap<String, String>) -> Vec<&str> {
    let imports = modules
        .iter()
        .map(|(own, code)| (own.as_str(), imports(own, code, modules)));
    let mut left: BTreeMap<&str, BTreeSet<&str>> = imports.collect();
    loop {
        let before = left.len();
        let names: BTreeSet<&str> = left.keys().copied().collect();
        left.retain(|_, imported| !imported.is_disjoint(&names));
        let imported: BTreeSet<&str> = left.values().flatten().copied().collect();
        left.retain(|name, _| imported.contains(name));
        if left.len() == before {
            return left.into_keys().collect();
        }
    }
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
fn modules_import_each_other_in_no_circle() {
    for folder in ["app/src", "server/src", "src"] {
        let modules = modules(folder);
        let circles = circles(&modules);
        assert!(circles.is_empty(), "{folder}: {}", circles.join(", "));
    }
}

#[test]
fn circle_of_modules_is_detected() {
    let sources = [
        ("a", "use crate::{b::c::{self, Named as N}, d::*};"),
        ("b", "pub mod c;\nuse self::c::Named;"),
        (
            "b::c",
            "use super::Parent;\nfn f() { super::super::a::x() }",
        ),
        ("d", "use std::fmt::{self, Write};"),
    ];
    let modules = |count: usize| -> BTreeMap<String, String> {
        let sources = sources.iter().skip(count);
        let owned = sources.map(|(path, code)| ((*path).to_owned(), (*code).to_owned()));
        owned.collect()
    };
    assert_eq!(circles(&modules(0)), ["a", "b::c"]);
    assert!(circles(&modules(1)).is_empty());
}

#[test]
fn upward_import_is_detected() {
    let names = names_after("use crate::words; fn f() { crate::pages::x() }", "crate::");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["pages", "words"]);
    assert_eq!(
        (room("core/sync/overlay.rs"), room("error.rs")),
        ("core", "error")
    );
}
