//! The look of a board: its accent and its emblem. Neither affects a standing.

use serde::{Deserialize, Serialize};

/// Maximum size of an uploaded emblem, in bytes.
pub const MAX_EMBLEM_BYTES: u32 = 64 * 1024;

/// Colour of a board's links, buttons and marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "names of colours")]
pub enum Accent {
    #[default]
    Indigo,
    Teal,
    Amber,
    Rose,
    Violet,
    Lime,
    Sky,
    Slate,
}

impl Accent {
    /// Every accent, the default first.
    pub const ALL: [Self; 8] = [
        Self::Indigo,
        Self::Teal,
        Self::Amber,
        Self::Rose,
        Self::Violet,
        Self::Lime,
        Self::Sky,
        Self::Slate,
    ];

    /// Name in definitions and in style sheets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Indigo => "indigo",
            Self::Teal => "teal",
            Self::Amber => "amber",
            Self::Rose => "rose",
            Self::Violet => "violet",
            Self::Lime => "lime",
            Self::Sky => "sky",
            Self::Slate => "slate",
        }
    }
}

/// Picture beside a board's title. All but `custom` are symbols of `public/emblems.svg`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "names of pictures")]
pub enum Emblem {
    #[default]
    Trophy,
    Stopwatch,
    Racket,
    Flag,
    Bolt,
    Target,
    Dice,
    Crown,
    Chess,
    Mountain,
    /// The uploaded picture of the board.
    Custom,
}

impl Emblem {
    /// Every emblem, the default first and [`Self::Custom`] last.
    pub const ALL: [Self; 11] = [
        Self::Trophy,
        Self::Stopwatch,
        Self::Racket,
        Self::Flag,
        Self::Bolt,
        Self::Target,
        Self::Dice,
        Self::Crown,
        Self::Chess,
        Self::Mountain,
        Self::Custom,
    ];

    /// Name in definitions, and id of the symbol.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trophy => "trophy",
            Self::Stopwatch => "stopwatch",
            Self::Racket => "racket",
            Self::Flag => "flag",
            Self::Bolt => "bolt",
            Self::Target => "target",
            Self::Dice => "dice",
            Self::Crown => "crown",
            Self::Chess => "chess",
            Self::Mountain => "mountain",
            Self::Custom => "custom",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn name_is_that_of_definitions() {
        for accent in Accent::ALL {
            let json = serde_json::to_value(accent).unwrap();
            assert_eq!(json, Value::from(accent.name()));
        }
        for emblem in Emblem::ALL {
            let json = serde_json::to_value(emblem).unwrap();
            assert_eq!(json, Value::from(emblem.name()));
        }
    }

    #[test]
    fn unknown_name_is_refused_with_the_set() {
        let error = serde_json::from_value::<Accent>("pink".into()).unwrap_err();
        let error = error.to_string();
        assert!(
            Accent::ALL.iter().all(|one| error.contains(one.name())),
            "{error}"
        );
        let error = serde_json::from_value::<Emblem>("cat".into()).unwrap_err();
        let error = error.to_string();
        assert!(
            Emblem::ALL.iter().all(|one| error.contains(one.name())),
            "{error}"
        );
    }
}
