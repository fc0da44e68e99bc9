//! The choice between JSON and CSV (RFC 9110, section 12.5.1).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use leaderport::InvalidValue;

/// Whether a request asks for CSV: by the parameter `format`, or else by an `Accept` that prefers it
/// to JSON. The answer and its cost follow this rule.
///
/// # Errors
/// Refuses a `format` other than `json` and `csv`.
pub(crate) fn wants_csv(headers: &HeaderMap, format: Option<&str>) -> Result<bool, InvalidValue> {
    match format {
        Some("csv") => Ok(true),
        Some("json") => Ok(false),
        Some(other) => Err(InvalidValue::new("format", other, "must be json or csv")),
        None => {
            // Several lines of a list are one list.
            let lines = headers
                .get_all(ACCEPT)
                .iter()
                .filter_map(|l| l.to_str().ok());
            Ok(prefers_csv(&lines.collect::<Vec<_>>().join(",")))
        }
    }
}

/// Without a preference, the answer is JSON: nothing is refused because of its type.
fn prefers_csv(accept: &str) -> bool {
    let csv = preference(accept, ["text/csv", "text/*", "*/*"]);
    let json = preference(accept, ["application/json", "application/*", "*/*"]);
    let is_first = csv.quality == json.quality && csv.place < json.place;
    csv.quality > json.quality || (csv.quality > 0 && is_first)
}

/// The preference for a media type.
struct Preference {
    /// 0 to 1000; 0 if the type is not acceptable.
    quality: u16,
    /// Place of its range in the list. Among equal qualities, the first range is preferred.
    place: usize,
}

/// The preference by the most specific of the `names`, which are sorted by that.
fn preference(accept: &str, names: [&str; 3]) -> Preference {
    let mut best = names.len();
    let mut preference = Preference {
        quality: 0,
        place: usize::MAX,
    };
    for (place, range) in unquoted(accept, ',').enumerate() {
        let mut parts = unquoted(range, ';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let rank = names
            .iter()
            .position(|name| kind.eq_ignore_ascii_case(name));
        if let Some(rank) = rank.filter(|rank| *rank < best)
            && let Some(quality) = quality(parts)
        {
            best = rank;
            preference = Preference { quality, place };
        }
    }
    preference
}

/// The weight among the parameters of a range, in thousandths; `None` if it is not one.
fn quality<'a>(mut parameters: impl Iterator<Item = &'a str>) -> Option<u16> {
    let weight = parameters.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("q").then_some(value)
    });
    let Some(weight) = weight else {
        return Some(1000);
    };
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let is_weight = matches!(whole, "0" | "1")
        && decimals.len() <= 3
        && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: Option<u16> = format!("{whole}{decimals:0<3}").parse().ok();
    thousandths.filter(|quality| is_weight && *quality <= 1000)
}

/// The parts of a list, without a split inside quotes.
fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |c: char| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn csv_is_answered_when_it_is_preferred_to_json() {
        for (accept, expected) in [
            ("text/csv", true),
            ("Text/CSV;charset=utf-8", true),
            ("text/csv; charset=utf-8; header=present", true),
            ("text/csv, application/json", true),
            ("text/csv, */*;q=0.1", true),
            ("text/csv, */*", true),
            ("text/*", true),
            ("TEXT/*;q=0.3", true),
            ("text/*, application/json;q=0.9", true),
            ("application/json;q=0.5, text/csv;q=0.6", true),
            ("application/json;q=0.500, text/csv;Q=1.0", true),
            ("application/json;q=0, */*", true),
            ("text/plain;x=\"a,b;q=1\", text/csv", true),
            ("application/json, text/csv", false),
            ("text/csv;q=0.5, application/json", false),
            ("text/csv;q=0", false),
            ("text/csv;q=0, text/*", false),
            ("text/csv;q=0, application/json;q=0", false),
            ("text/*;q=0.5, application/json", false),
            ("text/*, text/csv;q=0.1, application/json;q=0.2", false),
            ("text/csv;x=\"a,b\";q=0.1, application/json;q=0.2", false),
            ("text/csv;q=2", false),
            ("text/csv;q=NaN", false),
            ("application/json", false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("text/html", false),
            ("*/*", false),
            ("", false),
        ] {
            assert_eq!(prefers_csv(accept), expected, "{accept}");
        }
    }

    #[test]
    fn lines_of_a_header_are_one_list_and_the_parameter_decides() {
        fn check(lines: &[&'static str], format: Option<&str>, expected: bool) {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(ACCEPT, HeaderValue::from_static(line));
            }
            let wants = wants_csv(&headers, format);
            assert_eq!(wants, Ok(expected), "{lines:?} {format:?}");
        }
        check(&["application/json;q=0.5", "text/csv"], None, true);
        check(&["text/html", "application/json, text/csv"], None, false);
        check(&[], None, false);
        check(&["application/json"], Some("csv"), true);
        check(&["text/csv"], Some("json"), false);
    }

    #[test]
    fn unknown_format_is_refused() {
        for format in ["xml", "CSV", "csv "] {
            let refused = wants_csv(&HeaderMap::new(), Some(format)).unwrap_err();
            assert_eq!(refused.field, "format", "{format}");
        }
    }
}
