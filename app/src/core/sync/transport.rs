//! Chooses how a page receives changes: by WebSocket, else by an event stream, else by polling.
//!
//! A blocked transport may work again later, so better transports are retried. The retries become
//! rarer the longer a transport has failed.

/// The number of consecutive WebSockets without any event after which an event stream is tried.
const BLOCKED: u32 = 3;

/// The maximum number of consecutive polls before an event stream is tried again.
const MAX_POLLS: u32 = 24;

/// The status of the page's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConnectionStatus {
    /// The first connection is not open yet.
    #[default]
    Connecting,
    /// Changes arrive as they happen.
    Live,
    /// Changes are polled every few seconds, because WebSockets and event streams are blocked.
    Polling,
    /// The connection was lost; the client retries.
    Reconnecting,
    /// The server refused the connection permanently; only a reload helps.
    Ended,
}

impl ConnectionStatus {
    /// Whether changes arrive, at once or by polling.
    #[must_use]
    pub fn is_connected(self) -> bool {
        matches!(self, Self::Live | Self::Polling)
    }
}

/// A way to receive changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket.
    WebSocket,
    /// Server-Sent Events.
    EventStream,
    /// Repeated requests, each answered with the current state.
    Polling,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Closed {
    /// The close code of a WebSocket.
    pub code: Option<u16>,
    /// Whether any event arrived on the connection.
    pub has_received: bool,
    /// Whether the client closed the connection, for example to change its subscriptions over HTTP.
    /// It then reconnects at once.
    pub is_ours: bool,
    /// Whether the connection reached its planned end without a failure.
    pub is_due: bool,
}

/// Picks the next transport from the ends of the previous connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransportPicker {
    /// The number of consecutive WebSockets without any event.
    silent: u32,
    /// The number of polls before an event stream is tried; zero if it can be tried now.
    polls_left: u32,
    /// The number of polls of the last series; the next series has twice as many.
    polls: u32,
    /// Whether the last transport other than a WebSocket worked until its planned end.
    is_served: bool,
}

impl TransportPicker {
    /// The transport to use next.
    #[must_use]
    pub fn next(&self) -> Transport {
        match self {
            Self { silent, .. } if *silent < BLOCKED => Transport::WebSocket,
            Self { polls_left: 0, .. } => Transport::EventStream,
            Self { .. } => Transport::Polling,
        }
    }

