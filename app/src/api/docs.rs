//! The server function of the documents.

use leptos::prelude::*;

use crate::error::PageError;

/// The realtime protocol's document, as HTML.
///
/// # Errors
/// None but the way there.
#[server(prefix = "/_fn", endpoint = "realtime-docs", input = leptos::server_fn::codec::GetUrl)]
pub async fn load_realtime_docs() -> Result<String, PageError> {
    // A server function waits for something.
    Ok(std::future::ready(backend::realtime_docs()).await)
}

#[cfg(feature = "ssr")]
mod backend {
    use pulldown_cmark::{Options, Parser, html};

    pub(super) fn realtime_docs() -> String {
        let document = Parser::new_ext(leaderport::protocol::DOCUMENT, Options::ENABLE_TABLES);
        let mut page = String::new();
        html::push_html(&mut page, document);
        // What scrolls is reached by keyboard.
        page.replace("<pre>", r#"<pre tabindex="0">"#)
            .replace("<table>", r#"<table tabindex="0">"#)
    }
}
