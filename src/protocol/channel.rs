//! Channels and their names.
//!
//! | name | state | audience |
//! | --- | --- | --- |
//! | `page:{board}:{season}:{number}` | 50 places of a season | all |
//! | `me:{board}:{season}` | the subscriber's own standing and recent overtakers | players |
//! | `feed:{board}:{season}` | highlights of a season | all |
//! | `presence:{board}` | viewers of a board | all |
//! | `board:{board}` | settings and running seasons | all |
//! | `ops` | activity and warnings of the node | admins |
//!
//! `{season}` is a season (`2026-W47`, `all`). A subscription may name a period instead
//! (`weekly`, `all_time`), which selects its running season.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{InvalidValue, PageNumber, Period, Season, SeasonKey, Slug};

/// A channel with its season resolved. Serialised as its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Channel {
    /// A page of a season.
    Page(SeasonKey, PageNumber),
    /// The subscriber's own standing in a season.
    Me(SeasonKey),
    /// Highlights of a season.
    Feed(SeasonKey),
    /// Viewers of a board.
    Presence(Slug),
    /// Settings and running seasons of a board.
    Board(Slug),
    /// Activity of the node.
    Ops,
}

/// A channel as named in a subscription: with a season or with a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelName {
    /// A named season, or a channel without a season.
    Of(Channel),
    /// The running season of a period. The season inside the channel is only a placeholder.
    Running(Period, Channel),
}

impl Channel {
    /// The board of the channel, if any.
    #[must_use]
    pub fn board(&self) -> Option<&Slug> {
        match self {
            Self::Page(key, _) | Self::Me(key) | Self::Feed(key) => Some(&key.board),
            Self::Presence(board) | Self::Board(board) => Some(board),
            Self::Ops => None,
        }
    }

    /// The same channel in another season.
    #[must_use]
    pub fn of_season(self, season: Season) -> Self {
        let with = |key: SeasonKey| SeasonKey { season, ..key };
        match self {
            Self::Page(key, number) => Self::Page(with(key), number),
            Self::Me(key) => Self::Me(with(key)),
            Self::Feed(key) => Self::Feed(with(key)),
            other => other,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(key, number) => {
                write!(f, "page:{}:{}:{}", key.board, key.season, number.get())
            }
            Self::Me(key) => write!(f, "me:{}:{}", key.board, key.season),
            Self::Feed(key) => write!(f, "feed:{}:{}", key.board, key.season),
            Self::Presence(board) => write!(f, "presence:{board}"),
            Self::Board(board) => write!(f, "board:{board}"),
            Self::Ops => f.write_str("ops"),
        }
    }
}

impl FromStr for ChannelName {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let unknown = || {
            let reason = "must be page:BOARD:SEASON:NUMBER, me:BOARD:SEASON, feed:BOARD:SEASON, \
                          presence:BOARD, board:BOARD or ops";
            InvalidValue::new("channel", text, reason)
        };
        let of = |error: InvalidValue| error.of("channel");
        let parts: Vec<&str> = text.splitn(5, ':').collect();
        let season = |board: &str, season: &str, make: &dyn Fn(SeasonKey) -> Channel| {
            let board = Slug::new(board).map_err(of)?;
            let running = season.parse::<Period>().ok();
            let season = match running {
                Some(_) => Season::AllTime,
                None => season.parse().map_err(of)?,
            };
            let channel = make(SeasonKey { board, season });
            Ok(match running {
                Some(period) => Self::Running(period, channel),
                None => Self::Of(channel),
            })
        };
        match parts[..] {
            ["page", board, of_season, number] => {
                let is_plain = number.bytes().all(|b| b.is_ascii_digit());
                let number = number
                    .parse()
                    .ok()
                    .filter(|_| is_plain)
                    .ok_or_else(unknown)?;
                let number = PageNumber::new(number).map_err(of)?;
                season(board, of_season, &|key| Channel::Page(key, number))
            }
            ["me", board, of_season] => season(board, of_season, &Channel::Me),
            ["feed", board, of_season] => season(board, of_season, &Channel::Feed),
            ["presence", board] => Ok(Self::Of(Channel::Presence(Slug::new(board).map_err(of)?))),
            ["board", board] => Ok(Self::Of(Channel::Board(Slug::new(board).map_err(of)?))),
            ["ops"] => Ok(Self::Of(Channel::Ops)),
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for Channel {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        match text.parse()? {
            ChannelName::Of(channel) => Ok(channel),
            ChannelName::Running(..) => {
                let reason = "must name a season, not a period";
                Err(InvalidValue::new("channel", text, reason))
            }
        }
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_names_round_trip() {
        for name in [
            "page:atp:2026-W47:1",
            "page:a-b_c:all:85899346",
            "me:atp:2026-11-20",
            "feed:atp:2026",
            "presence:atp",
            "board:atp",
            "ops",
        ] {
            let channel = Channel::try_from(name.to_owned()).unwrap();
            assert_eq!(channel.to_string(), name);
            assert_eq!(name.parse(), Ok(ChannelName::Of(channel)));
        }
    }

    #[test]
    fn period_selects_its_running_season() {
        let name: ChannelName = "page:atp:weekly:2".parse().unwrap();
        let ChannelName::Running(Period::Weekly, channel) = name else {
            panic!("expected the running week");
        };
        let season = "2026-W47".parse().unwrap();
        assert_eq!(channel.of_season(season).to_string(), "page:atp:2026-W47:2");
        assert!(Channel::try_from("feed:atp:weekly".to_owned()).is_err());
    }

    #[test]
    fn invalid_channel_name_is_refused() {
        for name in [
            "",
            ":",
            "ops:",
            "ops:1",
            "page",
            "page:atp",
            "page:atp:2026-W47",
            "page:atp:2026-W47:",
            "page:atp:2026-W47:0",
            "page:atp:2026-W47:+1",
            "page:atp:2026-W47:1:1",
            "page:atp:2026-W99:1",
            "page:A B:all:1",
            "me:atp",
            "feed::all",
            "presence:",
            "board:atp:all",
            "shout:atp",
            "page:atp:all:99999999999999999999",
        ] {
            let refused = name.parse::<ChannelName>().unwrap_err();
            assert_eq!(refused.field, "channel", "{name}");
        }
    }
}