    /// Whether the last event stream or poll worked. If so, the next WebSocket is only a probe, and
    /// its failure is no outage.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.is_served
    }

    /// Records the end of a connection. Returns whether to reconnect at once.
    pub fn closed(&mut self, closed: Closed) -> bool {
        let has_received = closed.has_received;
        match self.next() {
            Transport::WebSocket if has_received => *self = Self::default(),
            Transport::WebSocket => self.silent += 1,
            Transport::Polling if closed.is_ours => {}
            // Constant scrolling closes streams early. After polling, such a stream must have
            // received an event, or else it counts as blocked.
            Transport::EventStream if closed.is_ours && (has_received || self.polls == 0) => {}
            Transport::EventStream if has_received => {
                self.polls = 0;
                self.probe_websocket(closed.is_due);
            }
            Transport::EventStream => {
                if !closed.is_ours {
                    self.polls = (self.polls * 2).clamp(1, MAX_POLLS);
                }
                self.polls_left = self.polls;
                return true;
            }
            Transport::Polling if closed.is_due && self.polls_left > 1 => self.polls_left -= 1,
            Transport::Polling => self.probe_websocket(closed.is_due),
        }
        closed.is_ours || closed.is_due
    }

    /// Makes the next transport a WebSocket, as a probe.
    fn probe_websocket(&mut self, is_served: bool) {
        self.silent = BLOCKED - 1;
        self.polls_left = 0;
        self.is_served = is_served;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENT: Closed = Closed {
        code: None,
        has_received: false,
        is_ours: false,
        is_due: false,
    };

    const DUE: Closed = Closed {
        has_received: true,
        is_due: true,
        ..SILENT
    };

    const RESUBSCRIBED: Closed = Closed {
        has_received: true,
        is_ours: true,
        ..SILENT
    };

    const BROKEN: Closed = Closed {
        has_received: true,
        ..SILENT
    };

    /// The state after enough silent WebSockets.
    fn blocked() -> TransportPicker {
        let mut picker = TransportPicker::default();
        for _ in 0..BLOCKED {
            assert_eq!(picker.next(), Transport::WebSocket);
            assert!(!picker.closed(SILENT));
        }
        picker
    }

    #[test]
    fn an_event_stream_is_tried_while_websockets_are_silent() {
        let mut picker = blocked();
        assert_eq!(picker.next(), Transport::EventStream);
        assert!(picker.closed(RESUBSCRIBED));
        assert_eq!(picker.next(), Transport::EventStream);
        assert!(picker.closed(DUE));
        assert!(picker.is_served());
        assert_eq!(picker.next(), Transport::WebSocket);
        assert!(!picker.closed(SILENT));
        assert_eq!(picker.next(), Transport::EventStream, "after one WebSocket");
        assert!(!picker.closed(BROKEN));
        assert!(
            !picker.is_served(),
            "a broken stream does not serve the page"
        );
    }

    #[test]
    fn a_websocket_that_was_heard_is_not_blocked() {
        let mut picker = TransportPicker::default();
        for _ in 0..10 {
            picker.closed(SILENT);
            picker.closed(SILENT);
            picker.closed(BROKEN);
            assert_eq!(picker, TransportPicker::default());
        }
    }

    #[test]
    fn the_polling_period_doubles_while_event_streams_are_blocked() {
        let mut picker = blocked();
        for polls in [1, 2, 4, 8, 16, MAX_POLLS, MAX_POLLS] {
            assert_eq!(picker.next(), Transport::EventStream);
            assert!(picker.closed(SILENT), "at once");
            for _ in 0..polls {
                assert_eq!(picker.next(), Transport::Polling);
                assert!(picker.closed(RESUBSCRIBED), "does not count as a poll");
                assert_eq!(picker.next(), Transport::Polling);
                assert!(picker.closed(DUE));
            }
            assert!(picker.is_served());
            assert_eq!(picker.next(), Transport::WebSocket);
            assert!(!picker.closed(SILENT));
        }
    }

    #[test]
    fn a_new_subscription_polls_at_once_after_a_blocked_event_stream() {
        const UNHEARD: Closed = Closed {
            has_received: false,
            ..RESUBSCRIBED
        };
        let mut picker = blocked();
        assert!(picker.closed(UNHEARD));
        assert_eq!(
            picker.next(),
            Transport::EventStream,
            "not known to be blocked"
        );
        for closed in [SILENT, DUE, SILENT] {
            picker.closed(closed);
        }
        assert_eq!(picker.next(), Transport::EventStream);
        assert!(picker.closed(UNHEARD));
        assert_eq!(picker.next(), Transport::Polling);
    }

    #[test]
    fn a_short_outage_of_the_server_costs_one_poll() {
        let mut picker = blocked();
        picker.closed(SILENT);
        assert!(picker.closed(DUE));
        assert_eq!(picker.next(), Transport::WebSocket);
        picker.closed(BROKEN);
        assert_eq!(picker, TransportPicker::default());
    }

    #[test]
    fn without_any_answer_the_page_is_not_served() {
        let mut picker = blocked();
        picker.closed(SILENT);
        picker.closed(DUE);
        picker.closed(SILENT);
        picker.closed(SILENT);
        assert!(picker.is_served());
        assert!(!picker.closed(SILENT), "not at once");
        assert!(!picker.is_served());
        assert_eq!(picker.next(), Transport::WebSocket);
    }
}
