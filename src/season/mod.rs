//! Periods and seasons: calendar arithmetic in a board's time zone.
//!
//! A season is one instance of a period: `all`, `2026`, `2026-11`, `2026-W47`,
//! `2026-11-20`. The label determines the period. A new season starts as time passes; no data
//! is deleted. Days begin at midnight of the zone. If daylight saving skips midnight, the day
//! begins at the first instant after the gap.

mod period;

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "service")]
use jiff::{
    Span, ToSpan,
    civil::{Date, ISOWeekDate, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::time::civil::{days_in_month, weeks_in_year};
use crate::{InvalidValue, Slug, Timestamp};

pub use self::period::{Period, Periods};

/// One instance of a period, identified by its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Season {
    /// `all`
    AllTime,
    /// `2026`
    Year(i16),
    /// `2026-11`
    Month(i16, i8),
    /// `2026-W47`, the ISO year and week
    Week(i16, i8),
    /// `2026-11-20`
    Day(i16, i8, i8),
}

/// One season of one board: the key of standings, streams and pages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeasonKey {
    /// The board.
    pub board: Slug,
    /// The season.
    pub season: Season,
}

impl fmt::Display for SeasonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.board, self.season)
    }
}

/// Start and end of a season; `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The first instant of the season.
    pub start: Timestamp,
    /// Start of the next season; absent for `all`.
    pub end: Option<Timestamp>,
}

impl Season {
    /// The period of the season.
    #[must_use]
    pub const fn period(self) -> Period {
        match self {
            Self::AllTime => Period::AllTime,
            Self::Year(..) => Period::Yearly,
            Self::Month(..) => Period::Monthly,
            Self::Week(..) => Period::Weekly,
            Self::Day(..) => Period::Daily,
        }
    }
}

/// Start and end of seasons in the calendar of a time zone.
#[cfg(feature = "service")]
impl Season {
    /// The season of `period` that contains `at`, in `zone`.
    #[must_use]
    pub fn at(period: Period, zone: &TimeZone, at: Timestamp) -> Self {
        let date = zone.to_datetime(at.to_jiff()).date();
        match period {
            Period::AllTime => Self::AllTime,
            Period::Yearly => Self::Year(date.year()),
            Period::Monthly => Self::Month(date.year(), date.month()),
            Period::Weekly => {
                let week = date.iso_week_date();
                Self::Week(week.year(), week.week())
            }
            Period::Daily => Self::Day(date.year(), date.month(), date.day()),
        }
    }

    /// Start and end of this season in `zone`.
    #[must_use]
    pub fn bounds(self, zone: &TimeZone) -> Bounds {
        let Some((first, length)) = self.calendar() else {
            return Bounds {
                start: Timestamp::MIN,
                end: None,
            };
        };
        let midnight = |date: Date| {
            let instant = zone
                .to_ambiguous_timestamp(date.at(0, 0, 0, 0))
                .compatible();
            instant.map_or(Timestamp::MAX, Timestamp::from_jiff)
        };
        Bounds {
            start: midnight(first),
            end: first.checked_add(length).ok().map(midnight),
        }
    }

    /// The first day and the length; `None` for `all`.
    fn calendar(self) -> Option<(Date, Span)> {
        let date = |y, m, d| Date::new(y, m, d).expect("a season that exists has real days");
        match self {
            Self::AllTime => None,
            Self::Year(y) => Some((date(y, 1, 1), 1.year())),
            Self::Month(y, m) => Some((date(y, m, 1), 1.month())),
            Self::Week(y, w) => {
                let monday = ISOWeekDate::new(y, w, Weekday::Monday)
                    .expect("a season that exists has real weeks");
                Some((monday.date(), 1.week()))
            }
            Self::Day(y, m, d) => Some((date(y, m, d), 1.day())),
        }
    }
}

