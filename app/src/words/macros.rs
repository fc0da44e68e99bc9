//! The macros that define the texts of the catalogue.

/// Defines functions that return texts in the reader's language. A definition has the English
/// text; a function of the same name in [`crate::words::german`] has the translation. A missing translation does
/// not compile.
///
/// - `name = "..."` is a constant text.
/// - `name(thing) = "..."` has the placeholder `{thing}`.
/// - `name(count: n, thing) = "...", one: "..."` chooses by the plural rules of the language. The
///   first text is for all other counts. Its placeholder `{n}` is the count with grouped digits.
///
/// Placeholders may be names in right-to-left scripts, so each is isolated from the text around it.
macro_rules! texts {
    () => {};
    ($name:ident = $text:literal; $($more:tt)*) => {
        #[doc = $text]
        #[must_use]
        pub fn $name() -> &'static str {
            match $crate::locale::language() {
                $crate::locale::Language::English => $text,
                $crate::locale::Language::German => $crate::words::german::$name(),
            }
        }
        $crate::words::texts! { $($more)* }
    };
    ($name:ident(count: $n:ident $(, $thing:ident)*) = $text:literal $(, $form:ident: $special:literal)*; $($more:tt)*) => {
        #[doc = $text]
        #[must_use]
        pub fn $name(count: u64 $(, $thing: impl std::fmt::Display)*) -> String {
            match $crate::locale::language() {
                $crate::locale::Language::English => {
                    $(let $thing = $crate::locale::direction::Isolated(&$thing);)*
                    $crate::words::plural_text!(count, $n, $text $(, $form: $special)*)
                }
                $crate::locale::Language::German => $crate::words::german::$name(count $(, $thing)*),
            }
        }
        $crate::words::texts! { $($more)* }
    };
    ($name:ident($($thing:ident),+) = $text:literal; $($more:tt)*) => {
        #[doc = $text]
        #[must_use]
        pub fn $name($($thing: impl std::fmt::Display),+) -> String {
            match $crate::locale::language() {
                $crate::locale::Language::English => {
                    $(let $thing = $crate::locale::direction::Isolated(&$thing);)+
                    format!($text)
                }
                $crate::locale::Language::German => $crate::words::german::$name($($thing),+),
            }
        }
        $crate::words::texts! { $($more)* }
    };
}
pub(in crate::words) use texts;

/// Defines the translations of [`texts!`] into one language, in the same form.
macro_rules! translations {
    () => {};
    ($name:ident = $text:literal; $($more:tt)*) => {
        pub(in crate::words) fn $name() -> &'static str {
            $text
        }
        $crate::words::translations! { $($more)* }
    };
    ($name:ident(count: $n:ident $(, $thing:ident)*) = $text:literal $(, $form:ident: $special:literal)*; $($more:tt)*) => {
        pub(in crate::words) fn $name(count: u64 $(, $thing: impl std::fmt::Display)*) -> String {
            $(let $thing = $crate::locale::direction::Isolated(&$thing);)*
            $crate::words::plural_text!(count, $n, $text $(, $form: $special)*)
        }
        $crate::words::translations! { $($more)* }
    };
    ($name:ident($($thing:ident),+) = $text:literal; $($more:tt)*) => {
        pub(in crate::words) fn $name($($thing: impl std::fmt::Display),+) -> String {
            $(let $thing = $crate::locale::direction::Isolated(&$thing);)+
            format!($text)
        }
        $crate::words::translations! { $($more)* }
    };
}
pub(in crate::words) use translations;

/// The text for a count, by the plural rules of the reader's language.
macro_rules! plural_text {
    ($count:ident, $n:ident, $text:literal) => {{
        let $n = $crate::locale::numbers::count($count);
        format!($text)
    }};
    ($count:ident, $n:ident, $text:literal $(, $form:ident: $special:literal)+) => {{
        let $n = $crate::locale::numbers::count($count);
        match $crate::locale::plurals::category($count) {
            $($crate::words::category!($form) => format!($special),)+
            _ => format!($text),
        }
    }};
}
pub(in crate::words) use plural_text;

/// The plural category of a name in Unicode's CLDR.
macro_rules! category {
    (zero) => {
        $crate::locale::plurals::Category::Zero
    };
    (one) => {
        $crate::locale::plurals::Category::One
    };
    (two) => {
        $crate::locale::plurals::Category::Two
    };
    (few) => {
        $crate::locale::plurals::Category::Few
    };
    (many) => {
        $crate::locale::plurals::Category::Many
    };
}
pub(in crate::words) use category;
