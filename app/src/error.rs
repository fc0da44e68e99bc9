//! Errors of server functions, as pages show them.

use crate::locale::{Language, language};
use crate::words;
use leptos::server_fn::Bytes;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::wasm_split::SplitLoaderError;
use serde::{Deserialize, Serialize};

/// A refusal, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct PageError {
    /// A stable code, the same as in the REST API.
    pub code: String,
    /// A sentence for people. A request that is refused before it reaches a server function gets
    /// the REST API's format, which names this field `detail`.
    #[serde(alias = "detail")]
    pub message: String,
    /// Whether a retry may help.
    #[serde(default)]
    pub retry_helps: bool,
    /// The name in the API of the field with an invalid value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl PageError {
    /// A refusal that a retry does not change.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            retry_helps: false,
            field: None,
        }
    }
}

impl PageError {
    /// The error for a request that did not reach the server.
    #[must_use]
    pub fn unreachable() -> Self {
        Self {
            retry_helps: true,
            ..Self::new(UNREACHABLE, words::server_unreachable())
        }
    }

    /// Whether the error arose between the page and the service, for example in a proxy or without
    /// a network. The service may still have handled the request.
    #[must_use]
    pub fn is_transport_error(&self) -> bool {
        [UNREACHABLE, TRANSPORT].contains(&self.code.as_str())
    }

    /// Whether the same request may be accepted later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        const TEMPORARY: [&str; 4] = [
            "board_recounting",
            "busy",
            "too_many_requests",
            "unavailable",
        ];
        self.is_transport_error() || TEMPORARY.contains(&self.code.as_str())
    }
}

/// The code of a request that did not reach the server.
const UNREACHABLE: &str = "unreachable";

/// The code of an answer that the client cannot read.
const TRANSPORT: &str = "transport";

/// Reads an error from a page's address, where the redirect after a plain form puts it. The server
/// reads errors from nowhere else. Anybody can write such a link, so the message is the catalogue's
/// own for the code.
#[cfg(feature = "ssr")]
fn read(json: &[u8]) -> Option<PageError> {
    let error: PageError = serde_json::from_slice(json).ok()?;
    Some(PageError {
        message: words::refusal(&error.code, error.field.as_deref()),
        ..error
    })
}

/// Parses an error with the browser's JSON parser, so that board pages need no parser in their
/// code.
#[cfg(not(feature = "ssr"))]
fn read(json: &[u8]) -> Option<PageError> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        type Body;
        #[wasm_bindgen(method, getter)]
        fn code(this: &Body) -> Option<String>;
        #[wasm_bindgen(method, getter)]
        fn message(this: &Body) -> Option<String>;
        #[wasm_bindgen(method, getter)]
        fn detail(this: &Body) -> Option<String>;
        #[wasm_bindgen(method, getter)]
        fn retry_helps(this: &Body) -> Option<bool>;
        #[wasm_bindgen(method, getter)]
        fn field(this: &Body) -> Option<String>;
    }
    let body = js_sys::JSON::parse(std::str::from_utf8(json).ok()?).ok()?;
    let body: Body = body.is_object().then(|| body.unchecked_into())?;
    Some(PageError {
        code: body.code()?,
        message: body.message().or_else(|| body.detail())?,
        retry_helps: body.retry_helps().unwrap_or_default(),
        field: body.field(),
    })
}

impl FromServerFnError for PageError {
    type Encoder = JsonEncoding;

    fn de(data: Bytes) -> Self {
        read(&data).unwrap_or_else(|| {
            Self::from_server_fn_error(ServerFnErrorErr::Deserialization(String::new()))
        })
    }

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let retry_helps = matches!(error, ServerFnErrorErr::Request(_));
        let message = if retry_helps {
            words::server_unreachable().to_owned()
        } else {
            words::unreadable_answer().to_owned()
        };
        Self {
            code: if retry_helps {
                UNREACHABLE.to_owned()
            } else {
                TRANSPORT.to_owned()
            },
            message,
            retry_helps,
            field: None,
        }
    }
}

#[cfg(feature = "ssr")]
impl From<leaderport::service::Error> for PageError {
    fn from(error: leaderport::service::Error) -> Self {
        if let leaderport::service::Error::Unavailable { part, detail } = &error {
            leptos::logging::error!("the {part} is down: {detail}");
        }
        let message = match &error {
            leaderport::service::Error::Closed(reason) => why_closed(*reason),
            leaderport::service::Error::Invalid(invalid) => invalid_message(invalid),
            error => translated(error).unwrap_or_else(|| error.to_string()),
        };
        Self {
            code: error.code().to_owned(),
            message,
            retry_helps: error.retry_helps(),
            field: error.field().map(str::to_owned),
        }
    }
}

