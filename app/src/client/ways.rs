//! By which way a page hears of changes: by a socket, where sockets are blocked by an event stream,
//! where streams are, too, by asking. What is blocked now may be let through later.

/// Sockets in a row that said nothing, after which an event stream is tried.
const BLOCKED: u32 = 3;

/// How often in a row is asked, where an event stream said nothing either, before a socket is tried
/// again.
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

/// What is known of the ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ways {
    /// Sockets in a row that said nothing.
    silent: u32,
    /// How often is still to be asked; none while a stream may do.
    asks: u32,
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

    /// The one that was taken has ended: whether anything was heard, and whether it was ended here.
    /// Gives whether the next is to be taken at once.
    pub fn ended(&mut self, was_heard: bool, is_ours: bool) -> bool {
        match self.way() {
            Way::Socket => self.silent = if was_heard { 0 } else { self.silent + 1 },
            Way::Stream if is_ours => {}
            Way::Stream if !was_heard => {
                self.asks = ASKS;
                return true;
            }
            Way::Ask if is_ours && self.asks > 1 => self.asks -= 1,
            // A socket may be let through by now.
            Way::Stream | Way::Ask => *self = Self::default(),
        }
        is_ours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known once sockets say nothing.
    fn blocked() -> Ways {
        let mut ways = Ways::default();
        for _ in 0..BLOCKED {
            assert_eq!(ways.way(), Way::Socket);
            assert!(!ways.ended(false, false));
        }
        ways
    }

    #[test]
    fn a_stream_is_tried_where_sockets_say_nothing() {
        let mut ways = blocked();
        assert_eq!(ways.way(), Way::Stream);
        assert!(ways.ended(true, true), "something else is asked for");
        assert_eq!(ways.way(), Way::Stream);
        assert!(!ways.ended(true, false), "its time is over");
        assert_eq!(ways.way(), Way::Socket);
    }

    #[test]
    fn a_socket_that_says_something_is_not_blocked() {
        let mut ways = Ways::default();
        for _ in 0..10 {
            ways.ended(false, false);
            ways.ended(false, false);
            ways.ended(true, false);
            assert_eq!(ways.way(), Way::Socket);
        }
    }

    #[test]
    fn is_asked_where_a_stream_says_nothing_either() {
        let mut ways = blocked();
        assert!(ways.ended(false, false), "at once");
        for _ in 0..ASKS {
            assert_eq!(ways.way(), Way::Ask);
            assert!(ways.ended(true, true));
        }
        assert_eq!(ways, Ways::default(), "and all are tried again");
    }

    #[test]
    fn where_nobody_answers_there_is_nothing_to_ask() {
        let mut ways = blocked();
        ways.ended(false, false);
        assert!(!ways.ended(false, false), "not at once");
        assert_eq!(ways.way(), Way::Socket);
    }
}
