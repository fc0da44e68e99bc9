//! Rendering of a Markdown document. Headings have the anchors that GitHub gives them, so that a
//! link works on both sites.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A heading, and the name of its anchor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// The id of the element.
    pub anchor: String,
    /// The text, without markup.
    pub text: String,
}

/// A document in parts.
pub(super) struct Rendered {
    pub(super) title: Heading,
    /// The headings of the second level.
    pub(super) sections: Vec<Heading>,
    /// The content after the title.
    pub(super) html: String,
    /// The targets of all links and pictures, in order, without anchors.
    pub(super) links: Vec<String>,
}

/// Renders a document that begins with its title. `address` maps the target of a link or picture to
/// an address of the site. If `address` returns none, only the text of the link remains.
pub(super) fn render(markdown: &str, address: impl Fn(&str) -> Option<String>) -> Rendered {
    let mut events = parse(markdown);
    let headings = headings(&events);
    let is_title = |event: &Event| matches!(event, Event::End(TagEnd::Heading(HeadingLevel::H1)));
    let title_end = events.iter().position(is_title);
    let body = events.split_off(title_end.map_or(0, |end| end + 1));

    let rest = headings.iter().skip(usize::from(title_end.is_some()));
    let mut anchors = rest.map(|(_, heading)| CowStr::from(heading.anchor.clone()));
    let mut links = Vec::new();
    // For each open link or picture: whether it has an address and therefore remains.
    let mut open_links = Vec::new();
    let mut content = Vec::with_capacity(body.len());
    for mut event in body {
        match &mut event {
            Event::Start(Tag::Heading { id, .. }) => *id = anchors.next(),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let found = address(dest_url);
                open_links.push(found.is_some());
                let Some(found) = found else { continue };
                links.push(found.split('#').next().unwrap_or_default().to_owned());
                *dest_url = CowStr::from(found);
            }
            Event::End(TagEnd::Link | TagEnd::Image) if open_links.pop() == Some(false) => continue,
            _ => {}
        }
        content.push(event);
    }
    let mut page = String::new();
    html::push_html(&mut page, content.into_iter());

    let of_level = |level: HeadingLevel| {
        let found = headings.iter().filter(move |(of, _)| *of == level);
        found.map(|(_, heading)| heading.clone())
    };
    Rendered {
        title: of_level(HeadingLevel::H1).next().unwrap_or_default(),
        sections: of_level(HeadingLevel::H2).collect(),
        // Scrollable elements must be reachable by keyboard.
        html: page
            .replace("<pre>", r#"<pre tabindex="0">"#)
            .replace("<table>", r#"<table tabindex="0">"#),
        links,
    }
}

/// The parsed document.
pub(super) fn parse(markdown: &str) -> Vec<Event<'_>> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES).collect()
}

/// The headings of a parsed document, with their levels.
pub(super) fn headings(events: &[Event]) -> Vec<(HeadingLevel, Heading)> {
    let mut used: HashMap<String, usize> = HashMap::new();
    let starts = events.iter().enumerate();
    let starts = starts.filter_map(|(at, event)| match event {
        Event::Start(Tag::Heading { level, .. }) => Some((at, *level)),
        _ => None,
    });
    starts
        .map(|(at, level)| {
            let is_inside = |event: &&Event| !matches!(event, Event::End(TagEnd::Heading(_)));
            let inside = events[at..].iter().take_while(is_inside);
            let texts = inside.filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(&**text),
                _ => None,
            });
            let text: String = texts.collect();
            let slug = slug(&text);
            let count = used.entry(slug.clone()).or_default();
            let anchor = match *count {
                0 => slug,
                repeated => format!("{slug}-{repeated}"),
            };
            *count += 1;
            (level, Heading { anchor, text })
        })
        .collect()
}

/// The anchor of a heading's text on GitHub: in lower case, with a hyphen for each space, and
/// without punctuation.
fn slug(text: &str) -> String {
    let text = text.to_lowercase().replace(' ', "-");
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    text.chars().filter(is_kept).collect()
}

#[cfg(test)]
mod tests {
    use super::{Heading, headings, parse, render, slug};

    #[test]
    fn anchors_are_those_of_github() {
        for (text, anchor) in [
            ("Getting started", "getting-started"),
            ("The domain: src/", "the-domain-src"),
            ("Outside /api/v1", "outside-apiv1"),
            ("leaderport status, sync", "leaderport-status-sync"),
            ("clear-cache & snake_case", "clear-cache--snake_case"),
            ("0047. Site files", "0047-site-files"),
        ] {
            assert_eq!(slug(text), anchor);
        }
        let events = parse("# A\n## `B` *c*\n## B c\n### B c");
        let found = headings(&events).into_iter();
        let anchors: Vec<_> = found.map(|(_, heading)| heading.anchor).collect();
        assert_eq!(anchors, ["a", "b-c", "b-c-1", "b-c-2"]);
    }

    #[test]
    fn links_lead_to_the_site_or_become_text() {
        let markdown = "# T\n\n[`code`](x.rs) [page](a.md#b) ![alt](x.rs)\n\n## Two\n\n### Three";
        let address = |target: &str| {
            let page = target.strip_prefix("a.md");
            page.map(|anchor| format!("/docs/a{anchor}"))
        };
        let rendered = render(markdown, address);
        let heading = |anchor: &str, text: &str| Heading {
            anchor: anchor.to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(rendered.title, heading("t", "T"));
        assert_eq!(rendered.sections, [heading("two", "Two")]);
        assert_eq!(rendered.links, ["/docs/a"]);
        let html = "<p><code>code</code> <a href=\"/docs/a#b\">page</a> alt</p>\n\
                    <h2 id=\"two\">Two</h2>\n<h3 id=\"three\">Three</h3>\n";
        assert_eq!(rendered.html, html);
    }
}