/// The message of an error in the language of the page; none on English pages, where the error's
/// own message has more details. The exceptions are errors whose details are for programs.
#[cfg(feature = "ssr")]
fn translated(error: &leaderport::service::Error) -> Option<String> {
    use leaderport::service::Error;

    let has_own_words = matches!(
        error,
        Error::Banned(_)
            | Error::WrongCredentials
            | Error::HandleTaken(_)
            | Error::AlreadySignedUp(_)
            | Error::CalendarInUse(..)
    );
    if language() == Language::English && !has_own_words {
        return None;
    }
    words::error(error.code()).map(str::to_owned)
}

/// The message for an invalid value. On English pages, a field without a text of its own has the
/// rule of the service.
fn invalid_message(error: &leaderport::InvalidValue) -> String {
    match (words::rule_of(error.field), language()) {
        (Some(rule), _) => rule.to_owned(),
        (None, Language::English) => error.to_string(),
        (None, Language::German) => words::invalid_field(error.field, &error.value),
    }
}

/// The reason why a board accepts no scores, as a sentence with dates in the reader's format.
#[cfg(feature = "ssr")]
pub(crate) fn why_closed(reason: leaderport::board::Closed) -> String {
    use crate::words::dates::minute;
    use leaderport::board::Closed;

    match reason {
        Closed::NotYetOpen(at) => words::season_opens(minute(at)),
        Closed::Since(at) => words::board_closed(minute(at)),
        Closed::Seasons => words::season_is_closed().to_owned(),
        Closed::Archived => words::board_is_archived().to_owned(),
    }
}

/// Code that does not arrive cannot send its request.
impl From<SplitLoaderError> for PageError {
    fn from(_: SplitLoaderError) -> Self {
        Self::unreachable()
    }
}

impl From<leaderport::InvalidValue> for PageError {
    fn from(error: leaderport::InvalidValue) -> Self {
        Self {
            field: Some(error.field.to_owned()),
            ..Self::new("invalid_value", invalid_message(&error))
        }
    }
}

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests {
    use super::*;

    fn from_address(json: &str) -> PageError {
        PageError::de(Bytes::from(json.to_owned()))
    }

    #[test]
    fn an_address_chooses_a_sentence_and_never_brings_one() {
        const FORGED: &str = "Your account is locked. Call 555-0100.";
        for (code, field) in [
            ("busy", "null".to_owned()),
            ("no_such_code", "null".to_owned()),
            (FORGED, "null".to_owned()),
            ("invalid_value", format!("{FORGED:?}")),
            ("invalid_value", "\"name\"".to_owned()),
            ("invalid_value", "\"title\"".to_owned()),
        ] {
            let json = format!(
                "{{\"code\":{code:?},\"message\":{FORGED:?},\"detail2\":{FORGED:?},\"field\":{field}}}"
            );
            let message = from_address(&json).message;
            assert!(!message.contains("555"), "{code}: {message}");
            assert!(!message.is_empty(), "{code}");
        }
        let json = "{\"code\":\"busy\",\"message\":\"x\"}";
        assert_eq!(from_address(json).message, words::error_busy());
    }

    #[test]
    fn every_refusal_of_the_service_has_a_sentence_of_the_catalogue() {
        use leaderport::board::Closed;
        use leaderport::service::Error;

        for error in [
            Error::Closed(Closed::Archived),
            Error::Closed(Closed::NotYetOpen(leaderport::Timestamp::MIN)),
            Error::WrongCredentials,
            Error::Busy,
        ] {
            assert!(words::error(error.code()).is_some(), "{}", error.code());
        }
    }

    #[test]
    fn a_refusal_names_the_field_that_it_is_about_in_a_plain_sentence() {
        use leaderport::service::Error;
        use leaderport::{Handle, InvalidValue, Season, Slug};

        let zone = Error::CalendarInUse(Slug::new("arena").unwrap(), Season::AllTime);
        let zone = PageError::from(zone);
        assert_eq!(zone.field.as_deref(), Some("time_zone"));
        assert_eq!(zone.message, words::error_calendar_in_use());
        let taken = PageError::from(Error::HandleTaken(Handle::new("ann").unwrap()));
        assert_eq!(taken.field.as_deref(), Some("handle"));
        assert_eq!(PageError::from(Error::Busy).field, None);
        for (field, rule) in [
            ("title", words::enter_a_title()),
            ("scopes", words::choose_permissions()),
            ("into", words::enter_another_player()),
            ("name", words::invalid_name()),
        ] {
            let invalid = InvalidValue::new(field, "x", "must be another");
            let error = PageError::from(Error::Invalid(invalid));
            assert_eq!(error.field.as_deref(), Some(field));
            assert_eq!(error.message, rule);
        }
    }

    #[test]
    fn the_field_of_an_invalid_value_survives_the_address() {
        let error = leaderport::PlayerName::new("").unwrap_err();
        let json = PageError::from(error).ser();
        assert_eq!(PageError::de(json).message, words::invalid_name());
    }
}
