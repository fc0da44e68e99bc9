//! Why the server ends a connection, and what the client does then.

/// What a client does after its connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Connects again, after a random time, and subscribes with `since`.
    Reconnect,
    /// Leaves it: it would end the same way.
    GiveUp,
}

/// The codes: 4000 to 4499 ask to reconnect, 4500 to 4999 to give up. Any other
/// end of a connection, with a code of the WebSocket standard or with none, asks to
/// reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// The server stops or restarts; the reason says within how many milliseconds
    /// to come back, at random, so that not all come at once.
    Restart,
    /// It took nothing for too long.
    TooSlow,
    /// It did not answer pings.
    Silent,
    /// It sent commands faster than is allowed, again and again.
    TooManyCommands,
    /// A frame was larger than is read at all.
    TooLarge,
}

impl CloseCode {
    /// All of them.
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

    /// For people.
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

    /// What to do after a connection ended with a code, or with none.
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
    fn codes_are_grouped_by_what_the_client_does() {
        let groups = CloseCode::ALL.map(|c| (c.code(), CloseCode::after(Some(c.code()))));
        assert!(groups.iter().all(|(code, after)| match after {
            After::Reconnect => (4000..4500).contains(code),
            After::GiveUp => (4500..5000).contains(code),
        }));
        assert_eq!(CloseCode::after(None), After::Reconnect);
        assert_eq!(CloseCode::after(Some(1006)), After::Reconnect);
    }
}
