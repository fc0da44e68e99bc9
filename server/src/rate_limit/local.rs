//! Counts requests in this process, with `governor`. The Redis engine has a limiter for all nodes.
//!
//! A subject is dropped once its quota is full again. If there are too many subjects, the least
//! used ones are dropped earlier, and then have a full quota again.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use governor::RateLimiter;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use leaderport::service::ports::limiter::Limiter;
use leaderport::service::quota::{Limit, Limited, Quota};
use moka::sync::Cache;

/// Maximum number of counted subjects for each limit.
const MAX_SUBJECTS: u64 = 100_000;

type Rate = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// The count of a subject.
struct Counter {
    rate: Rate,
    /// Requests that were put back. They are taken first, so there are never more of them than
    /// concurrent requests.
    returned: Mutex<u32>,
}

/// The quota of each limit; absent if unlimited.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quotas {
    /// Requests from a network address without an API key.
    pub address: Option<Quota>,
    /// Submissions to a board.
    pub board: Option<Quota>,
    /// Submissions with an API key.
    pub key: Option<Quota>,
    /// Submissions of a player.
    pub player: Option<Quota>,
    /// Reads from a network address without an API key.
    pub read: Option<Quota>,
    /// Failed attempts to sign in with a handle from an address.
    pub handle: Option<Quota>,
    /// Failed attempts to sign in from an address, and sign-ups.
    pub sign_in: Option<Quota>,
}

impl Quotas {
    pub(crate) fn of(&self, limit: Limit) -> Option<Quota> {
        match limit {
            Limit::Address => self.address,
            Limit::Board => self.board,
            Limit::Handle => self.handle,
            Limit::Key => self.key,
            Limit::Player => self.player,
            Limit::Read => self.read,
            Limit::SignIn => self.sign_in,
        }
    }
}

/// Limiter of this process.
pub struct Local {
    /// In the order of [`Limit::ALL`].
    counted: [Option<Counted>; Limit::ALL.len()],
    clock: DefaultClock,
}

struct Counted {
    quota: Quota,
    subjects: Cache<String, Arc<Counter>>,
}

impl Local {
    /// Creates a limiter with these quotas.
    #[must_use]
    pub fn new(quotas: &Quotas) -> Self {
        let counted = |limit| {
            let quota = quotas.of(limit)?;
            let subjects = Cache::builder()
                .max_capacity(MAX_SUBJECTS)
                // After this time the quota is full again.
                .time_to_idle(quota.window())
                .build();
            Some(Counted { quota, subjects })
        };
        Self {
            counted: Limit::ALL.map(counted),
            clock: DefaultClock::default(),
        }
    }
}

#[async_trait]
impl Limiter for Local {
    async fn take(&self, limit: Limit, subject: &str, cells: u32) -> Result<(), Limited> {
        let place = Limit::ALL.iter().position(|l| *l == limit);
        let counted = place.and_then(|place| self.counted[place].as_ref());
        let (Some(counted), Some(cells)) = (counted, NonZeroU32::new(cells)) else {
            return Ok(());
        };
        let quota = counted.quota;
        let counter = counted
            .subjects
            .get_with_by_ref(subject, || Arc::new(Counter::new(quota)));
        let limited = |left, retry_after| Limited {
            limit,
            quota,
            left,
            retry_after,
        };
        let burst = NonZeroU32::new(quota.count()).expect("a quota is at least 1");
        // The caller cannot split a read, so one that costs more than the quota takes all of it.
        let cells = if limit == Limit::Read {
            cells.min(burst)
        } else {
            cells
        };
        if cells > burst {
            return Err(limited(quota.count(), None));
        }
        let returned = counter.take_returned(cells.get());
        let Some(cells) = NonZeroU32::new(cells.get() - returned) else {
            return Ok(());
        };
        let taken = counter.rate.check_n(cells);
        if !matches!(taken, Ok(Ok(_))) {
            counter.put_back(quota, returned);
        }
        match taken {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(until)) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(limited(left(quota, cells, wait) + returned, Some(wait)))
            }
            Err(_) => Err(limited(quota.count(), None)),
        }
    }

    async fn put_back(&self, limit: Limit, subject: &str, cells: u32) {
        let place = Limit::ALL.iter().position(|l| *l == limit);
        let counted = place.and_then(|place| self.counted[place].as_ref());
        if let Some(counted) = counted
            && let Some(counter) = counted.subjects.get(subject)
        {
            counter.put_back(counted.quota, cells);
        }
    }
}

impl Counter {
    fn new(quota: Quota) -> Self {
        let count = NonZeroU32::new(quota.count()).expect("a quota is at least 1");
        let every = governor::Quota::with_period(quota.every());
        let every = every.expect("a quota's window is not empty");
        Self {
            rate: RateLimiter::direct(every.allow_burst(count)).with_middleware(),
            returned: Mutex::default(),
        }
    }

    /// Takes up to `cells` of the returned requests. Returns their number.
    fn take_returned(&self, cells: u32) -> u32 {
        let mut returned = self.returned();
        let taken = cells.min(*returned);
        *returned -= taken;
        taken
    }

    fn put_back(&self, quota: Quota, cells: u32) {
        let mut returned = self.returned();
        *returned = returned.saturating_add(cells).min(quota.count());
    }

    fn returned(&self) -> MutexGuard<'_, u32> {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Number of requests that are available now, if `cells` requests are available after `wait`.
pub(crate) fn left(quota: Quota, cells: NonZeroU32, wait: Duration) -> u32 {
    let lacking = wait.as_nanos().div_ceil(quota.every().as_nanos().max(1));
    let lacking = u32::try_from(lacking).unwrap_or(u32::MAX);
    cells.get().saturating_sub(lacking)
}
