//! A registry with one shared value for each key. The registry has only weak references: a value is
//! dropped when its last user drops it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Values by key, as weak references.
pub(crate) struct Registry<K, T>(Mutex<HashMap<K, Weak<T>>>);

impl<K, T> Default for Registry<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, T> Registry<K, T> {
    /// The value of a key. `start` creates a missing value.
    pub(crate) fn enter(&self, key: &K, start: impl FnOnce() -> Arc<T>) -> Arc<T> {
        let mut all = self.lock();
        if let Some(one) = all.get(key).and_then(Weak::upgrade) {
            return one;
        }
        let one = start();
        all.insert(key.clone(), Arc::downgrade(&one));
        one
    }

    /// Removes a key, unless it has a new value in use. A value calls this when it is dropped.
    pub(crate) fn leave(&self, key: &K) {
        let mut all = self.lock();
        if all.get(key).is_some_and(|one| one.strong_count() == 0) {
            all.remove(key);
        }
    }

    /// The value of a key, if it is in use.
    pub(crate) fn get(&self, key: &K) -> Option<Arc<T>> {
        self.lock().get(key).and_then(Weak::upgrade)
    }

    /// Whether the value of a key is in use.
    pub(crate) fn holds(&self, key: &K) -> bool {
        let all = self.lock();
        all.get(key).is_some_and(|one| one.strong_count() > 0)
    }

    /// All values in use. Returned as a list, because dropping the last reference calls
    /// [`Self::leave`], which takes the lock.
    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        self.lock().values().filter_map(Weak::upgrade).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Weak<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