impl fmt::Display for Season {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllTime => f.write_str("all"),
            Self::Year(y) => write!(f, "{y:04}"),
            Self::Month(y, m) => write!(f, "{y:04}-{m:02}"),
            Self::Week(y, w) => write!(f, "{y:04}-W{w:02}"),
            Self::Day(y, m, d) => write!(f, "{y:04}-{m:02}-{d:02}"),
        }
    }
}

impl FromStr for Season {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        parse(text).ok_or_else(|| {
            InvalidValue::new(
                "season",
                text,
                "must be a season like all, 2026, 2026-11, 2026-W47 or 2026-11-20",
            )
        })
    }
}

fn parse(text: &str) -> Option<Season> {
    if text == "all" {
        return Some(Season::AllTime);
    }
    let digits = |part: &str, width: usize| {
        (part.len() == width && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i16>().ok())
            .flatten()
    };
    let small = |part: &str| digits(part, 2).and_then(|n| i8::try_from(n).ok());
    let mut parts = text.split('-');
    // In zones west of Greenwich, the first instants are of the year 0.
    let year = digits(parts.next()?, 4)?;
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => Some(Season::Year(year)),
        (Some(week), None, None) if week.starts_with('W') => {
            let week = small(&week[1..])?;
            (1..=weeks_in_year(year))
                .contains(&week)
                .then_some(Season::Week(year, week))
        }
        (Some(month), None, None) => {
            let month = small(month).filter(|m| (1..=12).contains(m))?;
            Some(Season::Month(year, month))
        }
        (Some(month), Some(day), None) => {
            let (month, day) = (small(month)?, small(day)?);
            (1..=days_in_month(year, month))
                .contains(&day)
                .then_some(Season::Day(year, month, day))
        }
        _ => None,
    }
}

impl TryFrom<String> for Season {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

impl From<Season> for String {
    fn from(season: Season) -> Self {
        season.to_string()
    }
}

#[cfg(feature = "service")]
#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn ts(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Checks that `at` in `zone` is in the season `label`, which runs from `start` to
    /// `end`.
    fn check(name: &str, at: &str, label: &str, start: &str, end: &str) {
        let zone = zone(name);
        let season: Season = label.parse().unwrap();
        assert_eq!(
            Season::at(season.period(), &zone, ts(at)),
            season,
            "{at} in {name}"
        );
        let expected = Bounds {
            start: ts(start),
            end: Some(ts(end)),
        };
        assert_eq!(season.bounds(&zone), expected, "{label} in {name}");
        assert_eq!(season.to_string(), label);
    }

    #[test]
    fn days_have_23_or_25_hours_at_clock_changes() {
        check(
            "Europe/Berlin",
            "2026-03-29T12:00:00Z",
            "2026-03-29",
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
        );
        check(
            "Europe/Berlin",
            "2026-10-25T12:00:00Z",
            "2026-10-25",
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
        );
    }

    #[test]
    fn day_with_skipped_midnight_starts_after_the_gap() {
        // Lebanon moves its clocks forward at midnight: 00:00 becomes 01:00.
        check(
            "Asia/Beirut",
            "2026-03-29T08:00:00Z",
            "2026-03-29",
            "2026-03-28T22:00:00Z",
            "2026-03-29T21:00:00Z",
        );
    }

    #[test]
    fn day_with_repeated_midnight_starts_at_the_first_one() {
        // Cuba moves its clocks back from 01:00 to 00:00.
        check(
            "America/Havana",
            "2026-11-01T04:30:00Z",
            "2026-11-01",
            "2026-11-01T04:00:00Z",
            "2026-11-02T05:00:00Z",
        );
        check(
            "America/Havana",
            "2026-11-01T05:30:00Z",
            "2026-11-01",
            "2026-11-01T04:00:00Z",
            "2026-11-02T05:00:00Z",
        );
    }

