//! The choice of the pages' language.

use leptos::prelude::*;

use crate::error::PageError;

/// Stores the reader's language in a cookie; `language` is its BCP 47 tag. It is the action of a
/// plain form: the answer leads back to the form's page.
///
/// # Errors
/// Refuses a language that the pages are not written in.
#[server(prefix = "/_fn", endpoint = "language")]
pub async fn choose_language(language: String) -> Result<(), PageError> {
    let chosen = std::future::ready(backend::choose_language(&language));
    chosen.await
}

#[cfg(feature = "ssr")]
mod backend {
    use leaderport::InvalidValue;

    use super::super::request::Request;
    use crate::error::PageError;
    use crate::locale::{Language, set_language};

    pub(super) fn choose_language(code: &str) -> Result<(), PageError> {
        let request = Request::current();
        let language = Language::from_code(code).ok_or_else(|| {
            let codes = Language::ALL.map(Language::code).join(", ");
            InvalidValue::new("language", code, format!("must be one of {codes}")).into()
        });
        let language = request.with_status(language)?;
        request.set_cookies(vec![set_language(language)]);
        Ok(())
    }
}
