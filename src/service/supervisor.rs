//! Supervision of tasks that last as long as their node.
//!
//! A task that panics is logged and counted, and starts again: at first after
//! [`FIRST_DELAY`], then after doubled delays up to [`LONGEST_DELAY`]. Until it has started
//! again, the node is not ready, and names the task.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Delay of the first restart.
pub const FIRST_DELAY: Duration = Duration::from_millis(100);

/// Maximum delay of a restart. A task that ran for longer has recovered.
pub const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// The supervised tasks of a node. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Supervisor(Arc<Mutex<BTreeMap<&'static str, u32>>>);

/// A task that waits for its restart.
struct Down<'a> {
    supervisor: &'a Supervisor,
    task: &'static str,
}

impl Supervisor {
    /// Spawns a task that starts again after a panic. It ends when a run of it ends, or when the
    /// handle aborts it.
    pub fn spawn<F>(
        &self,
        task: &'static str,
        mut start: impl FnMut() -> F + Send + 'static,
    ) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let supervisor = self.clone();
        tokio::spawn(async move {
            let mut delay = FIRST_DELAY;
            loop {
                let began = Instant::now();
                // A panic leaves no shared state half-changed that the next run relies on: locks
                // are taken again, and ranked state has versions.
                let run = AssertUnwindSafe(async { start().await }).catch_unwind();
                let Err(panic) = run.await else { return };
                if began.elapsed() > LONGEST_DELAY {
                    delay = FIRST_DELAY;
                }
                let _down = supervisor.note_down(task);
                metrics::counter!("leaderport_task_restarts_total", "task" => task).increment(1);
                tracing::error!(
                    task,
                    panic = message(&*panic),
                    delay_ms = delay.as_millis(),
                    "a task panicked; it starts again"
                );
                tokio::time::sleep(delay).await;
                delay = (2 * delay).min(LONGEST_DELAY);
            }
        })
    }

    /// The tasks that panicked and have not started again.
    #[must_use]
    pub fn down(&self) -> Vec<&'static str> {
        self.lock().keys().copied().collect()
    }

    fn note_down(&self, task: &'static str) -> Down<'_> {
        *self.lock().entry(task).or_default() += 1;
        let supervisor = self;
        Down { supervisor, task }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Down<'_> {
    fn drop(&mut self) {
        let mut down = self.supervisor.lock();
        if let Some(count) = down.get_mut(self.task) {
            *count -= 1;
            if *count == 0 {
                down.remove(self.task);
            }
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::mpsc;

    use super::*;

    /// A task that reports each start, and panics in each of its first `panics` runs.
    fn panicking(
        supervisor: &Supervisor,
        panics: u32,
    ) -> (JoinHandle<()>, mpsc::UnboundedReceiver<u32>) {
        let (starts, started) = mpsc::unbounded_channel();
        let runs = Arc::new(AtomicU32::new(0));
        let handle = supervisor.spawn("test", move || {
            let (runs, starts) = (runs.clone(), starts.clone());
            async move {
                let run = runs.fetch_add(1, Ordering::Relaxed) + 1;
                starts.send(run).unwrap();
                assert!(run > panics, "run {run} panics");
                std::future::pending::<()>().await;
            }
        });
        (handle, started)
    }

    #[tokio::test(start_paused = true)]
    async fn panicked_task_starts_again_after_growing_delays() {
        let supervisor = Supervisor::default();
        let (task, mut started) = panicking(&supervisor, 12);
        let mut before = Instant::now();
        let mut expected = Duration::ZERO;
        for run in 1..=13 {
            assert_eq!(started.recv().await, Some(run));
            assert_eq!(before.elapsed().as_millis(), expected.as_millis());
            before = Instant::now();
            expected = match run {
                1 => FIRST_DELAY,
                _ => (2 * expected).min(LONGEST_DELAY),
            };
        }
        assert_eq!(supervisor.down(), Vec::<&str>::new());
        task.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn panicked_task_is_down_until_it_starts_again() {
        let supervisor = Supervisor::default();
        let (task, mut started) = panicking(&supervisor, 1);
        assert_eq!(started.recv().await, Some(1));
        while supervisor.down().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(supervisor.down(), ["test"]);
        assert_eq!(started.recv().await, Some(2));
        assert_eq!(supervisor.down(), Vec::<&str>::new());
        task.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn aborted_task_is_not_down() {
        let supervisor = Supervisor::default();
        let (task, _started) = panicking(&supervisor, u32::MAX);
        while supervisor.down().is_empty() {
            tokio::task::yield_now().await;
        }
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(supervisor.down(), Vec::<&str>::new());
    }

    #[tokio::test]
    async fn finished_task_does_not_start_again() {
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let task = Supervisor::default().spawn("test", move || {
            counted.fetch_add(1, Ordering::Relaxed);
            std::future::ready(())
        });
        task.await.unwrap();
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    }
}