    #[test]
    fn weeks_are_iso_weeks_across_new_year() {
        check(
            "UTC",
            "2027-01-01T00:00:00Z",
            "2026-W53",
            "2026-12-28T00:00:00Z",
            "2027-01-04T00:00:00Z",
        );
        check(
            "UTC",
            "2024-12-31T00:00:00Z",
            "2025-W01",
            "2024-12-30T00:00:00Z",
            "2025-01-06T00:00:00Z",
        );
    }

    #[test]
    fn february_has_29_days_in_leap_years() {
        check(
            "UTC",
            "2024-02-29T23:59:59Z",
            "2024-02",
            "2024-02-01T00:00:00Z",
            "2024-03-01T00:00:00Z",
        );
        check(
            "UTC",
            "2024-02-29T00:00:00Z",
            "2024-02-29",
            "2024-02-29T00:00:00Z",
            "2024-03-01T00:00:00Z",
        );
        check(
            "Pacific/Kiritimati",
            "2025-12-31T10:00:00Z",
            "2026",
            "2025-12-31T10:00:00Z",
            "2026-12-31T10:00:00Z",
        );
    }

    #[test]
    fn seasons_before_1970_have_bounds() {
        check(
            "UTC",
            "1968-10-18T20:00:00Z",
            "1968-W42",
            "1968-10-14T00:00:00Z",
            "1968-10-21T00:00:00Z",
        );
        check(
            "UTC",
            "0001-01-01T00:00:00Z",
            "0001",
            "0001-01-01T00:00:00Z",
            "0002-01-01T00:00:00Z",
        );
        // Local mean time, 4:56:02 behind.
        check(
            "America/New_York",
            "0001-01-01T00:00:00Z",
            "0000-12-31",
            "0001-01-01T00:00:00Z",
            "0001-01-01T04:56:02Z",
        );
    }

    #[test]
    fn all_time_season_never_ends() {
        let bounds = Season::AllTime.bounds(&TimeZone::UTC);
        assert_eq!(
            bounds,
            Bounds {
                start: Timestamp::MIN,
                end: None
            }
        );
    }

    #[test]
    fn invalid_season_labels_are_refused() {
        for label in [
            "",
            "ALL",
            "26",
            "02026",
            "-2026",
            "+2026",
            "2026-W",
            "2026-13",
            "2026-00",
            "2026-1",
            "2026-W54",
            "2026-W00",
            "2025-W53",
            "2026-02-29",
            "2026-11-20-1",
            "2026-11-",
            "-",
            "2026-W4é",
            "٢٠٢٦",
        ] {
            assert!(label.parse::<Season>().is_err(), "{label}");
        }
    }

    proptest! {
        #[test]
        fn seasons_cover_every_instant_without_gaps(
            recent in 0_i64..(1 << 42),
            ancient in Timestamp::MIN.millis_i64()..Timestamp::MAX.millis_i64(),
            name in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kathmandu",
                "Australia/Lord_Howe", "Pacific/Apia", "America/Havana", "Asia/Beirut",
            ]),
        ) {
            let zone = zone(name);
            let instants = [recent, -recent, ancient];
            let instants = instants.map(|millis| Timestamp::from_millis(millis).unwrap());
            for (at, period) in instants.into_iter().flat_map(|at| Period::ALL.map(|p| (at, p))) {
                let season = Season::at(period, &zone, at);
                prop_assert_eq!(season.period(), period);
                prop_assert_eq!(season.to_string().parse::<Season>(), Ok(season));
                let bounds = season.bounds(&zone);
                prop_assert!(bounds.start <= at);
                // The first and the last seasons begin or end outside the range of instants.
                if let Some(end) = bounds.end.filter(|end| *end < Timestamp::MAX) {
                    prop_assert!(at < end);
                    let next = Season::at(period, &zone, end);
                    prop_assert_ne!(next, season);
                    prop_assert_eq!(next.bounds(&zone).start, end);
                }
            }
        }
    }
}
