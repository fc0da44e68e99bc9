//! The error of a form's field, as a sentence below the field.

use leptos::prelude::*;

/// The error of a field; hidden while the value is accepted. The field refers to it by
/// `aria-describedby`, so screen readers read it when the field has the focus.
///
/// Its text is a node in every state. The document of a refused form has a text that the page's code
/// does not know, and hydration keeps it.
#[component]
pub fn FieldError(
    /// The id of the field. The error has the id `{field}-error`.
    #[prop(into)]
    field: String,
    /// The sentence for the reader.
    #[prop(into)]
    text: Signal<Option<String>>,
) -> impl IntoView {
    let id = field + "-error";
    view! {
        <p class="field-error" id=id hidden=move || text.read().is_none()>
            {move || text.get().unwrap_or_default()}
        </p>
    }
}
