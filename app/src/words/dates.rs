//! Dates in sentences. Instants are in UTC, the same for all readers.

use leaderport::{Season, Timestamp};

use super::{all_time, in_utc, week_of};
use crate::locale::dates;

/// An instant, to the second: `22 Nov 2026, 18:02:13 UTC`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    dates::instant(at).map_or_else(|| at.to_string(), in_utc)
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
    fn dates_have_the_format_of_the_readers_country() {
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
        // An invalid tag.
        assert_eq!(read_in("?")[2], "2026-11-02");
    }

    #[test]
    fn a_season_has_a_readable_name() {
        let named = ["all", "2026", "2026-W07"].map(named);
        assert_eq!(named, ["All time", "2026", "Week 7, 2026"]);
    }
}
