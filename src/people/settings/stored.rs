//! All settings of a reader, as they are stored: in a cookie of the browser, and with the account.

use std::fmt;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{Appearance, Density, Language, Theme};
use crate::{InvalidValue, PlayerId};

/// The largest length of stored settings, in bytes of JSON. Longer text counts as no settings.
pub const MAX_BYTES: usize = 512;

/// The largest length of a time zone's name, in bytes. The longest name of IANA has 32.
const MAX_ZONE_BYTES: usize = 64;

/// The IANA name of a time zone: `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    /// The name of a known time zone, in the spelling of IANA.
    ///
    /// # Errors
    /// Refuses other names.
    pub fn new(name: &str) -> Result<Self, InvalidValue> {
        Self::known(name).ok_or_else(|| {
            InvalidValue::new("time_zone", name, "must be the IANA name of a time zone")
        })
    }

    fn known(name: &str) -> Option<Self> {
        let zone = (name.len() <= MAX_ZONE_BYTES).then(|| TimeZone::get(name).ok())??;
        zone.iana_name().map(|name| Self(name.to_owned()))
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The settings of a reader.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The look of pages.
    pub appearance: Appearance,
    /// The language of pages; none for the browser's.
    pub language: Option<Language>,
    /// The time zone of dates; none for the browser's.
    pub time_zone: Option<TimeZoneName>,
    /// The player whose name others may see on the pages that the reader visits. Stored as an id and
    /// not as a switch, because another player may use the browser next.
    pub visible_as: Option<PlayerId>,
}

impl Settings {
    /// Reads stored settings: a JSON object. Unknown and malformed values count as the defaults, and
    /// so does text of more than [`MAX_BYTES`].
    #[must_use]
    pub fn read(json: &str) -> Self {
        let is_short = json.len() <= MAX_BYTES;
        let stored = is_short.then(|| serde_json::from_str::<Value>(json).ok());
        let stored = stored.flatten().unwrap_or_default();
        let value = |name: &str| stored.get(name).and_then(Value::as_str);
        Self {
            appearance: Appearance {
                theme: value("theme")
                    .and_then(Theme::from_name)
                    .unwrap_or_default(),
                density: value("density")
                    .and_then(Density::from_name)
                    .unwrap_or_default(),
            },
            language: value("language").and_then(Language::from_code),
            time_zone: value("time_zone").and_then(TimeZoneName::known),
            visible_as: value("visible_as").and_then(|id| PlayerId::stored(id).ok()),
        }
    }

    /// The settings in the form that [`Self::read`] takes: at most [`MAX_BYTES`], without defaults.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (theme, density) = self.appearance.names();
        let values = [
            ("theme", theme),
            ("density", density),
            ("language", self.language.map(Language::code)),
            (
                "time_zone",
                self.time_zone.as_ref().map(TimeZoneName::as_str),
            ),
            ("visible_as", self.visible_as.as_ref().map(PlayerId::as_str)),
        ];
        let chosen = values
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        Value::Object(chosen.collect::<Map<_, _>>()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen() -> Settings {
        Settings {
            appearance: Appearance {
                theme: Theme::Dark,
                density: Density::Compact,
            },
            language: Some(Language::German),
            time_zone: Some(TimeZoneName::new("asia/tokyo").unwrap()),
            visible_as: Some(PlayerId::new("Zoë & \"co\"; a=b").unwrap()),
        }
    }

    #[test]
    fn settings_read_back_as_they_were_stored() {
        for settings in [Settings::default(), chosen()] {
            assert_eq!(Settings::read(&settings.to_json()), settings);
        }
        assert_eq!(Settings::default().to_json(), "{}");
        assert_eq!(chosen().time_zone.unwrap().as_str(), "Asia/Tokyo");
    }

    #[test]
    fn the_longest_settings_are_within_the_bound() {
        let settings = Settings {
            // Each of these needs two bytes in JSON.
            visible_as: Some(
                PlayerId::new(&"\"".repeat(crate::people::player::MAX_ID_BYTES)).unwrap(),
            ),
            time_zone: Some(TimeZoneName::new("America/Argentina/ComodRivadavia").unwrap()),
            ..chosen()
        };
        let json = settings.to_json();
        assert!(json.len() + MAX_ZONE_BYTES <= MAX_BYTES, "{}", json.len());
        assert_eq!(Settings::read(&json), settings);
    }

    #[test]
    fn unknown_values_read_as_the_default_and_leave_the_others() {
        for json in ["", "{", "7", "[]", "null", "\"dark\"", "{\"theme\":7}"] {
            assert_eq!(Settings::read(json), Settings::default(), "{json}");
        }
        let json = r#"{"theme":"neon","density":"compact","language":"xx","time_zone":"Mars/Base",
            "visible_as":"","new_in_a_later_version":true}"#;
        let read = Settings::read(json);
        assert_eq!(read.to_json(), "{\"density\":\"compact\"}");
    }

    #[test]
    fn text_beyond_the_bound_is_ignored() {
        let padded = format!("{{\"theme\":\"dark\"{}}}", " ".repeat(MAX_BYTES));
        assert_eq!(Settings::read(&padded), Settings::default());
    }

    #[test]
    fn new_values_are_refused_with_their_field() {
        let refused = [
            Theme::new("neon").map(drop),
            Density::new("").map(drop),
            Language::new("tlh").map(drop),
            TimeZoneName::new("Mars/Base").map(drop),
            TimeZoneName::new(&"A".repeat(MAX_ZONE_BYTES + 1)).map(drop),
        ];
        let fields = refused.map(|refused| refused.unwrap_err().field);
        let expected = ["theme", "density", "language", "time_zone", "time_zone"];
        assert_eq!(fields, expected);
    }
}
