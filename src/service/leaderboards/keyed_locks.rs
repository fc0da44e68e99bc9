//! A lock for each key. Keys are created on demand and dropped after use.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Number of locks that are kept before unused ones are dropped.
const KEPT: usize = 64;

/// Locks by key: shared, or exclusive.
pub(crate) struct KeyedLocks<K>(Mutex<Locks<K>>);

struct Locks<K> {
    by_key: HashMap<K, Weak<RwLock<()>>>,
    /// Number of locks at which the unused ones are dropped.
    full: usize,
}

pub(crate) type Shared = OwnedRwLockReadGuard<()>;
pub(crate) type Exclusive = OwnedRwLockWriteGuard<()>;

impl<K: Clone + Eq + Hash> KeyedLocks<K> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Locks {
            by_key: HashMap::new(),
            full: KEPT,
        }))
    }

    pub(crate) async fn shared(&self, key: &K) -> Shared {
        self.lock(key).read_owned().await
    }

    pub(crate) async fn exclusive(&self, key: &K) -> Exclusive {
        self.lock(key).write_owned().await
    }

    fn lock(&self, key: &K) -> Arc<RwLock<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.by_key.get(key).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.by_key.len() >= locks.full {
            locks.by_key.retain(|_, lock| lock.strong_count() > 0);
            // Twice the number in use, so that the cost of dropping stays constant for each lock.
            locks.full = KEPT.max(2 * locks.by_key.len());
        }
        let lock = Arc::default();
        locks.by_key.insert(key.clone(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn keys_are_locked_independently() {
        let locks = KeyedLocks::new();
        let one = locks.exclusive(&1).await;
        assert!(locks.exclusive(&1).now_or_never().is_none());
        assert!(locks.shared(&1).now_or_never().is_none());
        assert!(locks.exclusive(&2).now_or_never().is_some());
        drop(one);
        let shared = locks.shared(&1).now_or_never();
        assert!(shared.is_some());
        assert!(locks.shared(&1).now_or_never().is_some());
        assert!(locks.exclusive(&1).now_or_never().is_none());
    }

    #[tokio::test]
    async fn unused_locks_are_dropped_and_used_ones_are_kept() {
        let locks = KeyedLocks::new();
        let used = locks.exclusive(&0).await;
        for key in 1..10_000 {
            drop(locks.exclusive(&key).await);
        }
        let kept = locks.0.lock().unwrap().by_key.len();
        assert!(kept <= KEPT, "{kept}");
        assert!(locks.exclusive(&0).now_or_never().is_none());
        drop(used);
    }
}
