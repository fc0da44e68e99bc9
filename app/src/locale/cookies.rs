//! The cookie of the time zone, which the browser sets (`browser/time_zone.rs`).

use http::HeaderMap;
use http::header::COOKIE;

/// The time zone of the reader's browser; none if it is unknown.
pub(super) fn time_zone(headers: &HeaderMap) -> Option<String> {
    let zone = jiff::tz::TimeZone::get(value(headers, "time-zone")?).ok()?;
    zone.iana_name().map(str::to_owned)
}

/// The value of a cookie.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).into_iter();
    let cookies = cookies.filter_map(|line| line.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let cookie = HeaderValue::from_str(cookie).expect("a header value");
        HeaderMap::from_iter([(COOKIE, cookie)])
    }

    #[test]
    fn the_time_zone_is_read_from_its_cookie() {
        let chosen = headers("a=b; time-zone=Europe/Berlin");
        assert_eq!(time_zone(&chosen).as_deref(), Some("Europe/Berlin"));
    }

    #[test]
    fn an_invalid_time_zone_is_ignored() {
        for cookie in ["", "time-zone", "time-zones=UTC", "time-zone=Mars/Base"] {
            assert_eq!(time_zone(&headers(cookie)), None, "{cookie}");
        }
    }
}
