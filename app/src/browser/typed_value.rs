//! Values that the reader typed into forms: before hydration, which would replace them without this
//! module, and before a reload, which would lose them.

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

/// Whether any field of the page has text that the reader typed.
#[must_use]
pub fn has_typed_text() -> bool {
    let fields = document().get_elements_by_tag_name("input");
    let fields = (0..fields.length()).filter_map(|n| fields.item(n));
    let mut fields = fields.filter_map(|field| field.dyn_into::<HtmlInputElement>().ok());
    let has_text = |field: HtmlInputElement| {
        let is_text = !["hidden", "checkbox", "radio"].contains(&field.type_().as_str());
        is_text && field.value() != field.default_value()
    };
    fields.any(has_text)
}

fn default_option(select: &HtmlSelectElement) -> Option<String> {
    let options = select.options();
    let options = (0..options.length()).filter_map(|n| options.item(n));
    let mut options = options.filter_map(|option| option.dyn_into::<HtmlOptionElement>().ok());
    let default = options.find(HtmlOptionElement::default_selected)?;
    Some(default.value())
}
