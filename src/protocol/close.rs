//! Close codes of connections, and the client's reaction to each.

/// Reaction of a client to a closed connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Reconnect after a random delay and subscribe with `since`.
    Reconnect,
    /// Do not reconnect: the connection would end the same way.
    GiveUp,
}

/// Close codes. 4000 to 4499 ask the client to reconnect, 4500 to 4999 to give up. After
/// any other end, with a standard WebSocket code or without a code, clients reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// The server stops or restarts. Clients reconnect at a random time within
    /// [`crate::live::RESTART_SPREAD_MILLIS`], to spread the load.
    Restart,
    /// The client read nothing for too long.
    TooSlow,
    /// The client did not answer pings.
    Silent,
    /// The client repeatedly exceeded the command rate.
    TooManyCommands,
    /// A frame exceeded the size limit.
    TooLarge,
}

impl CloseCode {
    /// Every code.
    pub const ALL: [Self; 5] = [
        Self::Restart,
        Self::TooSlow,
        Self::Silent,
        Self::TooManyCommands,
        Self::TooLarge,
    ];

    /// The number in the close frame.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Restart => 4000,
            Self::TooSlow => 4001,
            Self::Silent => 4002,
            Self::TooManyCommands => 4500,
            Self::TooLarge => 4501,
        }
    }

    /// Reason for people.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Restart => "the server restarts; connect again",
            Self::TooSlow => "nothing was taken for too long; connect again",
            Self::Silent => "pings were not answered; connect again",
            Self::TooManyCommands => "too many commands a second",
            Self::TooLarge => "a frame was too large",
        }
    }

    /// Reaction to a close code, or to an end without a code.
    #[must_use]
    pub const fn after(code: Option<u16>) -> After {
        match code {
            Some(4500..=4999) => After::GiveUp,
            _ => After::Reconnect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_are_grouped_by_client_reaction() {
        let groups = CloseCode::ALL.map(|c| (c.code(), CloseCode::after(Some(c.code()))));
        assert!(groups.iter().all(|(code, after)| match after {
            After::Reconnect => (4000..4500).contains(code),
            After::GiveUp => (4500..5000).contains(code),
        }));
        assert_eq!(CloseCode::after(None), After::Reconnect);
        assert_eq!(CloseCode::after(Some(1006)), After::Reconnect);
    }
}
