//! Short-lived cache of the directory's answers.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::sync::Cache;

/// Lifetime of a cached answer.
pub(super) const ANSWER_LIFETIME: Duration = Duration::from_secs(5);

/// Maximum number of cached answers of one kind.
const MAX_ANSWERS: u64 = 10_000;

/// Cache of the directory's answers. An answer that was read before a change is not stored
/// after the change.
pub(super) struct AnswerCache<K, V> {
    cache: Cache<K, V>,
    changes: AtomicU64,
}

impl<K, V> AnswerCache<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new() -> Self {
        let cache = Cache::builder()
            .max_capacity(MAX_ANSWERS)
            .time_to_live(ANSWER_LIFETIME)
            .build();
        Self {
            cache,
            changes: AtomicU64::new(0),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.cache.get(key)
    }

    /// Returns the number of changes so far; call it before the directory is read.
    pub(super) fn begin(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    pub(super) fn keep(&self, key: &K, value: V, begun: u64) {
        self.cache.insert(key.clone(), value);
        if self.begin() != begun {
            self.cache.invalidate(key);
        }
    }

    /// Drops an answer; call it after the directory has changed.
    pub(super) fn forget(&self, key: &K) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate(key);
    }

    pub(super) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate_all();
    }
}
