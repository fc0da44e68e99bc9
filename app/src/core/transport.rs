//! By which way a page hears of changes: by a socket, where sockets are blocked by an event stream,
//! where streams are, too, by asking. What is blocked now may be let through later, so it is tried
//! again, seldom where it never was.

/// Whether changes arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConnectionStatus {
    /// Not yet, or for the first time.
    #[default]
    Connecting,
    /// Changes arrive as they happen.
    Live,
    /// Changes are asked for from time to time: nothing lets them through by themselves.
    Asking,
    /// Lost; trying again.
    Reconnecting,
    /// Refused for good: only another load of the page helps.
    Ended,
}

impl ConnectionStatus {
    /// Whether changes arrive, at once or some seconds later.
    #[must_use]
    pub fn is_connected(self) -> bool {
        matches!(self, Self::Live | Self::Asking)
    }
}

/// Sockets in a row that said nothing, after which an event stream is tried.
const BLOCKED: u32 = 3;

/// How often in a row is asked, at most, before the other ways are tried again.
const ASKS: u32 = 24;

/// A way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A WebSocket.
    Socket,
    /// Server-Sent Events.
    Stream,
    /// A request that is answered with what there is, again and again.
    Ask,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// A socket's code.
    pub code: Option<u16>,
    /// Whether anything was heard on it.
    pub was_heard: bool,
    /// Whether it was ended here for what is asked for now, so that there is nothing to wait for.
    pub is_ours: bool,
    /// Whether its time was over, and nothing was wrong.
    pub is_due: bool,
}

/// What is known of the ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ways {
    /// Sockets in a row that said nothing.
    silent: u32,
    /// How often is still to be asked; none while a stream may do.
    asks: u32,
    /// How often was to be asked the last time: twice as often the next.
    asked: u32,
    /// Whether the last that was not a socket worked until its time was over.
    is_served: bool,
}

impl Ways {
    /// The one to take.
    #[must_use]
    pub fn way(&self) -> Way {
        match self {
            Self { silent, .. } if *silent < BLOCKED => Way::Socket,
            Self { asks: 0, .. } => Way::Stream,
            Self { .. } => Way::Ask,
        }
    }

    /// Whether a better way is tried while another is known to work: the page is not without.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.is_served
    }

    /// The one that was taken has ended. Gives whether the next is to be taken at once.
    pub fn ended(&mut self, ended: Ended) -> bool {
        let was_heard = ended.was_heard;
        match self.way() {
            Way::Socket if was_heard => *self = Self::default(),
            Way::Socket => self.silent += 1,
            Way::Ask if ended.is_ours => {}
            // Else whoever scrolls on and on would never know it from one that is held back.
            Way::Stream if ended.is_ours && (was_heard || self.asked == 0) => {}
            Way::Stream if was_heard => {
                self.asked = 0;
                self.try_a_socket(ended.is_due);
            }
            Way::Stream => {
                if !ended.is_ours {
                    self.asked = (self.asked * 2).clamp(1, ASKS);
                }
                self.asks = self.asked;
                return true;
            }
            Way::Ask if ended.is_due && self.asks > 1 => self.asks -= 1,
            Way::Ask => self.try_a_socket(ended.is_due),
        }
        ended.is_ours || ended.is_due
    }

    /// One may be let through by now.
    fn try_a_socket(&mut self, is_served: bool) {
        self.silent = BLOCKED - 1;
        self.asks = 0;
        self.is_served = is_served;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENT: Ended = Ended {
        code: None,
        was_heard: false,
        is_ours: false,
        is_due: false,
    };

    const DUE: Ended = Ended {
        was_heard: true,
        is_due: true,
        ..SILENT
    };

    const ORDERED: Ended = Ended {
        was_heard: true,
        is_ours: true,
        ..SILENT
    };

    const BROKEN: Ended = Ended {
        was_heard: true,
        ..SILENT
    };

    /// What is known once sockets say nothing.
    fn blocked() -> Ways {
        let mut ways = Ways::default();
        for _ in 0..BLOCKED {
            assert_eq!(ways.way(), Way::Socket);
            assert!(!ways.ended(SILENT));
        }
        ways
    }

    #[test]
    fn a_stream_is_tried_where_sockets_say_nothing() {
        let mut ways = blocked();
        assert_eq!(ways.way(), Way::Stream);
        assert!(ways.ended(ORDERED), "something else is asked for");
        assert_eq!(ways.way(), Way::Stream);
        assert!(ways.ended(DUE), "its time is over");
        assert!(ways.is_served());
        assert_eq!(ways.way(), Way::Socket);
        assert!(!ways.ended(SILENT));
        assert_eq!(ways.way(), Way::Stream, "after one socket");
        assert!(!ways.ended(BROKEN));
        assert!(!ways.is_served(), "a stream that broke serves nobody");
    }

    #[test]
    fn a_socket_that_says_something_is_not_blocked() {
        let mut ways = Ways::default();
        for _ in 0..10 {
            ways.ended(SILENT);
            ways.ended(SILENT);
            ways.ended(BROKEN);
            assert_eq!(ways, Ways::default());
        }
    }

    #[test]
    fn where_streams_say_nothing_either_is_asked_the_longer_the_longer_that_is_so() {
        let mut ways = blocked();
        for asks in [1, 2, 4, 8, 16, ASKS, ASKS] {
            assert_eq!(ways.way(), Way::Stream);
            assert!(ways.ended(SILENT), "at once");
            for _ in 0..asks {
                assert_eq!(ways.way(), Way::Ask);
                assert!(ways.ended(ORDERED), "which is not counted");
                assert_eq!(ways.way(), Way::Ask);
                assert!(ways.ended(DUE));
            }
            assert!(ways.is_served());
            assert_eq!(ways.way(), Way::Socket);
            assert!(!ways.ended(SILENT));
        }
    }

    #[test]
    fn where_streams_were_held_back_nobody_who_scrolls_waits_for_one() {
        const UNHEARD: Ended = Ended {
            was_heard: false,
            ..ORDERED
        };
        let mut ways = blocked();
        assert!(ways.ended(UNHEARD));
        assert_eq!(ways.way(), Way::Stream, "nothing is known of it yet");
        for ended in [SILENT, DUE, SILENT] {
            ways.ended(ended);
        }
        assert_eq!(ways.way(), Way::Stream);
        assert!(ways.ended(UNHEARD));
        assert_eq!(ways.way(), Way::Ask);
    }

    #[test]
    fn a_server_that_was_away_for_seconds_is_asked_once() {
        let mut ways = blocked();
        ways.ended(SILENT);
        assert!(ways.ended(DUE));
        assert_eq!(ways.way(), Way::Socket);
        ways.ended(BROKEN);
        assert_eq!(ways, Ways::default());
    }

    #[test]
    fn where_nobody_answers_the_page_is_without() {
        let mut ways = blocked();
        ways.ended(SILENT);
        ways.ended(DUE);
        ways.ended(SILENT);
        ways.ended(SILENT);
        assert!(ways.is_served());
        assert!(!ways.ended(SILENT), "not at once");
        assert!(!ways.is_served());
        assert_eq!(ways.way(), Way::Socket);
    }
}
