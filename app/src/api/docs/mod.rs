//! The documents of the repository's folder `docs`, embedded in the binary and rendered as HTML.
//!
//! A document has the address of its file without `.md`: `docs/decisions/0001-x.md` is at
//! `/docs/decisions/0001-x`. `README.md` has the address of its folder. The realtime protocol,
//! which is next to its code, is a document, too. All are rendered at the first request.

#[cfg(test)]
mod links_test;
mod markdown;

use std::borrow::Cow;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

pub use self::markdown::Heading;

/// The Markdown files, and the files that they link to.
#[derive(RustEmbed)]
#[folder = "../docs"]
#[include = "*.md"]
#[include = "images/*"]
#[include = "recipes/data/*"]
struct Files;

/// The path of the realtime protocol's document in the repository, and its address.
const PROTOCOL: (&str, &str) = ("src/protocol/realtime.md", "/docs/realtime-protocol");

/// The documents whose links determine the order of the table of contents.
const INDEXES: [&str; 2] = ["/docs", "/docs/recipes"];

static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(render_all);

/// A rendered document.
#[derive(Debug)]
pub struct Document {
    /// The path of its page: `/docs/concepts`.
    pub address: String,
    /// The part of the contents that lists it. An appendix of another document has none.
    pub group: Option<Group>,
    /// Whether it is the first page of its group.
    pub is_index: bool,
    /// Its first heading.
    pub title: Heading,
    /// Its headings of the second level.
    pub sections: Vec<Heading>,
    /// The content after the title, as HTML.
    pub html: String,
    /// The addresses of its links, in order, without anchors.
    links: Vec<String>,
}

/// A part of the contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The files directly in `docs`, and the protocol.
    Guide,
    /// The folder `recipes`.
    Recipes,
    /// The folder `decisions`.
    Decisions,
}

/// The document at an address, such as `/docs/concepts`.
#[must_use]
pub fn find(address: &str) -> Option<&'static Document> {
    DOCUMENTS
        .iter()
        .find(|document| document.address == address)
}

/// The documents of a group, in the order of the contents.
pub fn list(group: Group) -> impl Iterator<Item = &'static Document> {
    DOCUMENTS
        .iter()
        .filter(move |document| document.group == Some(group))
}

/// A file that documents link to, such as a picture: its media type and its content.
#[must_use]
pub fn file(address: &str) -> Option<(String, Cow<'static, [u8]>)> {
    let path = address.strip_prefix("/docs/")?;
    if is_document(path) {
        return None;
    }
    let file = Files::get(path)?;
    Some((file.metadata.mimetype().to_owned(), file.data))
}

fn is_document(path: &str) -> bool {
    path.strip_suffix(".md").is_some()
}

/// All documents, in the order of the table of contents: first in the order of the indexes' links,
/// then by name.
fn render_all() -> Vec<Document> {
    let mut documents = Vec::new();
    for path in Files::iter().filter(|path| is_document(path)) {
        let file = Files::get(&path).expect("the file is listed");
        let markdown = std::str::from_utf8(&file.data).expect("documents are UTF-8");
        documents.push(document(&format!("docs/{path}"), markdown));
    }
    // Module documentation has no title.
    let protocol = format!("# Realtime protocol\n\n{}", leaderport::protocol::DOCUMENT);
    documents.push(document(PROTOCOL.0, &protocol));

    let mut order = Vec::new();
    for index in INDEXES {
        let index = documents.iter().filter(|of| of.address == index);
        for page in index {
            order.push(page.address.clone());
            order.extend_from_slice(&page.links);
        }
    }
    let position = |address: &String| order.iter().position(|listed| listed == address);
    documents.sort_by_cached_key(|document| {
        let position = position(&document.address).unwrap_or(order.len());
        (document.group, position, document.address.clone())
    });
    documents
}

