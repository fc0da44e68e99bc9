//! Values that the reader typed into forms: before hydration, which would replace them without this
//! module, and before a reload, which would lose them.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlOptionElement, HtmlSelectElement};

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

/// Whether a checkbox is checked, by its id, if that differs from the rendered state.
#[must_use]
pub fn typed_check(id: &str) -> Option<bool> {
    let field = document().get_element_by_id(id)?;
    let field = field.dyn_into::<HtmlInputElement>().ok()?;
    let is_checked = field.checked();
    (is_checked != field.default_checked()).then_some(is_checked)
}

/// Whether the reader is typing: a field has text that they typed, or has the focus.
#[must_use]
pub fn is_typing() -> bool {
    let document = document();
    let fields = document.get_elements_by_tag_name("input");
    let fields = (0..fields.length()).filter_map(|n| fields.item(n));
    let mut fields = fields.filter_map(text_field);
    if fields.any(|field| field.value() != field.default_value()) {
        return true;
    }
    // A page in the background keeps its focus, but gets no keys.
    let is_in_front = document.has_focus().unwrap_or(false);
    is_in_front && document.active_element().and_then(text_field).is_some()
}

fn text_field(element: Element) -> Option<HtmlInputElement> {
    let field = element.dyn_into::<HtmlInputElement>().ok()?;
    let is_text = !["hidden", "checkbox", "radio"].contains(&field.type_().as_str());
    is_text.then_some(field)
}

fn default_option(select: &HtmlSelectElement) -> Option<String> {
    let options = select.options();
    let options = (0..options.length()).filter_map(|n| options.item(n));
    let mut options = options.filter_map(|option| option.dyn_into::<HtmlOptionElement>().ok());
    let default = options.find(HtmlOptionElement::default_selected)?;
    Some(default.value())
}
