//! Converts the messages that Redis pushes over the connection to notices.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use leaderport::service::ports::broker::Notice;
use leaderport::{SeasonKey, Slug};
use redis::{PushInfo, PushKind, Value};
use tokio::sync::broadcast;

use super::keys::Keys;
use super::texts;

/// Number of notices that a subscriber may lag behind.
const NOTICES: usize = 4096;

/// The sender of notices, and the boards whose channels are subscribed.
pub(super) struct Notices {
    keys: Keys,
    sender: broadcast::Sender<Notice>,
    /// Subscribed boards, and how often Redis confirmed each subscription. A second confirmation
    /// means that the connection was lost and restored, so messages may have been missed.
    boards: Mutex<HashMap<Slug, u64>>,
}

impl Notices {
    pub(super) fn new(keys: Keys) -> Self {
        Self {
            keys,
            sender: broadcast::channel(NOTICES).0,
            boards: Mutex::default(),
        }
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.sender.subscribe()
    }

    /// Whether a board's channel is subscribed.
    pub(super) fn is_subscribed(&self, board: &Slug) -> bool {
        self.boards().contains_key(board)
    }

    /// Records a board's subscription, unless Redis has already confirmed it.
    pub(super) fn record_subscription(&self, board: &Slug) {
        self.boards().entry(board.clone()).or_default();
    }

    fn boards(&self) -> MutexGuard<'_, HashMap<Slug, u64>> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles a message that the connection received without a request.
    pub(super) fn receive(&self, pushed: &PushInfo) {
        let PushInfo { kind, data } = pushed;
        let channel = data.first().and_then(bytes);
        let Some(channel) = channel.and_then(|c| std::str::from_utf8(c).ok()) else {
            return;
        };
        let message = data.get(1).and_then(bytes).unwrap_or_default();
        if let Some(board) = self.keys.board_of(channel) {
            self.receive_of_board(board, kind, message);
        } else if channel == self.keys.definitions() && *kind == PushKind::SMessage {
            let slug = std::str::from_utf8(message).ok();
            if let Some(board) = slug.and_then(|slug| Slug::new(slug).ok()) {
                self.send(Notice::Defined(board));
            }
        }
    }

    fn receive_of_board(&self, board: Slug, kind: &PushKind, message: &[u8]) {
        match kind {
            PushKind::SMessage => self.notify(message, board),
            PushKind::SSubscribe => {
                let confirmed = {
                    let mut boards = self.boards();
                    let confirmed = boards.entry(board.clone()).or_default();
                    *confirmed += 1;
                    *confirmed
                };
                if confirmed > 1 {
                    tracing::warn!(%board, "subscribed to a board again after a lost connection; the board is read again");
                    self.send(Notice::Lost(board));
                }
            }
            _ => {}
        }
    }

    fn notify(&self, message: &[u8], board: Slug) {
        match texts::received(message) {
            Ok((season, published)) => {
                let key = SeasonKey { board, season };
                self.send(match published {
                    Some(published) => Notice::Published(key, published.into()),
                    None => Notice::Loaded(key),
                });
            }
            Err(error) => {
                tracing::error!(%board, %error, "unreadable message on a board's channel; the board is read again");
                self.send(Notice::Lost(board));
            }
        }
    }

    pub(super) fn send(&self, notice: Notice) {
        // Sending fails only without subscribers.
        let _ = self.sender.send(notice);
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}
