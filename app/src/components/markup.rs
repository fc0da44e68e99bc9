//! HTML as text: of what is drawn anew as a whole, by the server and the browser with the same
//! code. It takes less of a page's code than a view, of which the browser has a way to take over,
//! to make and to change each part. Whatever is put into it is escaped, but for HTML of this kind.

/// HTML that holds only what it was written with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// For the `inner_html` of an element.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<T: IntoIterator<Item = Html>>(parts: T) -> Self {
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.0.push_str(&part.0));
        all
    }
}

/// What can be put into HTML.
pub(crate) trait Piece {
    /// As it stands there, between tags and in quoted attributes.
    fn piece(&self) -> String;
}

impl Piece for Html {
    fn piece(&self) -> String {
        self.0.clone()
    }
}

impl Piece for str {
    fn piece(&self) -> String {
        let mut escaped = String::with_capacity(self.len());
        for c in self.chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                c => escaped.push(c),
            }
        }
        escaped
    }
}

impl Piece for &str {
    fn piece(&self) -> String {
        str::piece(self)
    }
}

impl Piece for String {
    fn piece(&self) -> String {
        str::piece(self)
    }
}

/// Makes [`Html`] of a literal with `{}` for each thing that is put into it. Attributes are quoted.
macro_rules! html {
    ($literal:literal $(, $piece:expr)* $(,)?) => {{
        const { assert!($crate::components::markup::puts_in_by_place($literal)) };
        $crate::components::markup::html_of(format!($literal $(, $crate::components::markup::Piece::piece(&$piece))*))
    }};
}
pub(crate) use html;

/// Whether a literal takes what is put into it by its place alone: by a name it would not be escaped.
pub(crate) const fn puts_in_by_place(literal: &str) -> bool {
    let bytes = literal.as_bytes();
    let mut n = 0;
    while n < bytes.len() {
        if bytes[n] == b'{' {
            if n + 1 == bytes.len() || bytes[n + 1] != b'}' {
                return false;
            }
            n += 1;
        }
        n += 1;
    }
    true
}

/// For [`html!`] alone, which has escaped what is in it.
pub(crate) fn html_of(escaped: String) -> Html {
    Html(escaped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_put_in_is_text() {
        let name = "<b onclick='x'>&\"".to_owned();
        let item = html!("<li title='{}'>{}</li>", name, "ann");
        assert_eq!(
            item,
            Html("<li title='&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;'>ann</li>".to_owned())
        );
        let all: Html = [item, html!("<li></li>")].into_iter().collect();
        let list = html!("<ol>{}</ol>", all).into_text();
        assert!(list.starts_with("<ol><li title='&lt;b"), "{list}");
        assert!(list.ends_with("ann</li><li></li></ol>"), "{list}");
    }

    #[test]
    fn a_literal_takes_no_names() {
        assert!(puts_in_by_place("<b>{}</b>{}") && puts_in_by_place(""));
        assert!(
            !puts_in_by_place("<b>{name}</b>")
                && !puts_in_by_place("{:?}")
                && !puts_in_by_place("{")
        );
    }

    proptest! {
        #[test]
        fn nothing_that_is_put_in_begins_a_tag_or_ends_an_attribute(text in ".*") {
            let escaped = text.piece();
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
        }
    }
}
