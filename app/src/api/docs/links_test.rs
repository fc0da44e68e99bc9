//! Tests of the repository's documents: every relative link, picture and anchor has a target, and
//! every document is served.

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Tag};

use super::markdown::{headings, parse};
use super::{address, find};

/// The documents outside `docs`.
const ROOT: [&str; 4] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The paths of the files below a folder of the repository that have the extension `md`.
fn documents_below(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(repository().join(folder)).expect("a folder") {
        let entry = entry.expect("a readable folder");
        let path = format!("{folder}/{}", entry.file_name().display());
        if entry.path().is_dir() {
            found.extend(documents_below(&path));
        } else if entry.path().extension().is_some_and(|of| of == "md") {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The targets of links and pictures, also those in HTML.
fn targets(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    for event in parse(markdown) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.push(dest_url.to_string());
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for attribute in ["href=\"", "src=\"", "srcset=\""] {
                    let values = html.split(attribute).skip(1);
                    let values = values.filter_map(|rest| rest.split('"').next());
                    found.extend(values.map(str::to_owned));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a target exists that is relative to the document at `path`.
fn exists(path: &Path, target: &str) -> bool {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() {
        path.to_owned()
    } else {
        path.with_file_name("").join(file)
    };
    let is_document = file.extension().is_some_and(|of| of == "md");
    if !file.exists() || anchor.is_empty() || !is_document {
        return file.exists();
    }
    let text = read(&file);
    let headings = headings(&parse(&text));
    headings.iter().any(|(_, heading)| heading.anchor == anchor)
}

#[test]
fn relative_links_have_targets() {
    let mut documents = documents_below("docs");
    documents.extend(ROOT.map(str::to_owned));
    let mut broken = Vec::new();
    let mut checked = 0;
    for document in documents {
        let path = repository().join(&document);
        for target in targets(&read(&path)) {
            if target.contains(':') {
                continue;
            }
            checked += 1;
            if !exists(&path, &target) {
                broken.push(format!("{document}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(checked > 100, "{checked}");
}

#[test]
fn every_document_is_served_with_its_title() {
    for document in documents_below("docs") {
        let page = address(&document).and_then(|address| find(&address));
        let page = page.unwrap_or_else(|| panic!("{document} is not served"));
        let title = format!("# {}\n", page.title.text);
        let text = read(&repository().join(&document));
        assert!(text.replace('`', "").starts_with(&title), "{document}");
    }
}

#[test]
fn a_broken_link_is_found() {
    let path = repository().join("docs/concepts.md");
    for (target, is_valid) in [
        ("pages.md", true),
        ("pages.md#the-board", true),
        ("#boards", true),
        ("../Cargo.toml", true),
        ("pages.md#no-such-heading", false),
        ("no-such-page.md", false),
        ("pages.md/nothing", false),
    ] {
        assert_eq!(exists(&path, target), is_valid, "{target}");
    }
    let html = "<picture>\n<source srcset=\"a.png\">\n<img src=\"b.png\">\n</picture>\n";
    assert_eq!(targets(html), ["a.png", "b.png"]);
    assert_eq!(targets("[a](b.md) ![c](d.png)"), ["b.md", "d.png"]);
}
