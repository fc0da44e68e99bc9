//! A player's mark: the first letter of their name, on their colour.

use leptos::prelude::*;

/// The mark of a player of some colour ([`super::hue`]) and name.
pub fn avatar(hue: u32, name: &str) -> impl IntoView + use<> {
    let initial = initial(name);
    view! { <span class="avatar" aria-hidden="true" style=format!("--hue:{hue}")>{initial}</span> }
}

/// The first letter of a name, as a capital.
pub(super) fn initial(name: &str) -> String {
    let first: String = name.chars().take(1).collect();
    // The browser has the tables of letters already.
    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    return js_sys::JsString::from(first).to_upper_case().into();
    #[cfg(not(all(feature = "hydrate", not(feature = "ssr"))))]
    first.to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::initial;

    #[test]
    fn is_the_first_letter_as_a_capital() {
        assert_eq!(initial("ann"), "A");
        assert_eq!(initial("ßen"), "SS");
        assert_eq!(initial(""), "");
    }
}
