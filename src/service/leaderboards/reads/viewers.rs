//! Numbers of the viewers of boards, for pages that list boards.
//!
//! Open to all. A cached number costs a lookup. Another one costs a command of the broker, so a
//! node asks for each board at most once in [`LIFETIME`].

use std::time::Duration;

use moka::sync::Cache;

use crate::Slug;
use crate::protocol::Presence;
use crate::service::leaderboards::{Leaderboards, MAX_BOARDS};

/// Maximum age of a cached number.
const LIFETIME: Duration = Duration::from_secs(5);

/// The node of a report without viewers. Such a report is not stored, so it only reads.
const NO_NODE: &str = "";

/// Numbers of viewers, by board.
pub(crate) type Viewers = Cache<Slug, u64>;

pub(crate) fn cache() -> Viewers {
    let builder = Cache::builder().max_capacity(MAX_BOARDS as u64);
    builder.time_to_live(LIFETIME).build()
}

impl Leaderboards {
    /// Number of viewers of a board on all nodes, up to some seconds old. 0 while the broker is
    /// down. The caller is not counted.
    pub async fn viewers(&self, board: &Slug) -> u64 {
        if let Some(count) = self.viewers.get(board) {
            return count;
        }
        let none = Presence::default();
        let all = self.broker.present(board, NO_NODE, &none, Duration::ZERO);
        let Ok(all) = all.await else {
            return 0;
        };
        self.viewers.insert(board.clone(), all.count);
        all.count
    }
}
