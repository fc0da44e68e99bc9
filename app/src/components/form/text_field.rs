//! The errors of forms, and the text fields of the account forms. Each field explains why its value is
//! refused: by the browser, which checks a form before it sends it, or by the server.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use crate::browser::dom::focus::find;
use crate::components::form::field_error::FieldError;
use crate::error::PageError;
use crate::words::Words;

/// A text field that must not be empty.
#[derive(Clone, Copy)]
pub struct Field {
    /// The id of its element.
    pub id: &'static str,
    /// Its name in the form and in the API.
    pub name: &'static str,
    /// Its label.
    pub label: Words,
    /// The request to a reader whose text is refused by the browser.
    pub rule: Words,
    /// The kind of the text, as a value of `autocomplete`.
    pub autocomplete: &'static str,
    /// The smallest and the largest number of characters.
    pub length: (u16, u16),
}

impl Field {
    fn kind(self) -> &'static str {
        if self.autocomplete.ends_with("password") {
            "password"
        } else {
            "text"
        }
    }

    fn is_handle(self) -> bool {
        self.autocomplete == "username"
    }

    /// Whether an error of the server is about this field.
    fn is_meant(self, error: &PageError) -> bool {
        match error.code.as_str() {
            "invalid_value" => error.field.as_deref() == Some(self.name),
            "wrong_credentials" => matches!(self.name, "password" | "current"),
            "handle_taken" => self.name == "handle",
            _ => false,
        }
    }
}

/// A refusal by the server: the id of the refused field, if it is one of the form's, and a sentence.
type Refused = (Option<String>, String);

/// The errors of a form.
#[derive(Clone, Copy)]
pub struct FormErrors {
    /// The refusal of the last request, until the next one.
    refused: Memo<Option<Refused>>,
    /// The errors that the browser found, by the id of the field.
    found: RwSignal<Vec<(String, String)>>,
}

impl FormErrors {
    /// The errors of the form of an action. A refused field gets the focus.
    #[must_use]
    pub fn of<S>(action: ServerAction<S>, fields: &'static [Field]) -> Self
    where
        S: ServerFn<Output = (), Error = PageError> + Clone + Send + Sync + 'static,
    {
        let (value, is_pending) = (action.value(), action.pending());
        let error = Signal::derive(move || {
            if is_pending.get() {
                return None;
            }
            value.get().and_then(Result::err)
        });
        Self::new(error, move |error| {
            let field = fields.iter().find(|field| field.is_meant(error));
            field.map(|field| field.id.to_owned())
        })
    }

    /// The errors of a form whose last request the server has refused with `error`; none before an
    /// answer. `field_of` gives the id of the field that an error is about. The field gets the focus: it
    /// is the first element that is described by `{id}-error`.
    #[must_use]
    pub fn new<F>(error: Signal<Option<PageError>>, field_of: F) -> Self
    where
        F: Fn(&PageError) -> Option<String> + Send + Sync + 'static,
    {
        let refused = Memo::new(move |_| {
            let error = error.get()?;
            Some((field_of(&error), error.message))
        });
        Effect::new(move || {
            let id = refused.get().and_then(|(id, _)| id);
            let field = id.and_then(|id| find(&format!("[aria-describedby~='{id}-error']")));
            if let Some(field) = field {
                // A browser that refuses leaves the focus where it is.
                let _ = field.focus();
            }
        });
        Self {
            refused,
            found: RwSignal::new(Vec::new()),
        }
    }

    /// The refusal that is about no field.
    #[must_use]
    pub fn below(self) -> Signal<Option<String>> {
        Signal::derive(move || {
            let (field, text) = self.refused.get()?;
            field.is_none().then_some(text)
        })
    }

    /// The error of a field, by its id.
    #[must_use]
    pub fn at(self, id: &str) -> Signal<Option<String>> {
        let id = id.to_owned();
        Signal::derive(move || {
            let found = self.found.get().into_iter();
            let mut found = found.filter(|(field, _)| *field == id);
            let is_here = |(field, _): &Refused| field.as_deref() == Some(id.as_str());
            let refused = || self.refused.get().filter(is_here);
            let found = found.next().map(|(_, text)| text);
            found.or_else(|| refused().map(|(_, text)| text))
        })
    }

    /// Shows `rule` at a field that the browser refuses. It replaces the browser's own message, which
    /// would hide the next field and disappear with the next click. The first refused field of the
    /// form gets the focus.
    pub fn refuse(self, event: &web_sys::Event, id: &str, rule: Words) {
        event.prevent_default();
        self.forget(id);
        self.found.write().push((id.to_owned(), rule().to_owned()));
        let input = event.target();
        let input = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input.filter(is_first_invalid) {
            // A browser that refuses leaves the focus where it is.
            let _ = input.focus();
        }
    }

    /// Removes the browser's error of a field that the reader is correcting.
    pub fn forget(self, id: &str) {
        let is_known = |found: &Vec<(String, String)>| found.iter().any(|(field, _)| field == id);
        if self.found.with_untracked(is_known) {
            self.found.write().retain(|(field, _)| field != id);
        }
    }
}

/// The field, with its label and its error.
#[component]
pub fn TextField(
    /// The field.
    field: Field,
    /// The errors of its form.
    errors: FormErrors,
    /// The text that the server renders.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let error = errors.at(field.id);
    let refuse = move |event: web_sys::Event| errors.refuse(&event, field.id, field.rule);
    view! {
        <label for=field.id>{(field.label)()}</label>
        <input
            id=field.id
            name=field.name
            type=field.kind()
            required
            minlength=field.length.0
            maxlength=field.length.1
            autocomplete=field.autocomplete
            autocapitalize=field.is_handle().then_some("none")
            spellcheck=field.is_handle().then_some("false")
            value=value
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=format!("{}-error", field.id)
            autofocus=error.read_untracked().is_some()
            on:invalid=refuse
            on:input=move |_| errors.forget(field.id)
        />
        <FieldError field=field.id text=error />
    }
}

/// Whether a field is the first one of its form with a text that the browser refuses.
fn is_first_invalid(input: &HtmlInputElement) -> bool {
    let first = input.form().and_then(|form| {
        // A group with such a field is invalid too. Fails only for a malformed selector.
        form.query_selector("input:invalid").ok().flatten()
    });
    first.as_ref() == Some(input.unchecked_ref::<Element>())
}
