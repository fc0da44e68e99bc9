//! The documents, as HTML.

use pulldown_cmark::{Options, Parser, html};

/// The realtime protocol's document.
#[must_use]
pub fn realtime_docs() -> String {
    let document = Parser::new_ext(leaderport::protocol::DOCUMENT, Options::ENABLE_TABLES);
    let mut page = String::new();
    html::push_html(&mut page, document);
    // What scrolls is reached by keyboard.
    page.replace("<pre>", r#"<pre tabindex="0">"#)
        .replace("<table>", r#"<table tabindex="0">"#)
}
