//! The error of a form's field, as a sentence below the field.

use leptos::prelude::*;

/// The error of a field; empty while the value is accepted. The field refers to it by
/// `aria-describedby`, so screen readers read it when the field has the focus.
#[component]
pub fn FieldError(
    /// The id of the field. The error has the id `{field}-error`.
    field: &'static str,
    /// The sentence for the reader.
    #[prop(into)]
    text: Signal<Option<String>>,
) -> impl IntoView {
    view! { <p class="field-error" id=format!("{field}-error")>{move || text.get()}</p> }
}
