//! The OpenAPI document: its golden copy, and that it says the same as the routes, the permissions and the
//! table of problems.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use reqwest::Method;
use serde_json::Value;

use super::access::permissions::{DEFINE, ENGINE, MODERATE, PEOPLE, operations};
use crate::support::{Answer, TestServer};

const ADDRESS: &str = "/api/v1/openapi.json";

/// Writes the golden copy, in place of a comparison.
const UPDATE: &str = "UPDATE_OPENAPI";

const METHODS: [Method; 5] = [
    Method::GET,
    Method::PUT,
    Method::POST,
    Method::PATCH,
    Method::DELETE,
];

/// A method and a path of the document.
type Operation = (String, String);

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

async fn document(server: &TestServer) -> Value {
    server.get(ADDRESS).await.expect(200)
}

/// The operations of the document.
fn documented(document: &Value) -> BTreeMap<Operation, Value> {
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("an object") {
        for (method, operation) in item.as_object().expect("an object") {
            let key = (method.to_uppercase(), path.clone());
            found.insert(key, operation.clone());
        }
    }
    found
}

/// The operation of a request.
fn operation_of<'a>(
    documented: &'a BTreeMap<Operation, Value>,
    method: &Method,
    address: &str,
) -> &'a Operation {
    let path = address.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let matches = |route: &str| {
        let wanted: Vec<&str> = route.split('/').collect();
        wanted.len() == parts.len()
            && wanted
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    let mut found = documented.keys();
    let found = found.find(|(of, route)| of == method.as_str() && matches(route));
    found.unwrap_or_else(|| panic!("{method} {address} is not in the document"))
}

/// The alternatives of credentials of an operation.
fn credentials(operation: &Value) -> &Vec<Value> {
    operation["security"].as_array().expect("a list")
}

/// Whether an operation is open to callers without credentials.
fn is_open(operation: &Value) -> bool {
    let mut alternatives = credentials(operation).iter();
    alternatives.any(|one| one.as_object().expect("an object").is_empty())
}

/// Whether an operation names this scope or role of a scheme.
fn has_scope(operation: &Value, scheme: &str, scope: &str) -> bool {
    let scopes = credentials(operation)
        .iter()
        .filter_map(|one| one.get(scheme));
    scopes
        .filter_map(Value::as_array)
        .flatten()
        .any(|named| named == scope)
}

#[tokio::test]
async fn the_document_equals_its_golden_copy() {
    let server = TestServer::start();
    let document = document(&server).await;
    let golden = repository().join("docs/openapi.json");
    if env::var_os(UPDATE).is_some() {
        let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
        fs::write(&golden, text).unwrap();
        return;
    }
    let text = fs::read_to_string(&golden).unwrap_or_default();
    let copy: Value = serde_json::from_str(&text).unwrap_or_default();
    assert!(
        copy == document,
        "docs/openapi.json is not the document of this server; write it with {UPDATE}=1, and read its difference"
    );
}

#[tokio::test]
async fn document_is_open_and_cacheable() {
    let server = TestServer::start();
    let answer = server.get(ADDRESS).await;
    assert_eq!(answer.expect(200)["openapi"], "3.1.0");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let tag = answer.header("etag");
    assert!(tag.starts_with("W/\""), "{answer:?}");
    let again = server.request(Method::GET, ADDRESS);
    let again = Answer::to(again.header("if-none-match", tag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
}

#[tokio::test]
async fn routes_answer_to_the_methods_of_the_document_alone() {
    let server = TestServer::with_players(1).await;
    let documented = documented(&document(&server).await);
    let paths: BTreeSet<&String> = documented.keys().map(|(_, path)| path).collect();
    for path in paths {
        // Without credentials, so that nothing is changed and no stream begins.
        let address = path
            .replace("{slug}", "points")
            .replace("{season}", "all")
            .replace("{player}", "p0");
        let address = address.replace("{handle}", "ada").replace("{id}", "0");
        for method in METHODS {
            let answer = Answer::to(server.request(method.clone(), &address)).await;
            let key = (method.to_string(), path.clone());
            let is_documented = documented.contains_key(&key);
            assert_eq!(answer.status != 405, is_documented, "{key:?}: {answer:?}");
            assert!(answer.status < 500, "{key:?}: {answer:?}");
            if is_documented && answer.status == 404 {
                assert_ne!(answer.json()["code"], "not_found", "{key:?}");
            }
            let answers = documented
                .get(&key)
                .map(|operation| &operation["responses"]);
            if let Some(answers) = answers {
                let status = answer.status.to_string();
                assert!(answers.get(&status).is_some(), "{key:?}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn operations_with_credentials_are_those_of_the_table_of_permissions() {
    let server = TestServer::start();
    let documented = documented(&document(&server).await);
    let restricted = documented
        .iter()
        .filter(|(_, operation)| !is_open(operation));
    let mut restricted: BTreeSet<&Operation> = restricted.map(|(key, _)| key).collect();
    // A stream, which the table's requests would wait for. It has its own test.
    let vitals = ("GET".to_owned(), "/api/v1/vitals/events".to_owned());
    assert!(restricted.remove(&vitals));
    let table: BTreeSet<&Operation> = operations()
        .iter()
        .map(|(_, method, path, _)| operation_of(&documented, method, path))
        .collect();
    assert_eq!(restricted, table);
}

#[tokio::test]
async fn scopes_and_roles_are_those_of_the_table_of_permissions() {
    let server = TestServer::start();
    let documented = documented(&document(&server).await);
    let of_admins = [
        &DEFINE[..],
        &ENGINE,
        &["engine", "health", "audit", "erase", "delete"],
        &PEOPLE,
    ]
    .concat();
    for (name, method, path, _) in operations() {
        let operation = &documented[operation_of(&documented, &method, path)];
        let is_of_key = [&DEFINE[..], &ENGINE, &MODERATE].concat().contains(&name);
        for (scheme, scope, expected) in [
            ("api_key", "admin", is_of_key),
            ("api_key", "read", ["engine", "health"].contains(&name)),
            (
                "api_key",
                "submit",
                ["submit", "batch", "another's token"].contains(&name),
            ),
            ("session", "admin", of_admins.contains(&name)),
            ("session", "moderator", ["find", "rule"].contains(&name)),
        ] {
            let named = has_scope(operation, scheme, scope);
            assert_eq!(named, expected, "{name}: {scheme} {scope}");
        }
    }
}

/// The codes of each status in the table of `docs/http-api.md`.
fn table_of_problems() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(repository().join("docs/http-api.md"));
    let text = text.expect("the file is readable");
    let rows = text.lines().filter_map(|line| {
        let (status, codes) = line.strip_prefix("| ")?.split_once(" | ")?;
        status.parse::<u16>().ok()?;
        let codes = codes.split('`').skip(1).step_by(2);
        let is_code = |code: &&str| code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let codes = codes.filter(is_code).map(str::to_owned);
        Some((status.to_owned(), codes.collect()))
    });
    rows.collect()
}

#[tokio::test]
async fn codes_are_those_of_the_table_of_problems() {
    let server = TestServer::start();
    let table = table_of_problems();
    assert!(table.len() > 8, "{table:?}");
    for (key, operation) in documented(&document(&server).await) {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let problem = &answer["content"]["application/problem+json"]["schema"]["allOf"][1];
            let codes = problem["properties"]["code"]["enum"].as_array();
            for code in codes.into_iter().flatten() {
                let code = code.as_str().unwrap();
                let known = table.get(status).is_some_and(|codes| codes.contains(code));
                assert!(known, "{key:?}: {status} {code}");
            }
        }
    }
}
