//! Proleptic Gregorian calendar: conversion between day numbers and dates, month lengths,
//! ISO weeks. Browsers use this module instead of `jiff`, which would be a tenth of a page's
//! code. The tests compare the results with `jiff`.

/// Day number: days since 1970-01-01.
///
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
pub(crate) fn day_number(year: i16, month: i8, day: i8) -> i64 {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day number; the inverse of [`day_number`], same source.
pub(crate) fn date(number: i64) -> (i64, i64, i64) {
    let number = number + 719_468;
    let era = number.div_euclid(146_097);
    let day_of_era = number.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Number of days in a month; 0 if `month` is not 1 to 12.
pub(crate) fn days_in_month(year: i16, month: i8) -> i8 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    }
}

/// Number of ISO weeks in a year: 53 if it begins or ends on a Thursday.
pub(crate) fn weeks_in_year(year: i16) -> i8 {
    // 1970-01-01 was a Thursday.
    let is_thursday = |month, day| day_number(year, month, day).rem_euclid(7) == 0;
    if is_thursday(1, 1) || is_thursday(12, 31) {
        53
    } else {
        52
    }
}

#[cfg(feature = "service")]
#[cfg(test)]
mod tests {
    use jiff::civil::{Date, ISOWeekDate, Weekday};
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;

    #[test]
    fn day_numbers_and_dates_agree_with_jiff_from_the_year_0_to_9999() {
        let first = day_number(0, 1, 1);
        for number in first..=day_number(9999, 12, 30) {
            let at = Timestamp::from_second(number * 86_400).unwrap();
            let known = at.to_zoned(TimeZone::UTC).date();
            let (year, month, day) = date(number);
            let ours = (year, month, day);
            let theirs = (
                known.year().into(),
                known.month().into(),
                known.day().into(),
            );
            assert_eq!(ours, theirs);
            assert_eq!(day_number(known.year(), known.month(), known.day()), number);
        }
    }

    #[test]
    fn month_lengths_and_week_counts_agree_with_jiff() {
        for year in 0..=9999 {
            for month in 0..=13 {
                let last = (1..=31)
                    .rev()
                    .find(|day| Date::new(year, month, *day).is_ok());
                assert_eq!(
                    last.unwrap_or(0),
                    days_in_month(year, month),
                    "{year}-{month}"
                );
            }
            let has_53 = ISOWeekDate::new(year, 53, Weekday::Monday).is_ok();
            assert_eq!(weeks_in_year(year), if has_53 { 53 } else { 52 }, "{year}");
        }
    }
}
