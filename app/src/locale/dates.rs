//! Dates in the reader's format. The server formats by Unicode's CLDR, the browser by its `Intl`.

#[cfg(feature = "ssr")]
pub(crate) use self::formatter::minute;
pub(crate) use self::formatter::{day, instant, season};

/// Formats by Unicode's CLDR.
#[cfg(feature = "ssr")]
mod formatter {
    use icu_calendar::{Date, Gregorian};
    use icu_datetime::fieldsets::zone::SpecificShort;
    use icu_datetime::fieldsets::{YM, YMD, YMDT};
    use icu_datetime::input::{DateTime, Time, TimeZone, UtcOffset, ZonedDateTime};
    use icu_datetime::{DateTimeFormatterPreferences, FixedCalendarDateTimeFormatter};
    use icu_locale_core::Locale;
    use leaderport::{Season, Timestamp};

    use crate::locale::locale;

    pub(crate) fn instant(at: Timestamp, time_zone: &str) -> Option<String> {
        in_zone(at, time_zone, YMD::medium().with_time_hms())
    }

    pub(crate) fn minute(at: Timestamp, time_zone: &str) -> Option<String> {
        in_zone(at, time_zone, YMD::medium().with_time_hm())
    }

    pub(crate) fn day(at: Timestamp, time_zone: &str) -> Option<String> {
        let at = jiff::Timestamp::from_millisecond(at.millis_i64()).ok()?;
        let at = at.in_tz(time_zone).ok()?;
        let writer = FixedCalendarDateTimeFormatter::try_new(preferences()?, YMD::medium()).ok()?;
        let day = date(at.year(), at.month(), at.day())?;
        Some(writer.format(&day).to_string())
    }

    fn in_zone(at: Timestamp, time_zone: &str, fields: YMDT) -> Option<String> {
        let at = jiff::Timestamp::from_millisecond(at.millis_i64()).ok()?;
        let at = at.in_tz(time_zone).ok()?;
        let date = date(at.year(), at.month(), at.day())?;
        let [hour, minute, second] = [at.hour(), at.minute(), at.second()].map(i8::cast_unsigned);
        let time = Time::try_new(hour, minute, second, 0).ok()?;
        let zone = TimeZone::from_iana_id(time_zone)
            .with_offset(UtcOffset::try_from_seconds(at.offset().seconds()).ok())
            .at_date_time(DateTime { date, time });
        let fields = fields.with_zone(SpecificShort);
        let writer = FixedCalendarDateTimeFormatter::try_new(preferences()?, fields).ok()?;
        Some(
            writer
                .format(&ZonedDateTime { date, time, zone })
                .to_string(),
        )
    }

    pub(crate) fn season(season: Season) -> Option<String> {
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

    fn date(year: i16, month: i8, day: i8) -> Option<Date<Gregorian>> {
        let [month, day] = [month, day].map(i8::cast_unsigned);
        Date::try_new_gregorian(year.into(), month, day).ok()
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

    pub(crate) fn instant(at: Timestamp, time_zone: &str) -> Option<String> {
        // A long time ends with the name of the zone.
        in_zone(at, time_zone, Some(DateTimeStyle::Long))
    }

    pub(crate) fn day(at: Timestamp, time_zone: &str) -> Option<String> {
        in_zone(at, time_zone, None)
    }

    fn in_zone(at: Timestamp, time_zone: &str, time: Option<DateTimeStyle>) -> Option<String> {
        let options = DateTimeFormatOptions::new();
        options.set_date_style(DateTimeStyle::Medium);
        if let Some(time) = time {
            options.set_time_style(time);
        }
        options.set_time_zone(time_zone);
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
