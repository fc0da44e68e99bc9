//! Tests of the documents under `/docs`: all are served, and their links have targets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::TestServer;

/// The tags of a page, without their brackets. Text has no brackets, because they are escaped.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    let after = html.split('<').skip(1);
    after.filter_map(|rest| rest.split('>').next())
}

/// The values of an attribute in a page.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let begins = format!(" {attribute}=\"");
    let value = |tag: &'a str| tag.split_once(&begins)?.1.split('"').next();
    tags(html).filter_map(value).collect()
}

/// The links and pictures of a page that lead to documents, with their anchors.
fn targets(page: &str, html: &str) -> Vec<(String, String)> {
    let links = [values(html, "href"), values(html, "src")].concat();
    let target = |link: &str| {
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let path = if path.is_empty() { page } else { path };
        (path.to_owned(), anchor.to_owned())
    };
    let is_document = |(path, _): &(String, String)| path == "/docs" || path.starts_with("/docs/");
    links.into_iter().map(target).filter(is_document).collect()
}

/// The addresses of the documents below a folder of the repository, whose address is `address`.
fn addresses(folder: &Path, address: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_stem().expect("a name").display().to_string();
        if path.is_dir() {
            found.extend(addresses(&path, &format!("{address}/{name}")));
        } else if path.extension().is_some_and(|of| of == "md") {
            found.insert(match name.as_str() {
                "README" => address.to_owned(),
                name => format!("{address}/{name}"),
            });
        }
    }
    found
}

#[tokio::test]
async fn every_document_is_linked_and_every_link_has_a_target() {
    let server = TestServer::start();
    let mut pages: BTreeMap<String, String> = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    let mut found = vec!["/docs".to_owned()];
    while let Some(page) = found.pop() {
        if pages.contains_key(&page) {
            continue;
        }
        let answer = server.get(&page).await;
        assert_eq!(answer.status, 200, "{page}");
        let is_page = answer.header("content-type").starts_with("text/html");
        let html = if is_page { answer.text } else { String::new() };
        for (path, anchor) in targets(&page, &html) {
            found.push(path.clone());
            wanted.insert((path, anchor, page.clone()));
        }
        pages.insert(page, html);
    }
    for (path, anchor, page) in wanted {
        let ids = values(&pages[&path], "id");
        let is_there = anchor.is_empty() || ids.contains(&anchor.as_str());
        assert!(is_there, "{page} links to {path}#{anchor}");
    }
    for (page, html) in &pages {
        let ids = values(html, "id");
        let different: BTreeSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len(), "ids of {page}: {ids:?}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let documents = addresses(&folder, "/docs");
    let missing: Vec<_> = documents
        .iter()
        .filter(|of| !pages.contains_key(*of))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn document_has_its_title_its_language_and_its_place_in_the_contents() {
    let server = TestServer::start();
    let page = server.get("/docs/concepts").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for expected in [
        "<title>Concepts · LeaderPort</title>",
        "<h2 id=\"boards\">Boards</h2>",
        "<a href=\"#boards\">Boards</a>",
    ] {
        assert!(page.text.contains(expected), "{expected}: {}", page.text);
    }
    let is_current = |tag: &&str| tag.contains("aria-current=\"page\"");
    let current: Vec<&str> = tags(&page.text).filter(is_current).collect();
    assert_eq!(current.len(), 1, "{current:?}");
    assert!(current[0].contains("\"/docs/concepts\""), "{current:?}");
    let article = tags(&page.text).find(|tag| tag.starts_with("article "));
    assert!(
        article.is_some_and(|tag| tag.contains("lang=\"en\"")),
        "{article:?}"
    );
}

#[tokio::test]
async fn both_documents_of_the_realtime_protocol_are_served() {
    let server = TestServer::start();
    for (path, text) in [
        ("/docs/realtime", "id=\"with-curl\""),
        ("/docs/realtime-protocol", "leaderport.v1.json"),
    ] {
        let page = server.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains(text), "{text} is not in {}", page.text);
    }
}

#[tokio::test]
async fn files_of_documents_have_their_media_type() {
    let server = TestServer::start();
    for (path, kind) in [
        ("/docs/images/board-light.png", "image/png"),
        ("/docs/images/board-dark.png", "image/png"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), kind, "{path}");
    }
}

#[tokio::test]
async fn unknown_document_is_not_found() {
    let server = TestServer::start();
    for path in [
        "/docs/nothing",
        "/docs/decisions/nothing",
        "/docs/concepts.md",
        "/docs/concepts/nothing",
        "/docs/README",
        "/docs/images/nothing.png",
        "/docs/images/nothing/at.png",
        "/docs/..%2fREADME",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
    let page = server.get("/docs/nothing").await;
    assert!(page.header("content-type").starts_with("text/html"));
}
