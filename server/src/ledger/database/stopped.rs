//! A clock for tests of the database, in which no time passes.

use leaderport::Timestamp;
use leaderport::service::Clock;

pub(crate) struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::MIN
    }
}
