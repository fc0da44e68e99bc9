//! Rate limits: quotas, and the answer to a caller who exceeds one.
//!
//! The algorithm is the generic cell rate algorithm (GCRA). It allows a burst of `count`
//! requests after a pause of `window`, then one request every `window / count`. The operator
//! is not limited.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::InvalidValue;

/// Subject of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Requests from a network address without an API key.
    Address,
    /// Submissions to a board.
    Board,
    /// Attempts to sign in with a handle, from any address.
    Handle,
    /// Submissions with an API key.
    Key,
    /// Submissions of a player.
    Player,
    /// Reads from a network address without an API key, in pages of fifty rows.
    Read,
    /// Attempts to sign in from an address.
    SignIn,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 7] = [
        Self::Address,
        Self::Board,
        Self::Handle,
        Self::Key,
        Self::Player,
        Self::Read,
        Self::SignIn,
    ];

    /// Name in answers and in storage keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Board => "board",
            Self::Handle => "handle",
            Self::Key => "key",
            Self::Player => "player",
            Self::Read => "read",
            Self::SignIn => "sign-in",
        }
    }
}

/// Maximum number of requests in a time window. As text: `60/m` for 60 a minute; units `s`,
/// `m` and `h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    count: u32,
    window: Duration,
}

impl Quota {
    /// Maximum of `count`.
    pub const MAX: u32 = 1_000_000;

    /// Size of a burst, at least 1.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Time until a full burst is available again.
    #[must_use]
    pub const fn window(self) -> Duration {
        self.window
    }

    /// Interval between requests after a burst.
    #[must_use]
    pub fn every(self) -> Duration {
        self.window / self.count
    }
}

impl FromStr for Quota {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let refused = || {
            let most = Self::MAX;
            let reason =
                format!("must be a number from 1 to {most} and a unit, like 60/m; s, m or h");
            InvalidValue::new("limit", text, reason)
        };
        let (count, unit) = text.split_once('/').ok_or_else(refused)?;
        let count = count.parse().ok().filter(|n| (1..=Self::MAX).contains(n));
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(refused()),
        };
        Ok(Self {
            count: count.ok_or_else(refused)?,
            window: Duration::from_secs(seconds),
        })
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.window.as_secs() {
            1 => "second",
            60 => "minute",
            _ => "hour",
        };
        write!(f, "{} a {unit}", self.count)
    }
}

/// A request that exceeds a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Subject of the quota.
    pub limit: Limit,
    /// The quota.
    pub quota: Quota,
    /// Number of requests that the quota still allows, fewer than requested.
    pub left: u32,
    /// Time until the request fits; absent if it exceeds the whole quota.
    pub retry_after: Option<Duration>,
}

impl Limited {
    /// Response headers: lower-case names with values. `RateLimit` and `RateLimit-Policy`
    /// follow draft-ietf-httpapi-ratelimit-headers.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let (name, quota) = (self.limit.as_str(), self.quota);
        let (count, window) = (quota.count(), quota.window().as_secs());
        let wait = self.retry_after.map(whole_seconds);
        let (left, until) = (self.left, wait.unwrap_or(window));
        let mut headers = vec![
            (
                "ratelimit-policy",
                format!("\"{name}\";q={count};w={window}"),
            ),
            ("ratelimit", format!("\"{name}\";r={left};t={until}")),
        ];
        headers.extend(wait.map(|seconds| ("retry-after", seconds.to_string())));
        headers
    }
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.limit {
            Limit::Address => "this address asks for too much",
            Limit::Board => "this board gets too many submissions",
            Limit::Key => "this key submits too much",
            Limit::Player => "you submit too much",
            Limit::Read => "this address reads too much",
            Limit::Handle | Limit::SignIn => "too many attempts to sign in",
        };
        let quota = self.quota;
        match self.retry_after {
            Some(after) => {
                let seconds = whole_seconds(after);
                write!(f, "{what}: {quota} are allowed; try again in {seconds} s")
            }
            None => write!(f, "{what}: {quota} are allowed; send fewer at once"),
        }
    }
}

/// A duration in whole seconds for `Retry-After`, rounded up, at least 1.
#[must_use]
pub fn whole_seconds(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_parses_a_number_and_a_unit() {
        let quota: Quota = "90/m".parse().unwrap();
        assert_eq!((quota.count(), quota.window().as_secs()), (90, 60));
        assert_eq!(quota.to_string(), "90 a minute");
        assert_eq!("4/s".parse::<Quota>().unwrap().every().as_millis(), 250);
        for bad in ["", "60", "0/m", "-1/m", "1/d", "1000001/s", "60/ m", "x/s"] {
            assert_eq!(bad.parse::<Quota>().unwrap_err().field, "limit", "{bad}");
        }
    }

    #[test]
    fn retry_after_is_rounded_up_to_whole_seconds() {
        for (millis, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (59_999, 60)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
    }
}
