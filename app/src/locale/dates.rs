//! Dates as they are written where the reader is, in the page's language. Instants are in UTC,
//! which all who speak about them share.

use leaderport::{Season, Timestamp};

use crate::words;

/// An instant, to the second: `22 Nov 2026, 18:02:13 UTC`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    by::instant(at).map_or_else(|| at.to_string(), words::in_utc)
}

/// A season, as people call it: `November 2026`. Only the server knows months by name.
#[must_use]
pub fn season(season: Season) -> String {
    match season {
        Season::AllTime => words::all_time().to_owned(),
        Season::Week(year, week) => words::week_of(week, year),
        Season::Year(_) | Season::Month(..) | Season::Day(..) => {
            by::season(season).unwrap_or_else(|| season.to_string())
        }
    }
}

/// By Unicode's CLDR.
#[cfg(feature = "ssr")]
mod by {
    use icu_calendar::{Date, Gregorian};
    use icu_datetime::fieldsets::{YM, YMD};
    use icu_datetime::input::DateTime;
    use icu_datetime::{DateTimeFormatterPreferences, FixedCalendarDateTimeFormatter};
    use icu_locale_core::Locale;
    use leaderport::{Season, Timestamp};

    use crate::locale::locale;

    pub(super) fn instant(at: Timestamp) -> Option<String> {
        let text = at.to_string();
        let at = DateTime::try_from_str(text.get(..19)?, Gregorian).ok()?;
        let fields = YMD::medium().with_time_hms();
        let writer = FixedCalendarDateTimeFormatter::try_new(wished()?, fields).ok()?;
        Some(writer.format(&at).to_string())
    }

    pub(super) fn season(season: Season) -> Option<String> {
        let date = |year: i16, month, day| {
            let [month, day] = [month, day].map(i8::cast_unsigned);
            Date::try_new_gregorian(year.into(), month, day).ok()
        };
        match season {
            Season::Month(year, month) => {
                let writer = FixedCalendarDateTimeFormatter::try_new(wished()?, YM::long()).ok()?;
                Some(writer.format(&date(year, month, 1)?).to_string())
            }
            Season::Day(year, month, day) => {
                let writer =
                    FixedCalendarDateTimeFormatter::try_new(wished()?, YMD::medium()).ok()?;
                Some(writer.format(&date(year, month, day)?).to_string())
            }
            Season::AllTime | Season::Year(_) | Season::Week(..) => None,
        }
    }

    fn wished() -> Option<DateTimeFormatterPreferences> {
        let tag = Locale::try_from_str(&locale().tag).ok()?;
        Some(DateTimeFormatterPreferences::from(&tag))
    }
}

/// By the browser, which knows Unicode's CLDR as well.
#[cfg(not(feature = "ssr"))]
mod by {
    use js_sys::Date;
    use js_sys::Intl::{DateTimeFormatOptions, DateTimeStyle};
    use leaderport::Timestamp;

    use crate::locale::document_attribute;

    pub(super) fn instant(at: Timestamp) -> Option<String> {
        let options = DateTimeFormatOptions::new();
        options.set_date_style(DateTimeStyle::Medium);
        options.set_time_style(DateTimeStyle::Medium);
        options.set_time_zone("UTC");
        options.set_calendar("gregory");
        #[expect(clippy::cast_precision_loss, reason = "milliseconds below 2^53")]
        let at = Date::new(&(at.millis_i64() as f64).into());
        let locale = document_attribute("data-locale")?;
        Some(at.to_locale_string(&locale, &options).into())
    }

    /// Only the server renders seasons.
    pub(super) fn season(_: leaderport::Season) -> Option<String> {
        None
    }
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests {
    use leaderport::Marks;
    use leptos::prelude::*;

    use super::*;
    use crate::locale::Locale;

    fn named(label: &str) -> String {
        season(label.parse().expect("a season"))
    }

    fn read_in(tag: &str) -> [String; 3] {
        let owner = Owner::new();
        owner.with(|| {
            let (marks, tag) = (Marks::ENGLISH, tag.to_owned());
            provide_context(Locale { marks, tag });
            let at = "2026-11-02T18:02:03.456Z".parse().expect("an instant");
            let seasons = ["2026-11", "2026-11-02"].map(named);
            let [month, day] = seasons;
            [instant(at), month, day]
        })
    }

    #[test]
    fn dates_are_written_as_where_the_reader_is() {
        let in_us = read_in("en-US").map(|text| text.replace('\u{202f}', " "));
        assert_eq!(
            in_us,
            [
                "Nov 2, 2026, 6:02:03 PM UTC",
                "November 2026",
                "Nov 2, 2026"
            ]
        );
        assert_eq!(
            read_in("en-DE"),
            ["2 Nov 2026, 18:02:03 UTC", "November 2026", "2 Nov 2026"]
        );
        assert_eq!(read_in("en-TH")[1], "November 2026");
        // A tag that is none.
        assert_eq!(read_in("?")[2], "2026-11-02");
    }

    #[test]
    fn seasons_have_names() {
        let named = ["all", "2026", "2026-W07"].map(named);
        assert_eq!(named, ["All time", "2026", "Week 7, 2026"]);
    }
}
