//! Counts requests in Redis, for all nodes: one script, one round trip, by Redis's clock. While
//! Redis is unreachable, each node counts by itself. Each node also counts reads by itself, because
//! most of them cost less than a round trip.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use leaderport::service::ports::limiter::Limiter;
use leaderport::service::quota::{Limit, Limited};
use redis::Script;

use crate::broker::redis::Redis;
use crate::broker::redis::connection::Connection;
use crate::broker::redis::keys::Keys;
use crate::rate_limit::local::{Local, Quotas, left};

/// Limiter in Redis.
pub struct RedisLimiter {
    connection: Connection,
    keys: Keys,
    quotas: Quotas,
    script: Script,
    local: Local,
}

impl RedisLimiter {
    /// Creates a limiter with these quotas. It uses the broker's connection and prefix.
    #[must_use]
    pub fn new(redis: &Redis, quotas: Quotas) -> Self {
        Self {
            connection: redis.connection.clone(),
            keys: redis.keys.clone(),
            local: Local::new(&quotas),
            quotas,
            script: Script::new(include_str!("limit.lua")),
        }
    }
}

#[async_trait]
impl Limiter for RedisLimiter {
    async fn take(&self, limit: Limit, subject: &str, cells: u32) -> Result<(), Limited> {
        if limit == Limit::Read {
            return self.local.take(limit, subject, cells).await;
        }
        let (Some(quota), Some(wanted)) = (self.quotas.of(limit), NonZeroU32::new(cells)) else {
            return Ok(());
        };
        let limited = |left, retry_after| Limited {
            limit,
            quota,
            left,
            retry_after,
        };
        if cells > quota.count() {
            return Err(limited(quota.count(), None));
        }
        let mut script = self.script.key(self.keys.limit(limit, subject));
        script
            .arg(quota.every().as_secs_f64() * 1e6)
            .arg(quota.count())
            .arg(cells);
        let waited: Result<u64, _> = self.connection.run(&script).await;
        match waited {
            Ok(0) => Ok(()),
            Ok(micros) => {
                let wait = Duration::from_micros(micros);
                Err(limited(left(quota, wanted, wait), Some(wait)))
            }
            // A failure of Redis must not refuse the request, so count it locally.
            Err(_) => self.local.take(limit, subject, cells).await,
        }
    }
}
