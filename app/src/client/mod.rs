//! The browser's data layer.
//!
//! Pure, tested natively: [`replica`] (the pages held, brought forward by
//! events), [`overlay`] (the view with pending submissions over them), [`outbox`] (scores
//! that wait for the server), [`virtualizer`] (which places are on screen), [`slots`] (which
//! element shows each), [`glide`] (how it moves to its place), [`ways`] (by which to hear of
//! changes), [`countdown`], [`reflex`] (a game). What a connection says and hears is [`leaderport::live::Client`]'s.
//!
//! In the browser only, with the page: `connection` (one for the page), `follow` (what a board
//! page listens to), `presence` (who else does), `home` (what the home page listens to),
//! `season_end` (what both do then), `list` (scrolling), `rows` (drawing), `form`, `submit`,
//! `announce`, `share`, `turns` (how it comes alive), `worker` (the pages that were seen), and
//! `recover` (a page whose code has failed). Loaded `later`: `dispatch` and `sender` (what becomes
//! of scores; `courier` has it on other pages), `search`, `note` (the reader's own history, and who
//! came past them), `shelf` (pages of boards, without a network), `play`, and the connection as an
//! event stream or by asking.

#[cfg(feature = "hydrate")]
pub mod announce;
#[cfg(feature = "hydrate")]
pub mod connection;
pub mod countdown;
#[cfg(feature = "hydrate")]
pub mod courier;
#[cfg(feature = "hydrate")]
pub mod dispatch;
#[cfg(feature = "hydrate")]
pub mod follow;
#[cfg(feature = "hydrate")]
pub mod form;
pub mod glide;
#[cfg(feature = "hydrate")]
pub mod home;
#[cfg(feature = "hydrate")]
pub mod later;
#[cfg(feature = "hydrate")]
pub mod list;
#[cfg(feature = "hydrate")]
pub mod note;
pub mod outbox;
pub mod overlay;
#[cfg(feature = "hydrate")]
pub mod play;
#[cfg(feature = "hydrate")]
pub mod presence;
#[cfg(feature = "hydrate")]
pub mod recover;
pub mod reflex;
pub mod replica;
#[cfg(feature = "hydrate")]
pub mod rows;
#[cfg(feature = "hydrate")]
pub mod search;
#[cfg(feature = "hydrate")]
pub mod season_end;
#[cfg(feature = "hydrate")]
pub mod sender;
#[cfg(feature = "hydrate")]
pub mod share;
#[cfg(feature = "hydrate")]
pub mod shelf;
pub mod slots;
#[cfg(feature = "hydrate")]
pub mod submit;
#[cfg(feature = "hydrate")]
pub mod turns;
pub mod virtualizer;
pub mod ways;
#[cfg(feature = "hydrate")]
pub mod worker;

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
