//! Time left, in words that change no more often than they must.

use crate::words;

/// `2 d 4 h`, `4 h 12 min`, `12 min 05 s`, `5 s`.
#[must_use]
pub fn time_left(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (1.., ..) => words::days_and_hours(days, hours),
        (0, 1.., _) => words::hours_and_minutes(hours, minutes),
        (0, 0, 1..) => words::minutes_and_seconds(minutes, seconds % 60),
        _ => words::seconds(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_two_largest_units() {
        assert_eq!(time_left(-5), "0 s");
        assert_eq!(time_left(59_999), "59 s");
        assert_eq!(time_left(65_000), "1 min 05 s");
        assert_eq!(time_left(3_600_000 * 5), "5 h 00 min");
        assert_eq!(time_left(86_400_000 * 2 + 3_600_000), "2 d 1 h");
    }
}
