//! The settings of a reader: the look of pages, their language and time zone, and the player whose name
//! others may see.
//!
//! Reading is lenient: an unknown value counts as the default, because another version may have stored
//! it. New values are checked.

#[cfg(feature = "service")]
mod stored;

use serde::{Deserialize, Serialize};

#[cfg(feature = "service")]
pub use self::stored::{MAX_BYTES, Settings, TimeZoneName};
use crate::InvalidValue;

/// The colours of pages.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Those of the reader's system.
    #[default]
    System,
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

impl Theme {
    /// All themes, in the order of the choice on the page.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The name in forms and documents: `dark`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a name; none for other names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }

    /// A theme that a reader chose, by its name.
    ///
    /// # Errors
    /// Refuses other names.
    pub fn new(name: &str) -> Result<Self, InvalidValue> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        Self::from_name(name).ok_or_else(|| one_of("theme", name, &names))
    }
}

/// The height of the rows of lists.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// Rows that are easy to hit.
    #[default]
    Comfortable,
    /// Lower rows, so that more of them fit on the screen.
    Compact,
}

impl Density {
    /// All densities, in the order of the choice on the page.
    pub const ALL: [Self; 2] = [Self::Comfortable, Self::Compact];

    /// The name in forms and documents: `compact`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
        }
    }

    /// The density of a name; none for other names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|density| density.as_str() == name)
    }

    /// A density that a reader chose, by its name.
    ///
    /// # Errors
    /// Refuses other names.
    pub fn new(name: &str) -> Result<Self, InvalidValue> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        Self::from_name(name).ok_or_else(|| one_of("density", name, &names))
    }
}

/// The look of pages. A document shows it without any code.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appearance {
    /// The colours.
    pub theme: Theme,
    /// The height of rows.
    pub density: Density,
}

impl Appearance {
    /// The names of the theme and of the density that a document shows; none for the defaults.
    #[must_use]
    pub fn names(self) -> (Option<&'static str>, Option<&'static str>) {
        let Self { theme, density } = self;
        (
            (theme != Theme::default()).then_some(theme.as_str()),
            (density != Density::default()).then_some(density.as_str()),
        )
    }
}

/// A language that all texts of the pages are written in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All languages, in the order of the switch on the pages.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The BCP 47 tag: `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The name in the language itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a BCP 47 tag's language part; none if the pages are not written in it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
    }

    /// A language that a reader chose, by its tag.
    ///
    /// # Errors
    /// Refuses a language that the pages are not written in.
    pub fn new(code: &str) -> Result<Self, InvalidValue> {
        let codes = Self::ALL.map(Self::code).join(", ");
        Self::from_code(code).ok_or_else(|| one_of("language", code, &codes))
    }
}

fn one_of(field: &'static str, value: &str, values: &str) -> InvalidValue {
    InvalidValue::new(field, value, format!("must be one of {values}"))
}
