//! Dates in the reader's format, without text around them. The server formats by Unicode's CLDR,
//! the browser by its `Intl`.

pub(crate) use self::formatter::{instant, season};

/// Formats by Unicode's CLDR.
#[cfg(feature = "ssr")]
mod formatter {
    use icu_calendar::{Date, Gregorian};
    use icu_datetime::fieldsets::{YM, YMD};
    use icu_datetime::input::DateTime;
    use icu_datetime::{DateTimeFormatterPreferences, FixedCalendarDateTimeFormatter};
    use icu_locale_core::Locale;
    use leaderport::{Season, Timestamp};

    use crate::locale::locale;

    pub(crate) fn instant(at: Timestamp) -> Option<String> {
        let text = at.to_string();
        let at = DateTime::try_from_str(text.get(..19)?, Gregorian).ok()?;
        let fields = YMD::medium().with_time_hms();
        let writer = FixedCalendarDateTimeFormatter::try_new(preferences()?, fields).ok()?;
        Some(writer.format(&at).to_string())
    }

    pub(crate) fn season(season: Season) -> Option<String> {
        let date = |year: i16, month, day| {
            let [month, day] = [month, day].map(i8::cast_unsigned);
            Date::try_new_gregorian(year.into(), month, day).ok()
        };
        match season {
            Season::Month(year, month) => {
                let writer =
                    FixedCalendarDateTimeFormatter::try_new(preferences()?, YM::long()).ok()?;
                Some(writer.format(&date(year, month, 1)?).to_string())
            }
            Season::Day(year, month, day) => {
                let writer =
                    FixedCalendarDateTimeFormatter::try_new(preferences()?, YMD::medium()).ok()?;
                Some(writer.format(&date(year, month, day)?).to_string())
            }
            Season::AllTime | Season::Year(_) | Season::Week(..) => None,
        }
    }

    fn preferences() -> Option<DateTimeFormatterPreferences> {
        let tag = Locale::try_from_str(&locale().tag).ok()?;
        Some(DateTimeFormatterPreferences::from(&tag))
    }
}

/// Formats by the browser, which uses Unicode's CLDR too.
#[cfg(not(feature = "ssr"))]
mod formatter {
    use js_sys::Date;
    use js_sys::Intl::{DateTimeFormatOptions, DateTimeStyle};
    use leaderport::Timestamp;

    use crate::locale::document_attribute;

    pub(crate) fn instant(at: Timestamp) -> Option<String> {
        let options = DateTimeFormatOptions::new();
        options.set_date_style(DateTimeStyle::Medium);
        options.set_time_style(DateTimeStyle::Medium);
        options.set_time_zone("UTC");
        options.set_calendar("gregory");
        #[expect(clippy::cast_precision_loss, reason = "milliseconds are below 2^53")]
        let at = Date::new(&(at.millis_i64() as f64).into());
        let locale = document_attribute("data-locale")?;
        Some(at.to_locale_string(&locale, &options).into())
    }

    /// Only the server renders seasons.
    pub(crate) fn season(_: leaderport::Season) -> Option<String> {
        None
    }
}
