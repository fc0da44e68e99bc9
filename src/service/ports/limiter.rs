//! The port that counts quotas.

use async_trait::async_trait;

use crate::service::quota::{Limit, Limited};

/// Counts requests against the configured quotas.
#[async_trait]
pub trait Limiter: Send + Sync + 'static {
    /// Takes `cells` requests from a subject's quota: all of them or none.
    async fn take(&self, limit: Limit, subject: &str, cells: u32) -> Result<(), Limited>;

    /// Returns requests that were taken but shall not count, like a sign-in that succeeded.
    async fn put_back(&self, limit: Limit, subject: &str, cells: u32);
}
