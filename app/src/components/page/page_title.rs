//! The document's title.

use leptos::prelude::*;
use leptos_meta::Title;

/// Sets the document's title to a text that a user may have written.
///
/// On the server, `leptos_meta` does not escape the title, so it is escaped here. In the browser,
/// the title is set as text.
#[component]
pub fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    let text = if cfg!(feature = "ssr") {
        escaped(&text)
    } else {
        text
    };
    view! { <Title text /> }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_title_cannot_end_itself() {
        assert_eq!(
            escaped("</title><script>&"),
            "&lt;/title&gt;&lt;script&gt;&amp;"
        );
    }
}
