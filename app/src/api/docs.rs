//! The documentation pages, as HTML.

use pulldown_cmark::{Options, Parser, html};

/// The document of the realtime protocol, as HTML.
#[must_use]
pub fn realtime_docs() -> String {
    let document = Parser::new_ext(leaderport::protocol::DOCUMENT, Options::ENABLE_TABLES);
    let mut page = String::new();
    html::push_html(&mut page, document);
    // Scrollable elements must be reachable by keyboard.
    page.replace("<pre>", r#"<pre tabindex="0">"#)
        .replace("<table>", r#"<table tabindex="0">"#)
}
