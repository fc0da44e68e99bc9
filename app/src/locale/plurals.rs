//! The plural rules of the page's language, by Unicode's CLDR: by ICU4X on the server, by `Intl` in
//! the browser.

/// A plural category of CLDR. A language uses some of them, English `one` and `other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

/// The category of a count in the page's language.
#[cfg(feature = "ssr")]
pub(crate) fn category(count: u64) -> Category {
    use icu_locale_core::locale;
    use icu_plurals::{PluralCategory, PluralRules, PluralRulesOptions};

    use super::Language;

    let language = match super::language() {
        Language::English => locale!("en"),
        Language::German => locale!("de"),
    };
    let rules = PluralRules::try_new(language.into(), PluralRulesOptions::default());
    rules.map_or(Category::Other, |rules| match rules.category_for(count) {
        PluralCategory::Zero => Category::Zero,
        PluralCategory::One => Category::One,
        PluralCategory::Two => Category::Two,
        PluralCategory::Few => Category::Few,
        PluralCategory::Many => Category::Many,
        PluralCategory::Other => Category::Other,
    })
}

/// The category of a count in the page's language.
#[cfg(not(feature = "ssr"))]
pub(crate) fn category(count: u64) -> Category {
    use js_sys::Intl::PluralRules;
    use js_sys::{Array, Object};

    thread_local! {
        static RULES: PluralRules = PluralRules::new(
            &Array::of1(&super::language().code().into()),
            &Object::new(),
        );
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
    let category = RULES.with(|rules| rules.select(count as f64));
    match String::from(category).as_str() {
        "zero" => Category::Zero,
        "one" => Category::One,
        "two" => Category::Two,
        "few" => Category::Few,
        "many" => Category::Many,
        _ => Category::Other,
    }
}
