//! The single write path and the single read path, over ports that engines implement.
//!
//! [`leaderboards`] is the ranking service. [`people`] manages accounts, sessions and keys.
//! [`push`] notifies players who are away.
//! [`access`] decides permissions. [`ports`] are the traits that engines implement. Server
//! functions, REST and realtime call these modules and never an engine. [`supervisor`] restarts
//! lasting tasks that panic.

pub mod access;
pub mod error;
pub mod leaderboards;
pub mod people;
pub mod ports;
pub mod push;
pub mod quota;
pub mod supervisor;

pub use self::access::{Caller, Proof};
pub use self::error::Error;
pub use self::leaderboards::commit::{ImportOutcome, Outcome, SeasonOutcome};
pub use self::leaderboards::limits::MAX_BATCH;
pub use self::leaderboards::reads::profile::Review;
pub use self::leaderboards::reads::read::{
    MAX_LIMIT, PlayerStanding, SeasonInfo, Standings, Totals,
};
pub use self::leaderboards::{CommitTask, Leaderboards, MAX_BOARDS, Ports, Rebuilt};
pub use self::people::People;
pub use self::people::secret::Token;
pub use self::ports::broker::Broker;
pub use self::ports::clock::Clock;
pub use self::ports::directory::Directory;
pub use self::ports::entropy::Entropy;
pub use self::ports::ledger::Ledger;
pub use self::ports::limiter::Limiter;
pub use self::ports::push::PushStore;
pub use self::ports::records::Records;
pub use self::push::Push;
pub use self::supervisor::Supervisor;
