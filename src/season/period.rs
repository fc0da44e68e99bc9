//! Periods: the lengths of seasons, and a board's set of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidValue;

/// Length of a season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A single season without an end.
    AllTime,
    /// From 1 January.
    Yearly,
    /// From the first day of the month.
    Monthly,
    /// From Monday (ISO 8601 weeks).
    Weekly,
    /// From midnight.
    Daily,
}

impl Period {
    /// Every period, longest first.
    pub const ALL: [Self; 5] = [
        Self::AllTime,
        Self::Yearly,
        Self::Monthly,
        Self::Weekly,
        Self::Daily,
    ];

    /// The name in the JSON API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllTime => "all_time",
            Self::Yearly => "yearly",
            Self::Monthly => "monthly",
            Self::Weekly => "weekly",
            Self::Daily => "daily",
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Period {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|p| p.name() == text)
            .ok_or_else(|| {
                InvalidValue::new(
                    "period",
                    text,
                    "must be all_time, yearly, monthly, weekly or daily",
                )
            })
    }
}

/// The periods of a board: at least one, longest first, without duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Period>", into = "Vec<Period>")]
pub struct Periods(Vec<Period>);

impl Periods {
    /// The periods, longest first.
    pub fn iter(&self) -> impl Iterator<Item = Period> + '_ {
        self.0.iter().copied()
    }

    /// The longest period: the default for readers that name none.
    #[must_use]
    pub fn first(&self) -> Period {
        self.0[0]
    }

    /// Whether the board has this period.
    #[must_use]
    pub fn contains(&self, period: Period) -> bool {
        self.0.contains(&period)
    }
}

impl TryFrom<Vec<Period>> for Periods {
    type Error = InvalidValue;

    fn try_from(mut periods: Vec<Period>) -> Result<Self, InvalidValue> {
        periods.sort_unstable();
        periods.dedup();
        if periods.is_empty() {
            return Err(InvalidValue::new(
                "periods",
                "[]",
                "must name at least one of all_time, yearly, monthly, weekly, daily",
            ));
        }
        Ok(Self(periods))
    }
}

impl From<Periods> for Vec<Period> {
    fn from(periods: Periods) -> Self {
        periods.0
    }
}