/// Renders a document of the repository.
fn document(path: &str, markdown: &str) -> Document {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let rendered = markdown::render(markdown, |target| served_at(folder, target));
    let group = match folder {
        "docs" | "src/protocol" => Some(Group::Guide),
        "docs/recipes" => Some(Group::Recipes),
        "docs/decisions" => Some(Group::Decisions),
        _ => None,
    };
    Document {
        address: address(path).expect("a document is served"),
        group,
        is_index: name == "README.md",
        title: rendered.title,
        sections: rendered.sections,
        html: rendered.html,
        links: rendered.links,
    }
}

/// The address on the site for a link's target, relative to `folder`. None for code and other files
/// of the repository, which are not served.
fn served_at(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('#') || target.contains(':') {
        return Some(target.to_owned());
    }
    let (file, anchor) = target.split_at(target.find('#').unwrap_or(target.len()));
    let address = address(&resolve(folder, file))?;
    Some(address + anchor)
}

/// The address of a file of the repository, if it is served.
fn address(path: &str) -> Option<String> {
    if path == PROTOCOL.0 {
        return Some(PROTOCOL.1.to_owned());
    }
    let file = path.strip_prefix("docs/")?;
    Files::get(file)?;
    let page = file.strip_suffix(".md").unwrap_or(file);
    let page = page.strip_suffix("README").unwrap_or(page);
    Some(format!("/docs/{page}").trim_end_matches('/').to_owned())
}

/// The path in the repository of a path that is relative to `folder`.
fn resolve(folder: &str, relative: &str) -> String {
    let mut path: Vec<&str> = folder.split('/').collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::{Document, Group, file, find, list, served_at};

    #[test]
    fn links_lead_to_pages_and_files_of_the_site() {
        let check = |folder: &str, target: &str, address: Option<&str>| {
            let served = served_at(folder, target);
            assert_eq!(served.as_deref(), address, "{target} in {folder}");
        };
        let dark = "/docs/images/board-dark.png";
        check("docs", "concepts.md#boards", Some("/docs/concepts#boards"));
        check("docs", "#boards", Some("#boards"));
        check("docs", "decisions/README.md", Some("/docs/decisions"));
        check("docs/decisions", "../pages.md", Some("/docs/pages"));
        check("docs/recipes", "../images/board-dark.png", Some(dark));
        let protocol = Some("/docs/realtime-protocol");
        check("docs", "../src/protocol/realtime.md", protocol);
        let elsewhere = "https://example.com/a.md";
        check("docs", elsewhere, Some(elsewhere));
        check("docs", "../README.md", None);
        check("docs/decisions", "../../app/src/lib.rs", None);
        check("docs", "no-such-document.md", None);
    }

    #[test]
    fn contents_follow_the_links_of_the_indexes() {
        let addresses = |group| -> Vec<&str> { list(group).map(|of| &*of.address).collect() };
        let guide = addresses(Group::Guide);
        assert_eq!(guide[..2], ["/docs", "/docs/getting-started"]);
        assert!(guide.contains(&"/docs/realtime-protocol"), "{guide:?}");
        assert_eq!(addresses(Group::Recipes)[0], "/docs/recipes");
        let decisions = addresses(Group::Decisions);
        assert_eq!(decisions[0], "/docs/decisions");
        assert!(decisions[1..].is_sorted(), "{decisions:?}");
        let index = find("/docs").expect("the contents are served");
        let is_linked = |of: &Document| of.is_index || index.links.contains(&of.address);
        assert!(list(Group::Guide).all(is_linked), "{:?}", index.links);
    }

    #[test]
    fn only_files_that_are_no_documents_are_served_as_files() {
        let (kind, content) = file("/docs/images/board-dark.png").expect("a picture");
        assert_eq!(kind, "image/png");
        assert!(content.starts_with(b"\x89PNG"));
        for none in ["/docs/concepts.md", "/docs/images/none.png", "/images"] {
            assert!(file(none).is_none(), "{none}");
        }
    }
}
