//! The browser's data layer.
//!
//! Pure, tested natively: [`replica`] (the pages held, brought forward by
//! events), [`overlay`] (the view with a pending submission over them),
//! [`virtualizer`] (which places are on screen), [`backoff`], [`countdown`].
//! In the browser only: `connection` (one socket) and `live` (a board page's
//! subscriptions).

pub mod backoff;
#[cfg(feature = "hydrate")]
pub mod connection;
pub mod countdown;
#[cfg(feature = "hydrate")]
pub mod live;
pub mod overlay;
pub mod replica;
pub mod virtualizer;

/// Whether changes arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConnectionStatus {
    /// Not yet, or for the first time.
    #[default]
    Connecting,
    /// Changes arrive as they happen.
    Live,
    /// Lost; trying again.
    Reconnecting,
}
