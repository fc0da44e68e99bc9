//! Dates in sentences.

use leaderport::{Season, Timestamp};

use super::{all_time, week_of};
use crate::locale::{self, dates};

/// An instant in the reader's time zone, to the second: `22 Nov 2026, 19:02:13 CET`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    in_zone(at, &locale::time_zone())
}

/// An instant in the reader's time zone, to the minute: `22 Nov 2026, 19:02 CET`.
#[cfg(feature = "ssr")]
#[must_use]
pub fn minute(at: Timestamp) -> String {
    dates::minute(at, &locale::time_zone()).unwrap_or_else(|| at.to_string())
}

/// The day of an instant in the reader's time zone: `22 Nov 2026`.
#[must_use]
pub fn day(at: Timestamp) -> String {
    dates::day(at, &locale::time_zone()).unwrap_or_else(|| at.to_string())
}

/// An instant in UTC, for records that several readers compare: `22 Nov 2026, 18:02:13 UTC`.
#[must_use]
pub fn instant_in_utc(at: Timestamp) -> String {
    in_zone(at, "UTC")
}

fn in_zone(at: Timestamp, time_zone: &str) -> String {
    dates::instant(at, time_zone).unwrap_or_else(|| at.to_string())
}

/// The name of a season: `November 2026`. In the browser, months and days keep their labels,
/// because only the server formats them.
#[must_use]
pub fn season(season: Season) -> String {
    match season {
        Season::AllTime => all_time().to_owned(),
        Season::Week(year, week) => week_of(week, year),
        Season::Year(_) | Season::Month(..) | Season::Day(..) => {
            dates::season(season).unwrap_or_else(|| season.to_string())
        }
    }
}

/// The name of a season in English, for pictures that all readers share.
#[cfg(feature = "ssr")]
#[must_use]
pub fn season_in_english(of: Season) -> String {
    locale::in_language("en", || season(of))
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests {
    use leptos::prelude::*;

    use super::*;
    use crate::locale::Locale;

    fn named(label: &str) -> String {
        season(label.parse().expect("a season"))
    }

    fn read_in(tag: &str, time_zone: &str) -> [String; 3] {
        let owner = Owner::new();
        owner.with(|| {
            provide_context(Locale {
                tag: tag.to_owned(),
                time_zone: time_zone.to_owned(),
                ..Locale::default()
            });
            let at = "2026-11-02T18:02:03.456Z".parse().expect("an instant");
            let seasons = ["2026-11", "2026-11-02"].map(named);
            let [month, day] = seasons;
            // Some languages separate the time by a narrow space.
            [instant(at).replace('\u{202f}', " "), month, day]
        })
    }

    #[test]
    fn dates_have_the_format_of_the_readers_country() {
        assert_eq!(
            read_in("en-US", "UTC"),
            [
                "Nov 2, 2026, 6:02:03 PM UTC",
                "November 2026",
                "Nov 2, 2026"
            ]
        );
        assert_eq!(
            read_in("en-DE", "UTC"),
            ["2 Nov 2026, 18:02:03 UTC", "November 2026", "2 Nov 2026"]
        );
        assert_eq!(
            read_in("de-DE", "UTC"),
            ["02.11.2026, 18:02:03 UTC", "November 2026", "02.11.2026"]
        );
        assert_eq!(read_in("en-TH", "UTC")[1], "November 2026");
        // An invalid tag.
        assert_eq!(read_in("?", "UTC")[2], "2026-11-02");
    }

    #[test]
    fn instants_are_in_the_readers_time_zone() {
        for (tag, zone, text) in [
            ("de-DE", "Europe/Berlin", "02.11.2026, 19:02:03 MEZ"),
            ("en-US", "America/New_York", "Nov 2, 2026, 1:02:03 PM EST"),
            ("en-GB", "Europe/London", "2 Nov 2026, 18:02:03 GMT"),
            ("en-US", "Asia/Tokyo", "Nov 3, 2026, 3:02:03 AM GMT+9"),
        ] {
            assert_eq!(read_in(tag, zone)[0], text, "{zone}");
        }
    }

    #[test]
    fn an_instant_to_the_minute_has_no_seconds() {
        Owner::new().with(|| {
            provide_context(Locale {
                tag: "en-DE".to_owned(),
                ..Locale::default()
            });
            let at = "2027-01-01T00:00:00Z".parse().expect("an instant");
            assert_eq!(minute(at), "1 Jan 2027, 00:00 UTC");
            assert_eq!(day(at), "1 Jan 2027");
        });
    }

    #[test]
    fn instants_in_utc_do_not_depend_on_the_readers_time_zone() {
        Owner::new().with(|| {
            provide_context(Locale {
                tag: "en-DE".to_owned(),
                time_zone: "Asia/Tokyo".to_owned(),
                ..Locale::default()
            });
            let at = "2026-11-02T18:02:03Z".parse().expect("an instant");
            assert_eq!(instant_in_utc(at), "2 Nov 2026, 18:02:03 UTC");
        });
    }

    #[test]
    fn a_season_has_a_readable_name() {
        let named = ["all", "2026", "2026-W07"].map(named);
        assert_eq!(named, ["All time", "2026", "Week 7, 2026"]);
        let in_english = |label: &str| season_in_english(label.parse().expect("a season"));
        assert_eq!(in_english("2026-11"), "November 2026");
        assert_eq!(in_english("2026-W07"), "Week 7, 2026");
    }
}
