//! Values that the reader typed into a form before hydration. Without this module, hydration would
//! replace them.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlOptionElement, HtmlSelectElement};

/// The value of a field by its id, if it differs from the rendered value.
#[must_use]
pub fn typed_value(id: &str, rendered: &str) -> Option<String> {
    let field = document().get_element_by_id(id)?;
    let (default, value) = match field.dyn_into::<HtmlInputElement>() {
        Ok(input) => (Some(input.default_value()), input.value()),
        Err(field) => {
            let select = field.dyn_into::<HtmlSelectElement>().ok()?;
            (default_option(&select), select.value())
        }
    };
    (default.as_deref() == Some(rendered) && value != rendered).then_some(value)
}

fn default_option(select: &HtmlSelectElement) -> Option<String> {
    let options = select.options();
    let options = (0..options.length()).filter_map(|n| options.item(n));
    let mut options = options.filter_map(|option| option.dyn_into::<HtmlOptionElement>().ok());
    let default = options.find(HtmlOptionElement::default_selected)?;
    Some(default.value())
}
