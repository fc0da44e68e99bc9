//! Dates in sentences. Instants are in UTC, which all readers share.

use leaderport::{Season, Timestamp};

use super::{all_time, in_utc, week_of};
use crate::locale::dates;

/// An instant, to the second: `22 Nov 2026, 18:02:13 UTC`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    dates::instant(at).map_or_else(|| at.to_string(), in_utc)
}

/// The name of a season: `November 2026`. Only the server knows months by name.
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
