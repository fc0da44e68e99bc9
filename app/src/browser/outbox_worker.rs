//! Sends the scores of the [`Outbox`]: in order, one at a time, by one tab of all.
//!
//! A tab holds a Web Lock while it sends and releases it while it rests, so the next tab takes
//! over from a closed one. Two tabs may still send one score twice: without Web Locks, or while a
//! browser has not yet told a tab what another one removed from the storage. The submission id
//! makes that harmless.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leaderport::Slug;
use leaderport::live::wait_millis;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Storage;

use super::navigator::lock_manager;
use crate::api::submit::{NO_PLAYER, submit_score};
use crate::core::confirmation::Confirmation;
use crate::core::outbox::{Answer, Change, Outbox, PREFIX, QueuedScore};
use crate::error::PageError;

/// The name of the lock.
const LOCK: &str = "leaderport.outbox";

/// The shortest wait before a retry, in milliseconds.
const MIN_WAIT_MILLIS: u32 = 500;

/// The time limit of an answer, in milliseconds. The submission id makes a retry harmless.
const ANSWER_MILLIS: u32 = 20_000;

type Listener = Rc<dyn Fn(&Change)>;

/// The result of one round of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// The outbox holds nothing that waits.
    All,
    /// Some scores must be retried after a rest.
    NotAll,
}

/// The page's worker. Copied freely; there is one.
#[derive(Clone, Copy)]
pub struct OutboxWorker {
    /// The scores of all tabs that are not answered yet.
    outbox: RwSignal<Outbox>,
    state: StoredValue<SendWrapper<Rc<State>>>,
}

#[derive(Default)]
struct State {
    listeners: RefCell<Vec<Listener>>,
    /// Whether this tab sends, or waits for the lock.
    is_sending: Cell<bool>,
    /// Counts the scores that were added.
    added: Cell<u32>,
    /// The keys that were seen in the storage.
    stored: RefCell<Vec<String>>,
    /// Keys that another tab has removed from the storage since.
    gone: RefCell<Vec<String>>,
    /// The id of the score that is being sent.
    in_flight: RefCell<Option<String>>,
    /// Ends the wait before the next attempt.
    woken: RefCell<Option<oneshot::Sender<()>>>,
}

impl OutboxWorker {
    /// Reads the stored scores, sends them, and follows the changes that other tabs make.
    #[must_use]
    pub fn start(outbox: RwSignal<Outbox>) -> Self {
        let worker = Self {
            outbox,
            state: StoredValue::new(SendWrapper::new(Rc::default())),
        };
        let storage = window_event_listener(ev::storage, move |event| {
            worker.entry_changed(event.key().as_deref(), event.new_value().as_deref());
        });
        let online = window_event_listener(ev::online, move |_| worker.wake());
        on_cleanup(move || {
            storage.remove();
            online.remove();
        });
        worker.read_storage();
        worker.wake();
        worker
    }

    /// Calls a listener with every change, for as long as the page lives.
    pub fn listen(self, listener: impl Fn(&Change) + 'static) {
        if let Some(state) = self.state() {
            state.listeners.borrow_mut().push(Rc::new(listener));
        }
    }

    /// Stores a score, and sends it as soon as possible.
    pub fn add(self, score: QueuedScore) {
        self.store(&score);
        self.count_added();
        self.notify(&Change::Added(score));
        self.wake();
    }

    /// Removes a score that waits, or that was refused.
    pub fn remove(self, id: &str) -> Option<QueuedScore> {
        let removed = self.outbox.write().take(id)?;
        if let Some(storage) = local_storage() {
            let _ = storage.remove_item(&removed.key());
        }
        if removed.answer.is_none() {
            self.notify(&Change::Dropped(removed.clone()));
        }
        Some(removed)
    }

    /// Whether a score is being sent, so that its outcome is unknown.
    #[must_use]
    pub fn is_in_flight(self, id: &str) -> bool {
        let state = self.state();
        state.is_some_and(|state| state.in_flight.borrow().as_deref() == Some(id))
    }

    /// None once the page is gone.
    fn state(self) -> Option<Rc<State>> {
        let state = self.state.try_get_value()?;
        Some(SendWrapper::take(state))
    }

    fn count_added(self) {
        if let Some(state) = self.state() {
            state.added.set(state.added.get().wrapping_add(1));
        }
    }

    /// Sends at once if anything waits.
    fn wake(self) {
        let Some(state) = self.state() else {
            return;
        };
        if let Some(woken) = state.woken.borrow_mut().take() {
            // Fails when the wait has just ended.
            let _ = woken.send(());
            return;
        }
        if self.is_waiting() && !state.is_sending.replace(true) {
            spawn_local(async move {
                self.send_until_empty(&state).await;
                state.is_sending.set(false);
            });
        }
    }

    async fn send_until_empty(self, state: &State) {
        let mut failures = 0;
        loop {
            let added = state.added.get();
            match self.send_as_leader().await {
                // A score that was added during the last answer is sent at once.
                Sent::All if self.is_waiting() && state.added.get() != added => failures = 0,
                Sent::All => return,
                Sent::NotAll => {
                    self.rest(failures).await;
                    failures = failures.saturating_add(1);
                }
            }
        }
    }

    /// Whether a score waits that no other tab has sent.
    fn is_waiting(self) -> bool {
        self.next(&[]).is_some()
    }

    /// Sends everything under the lock, so that one tab sends at a time.
    async fn send_as_leader(self) -> Sent {
        let Some(locks) = lock_manager() else {
            return self.send_all().await;
        };
        let sent: Rc<Cell<Option<Sent>>> = Rc::default();
        let result = sent.clone();
        let held = Closure::once_into_js(move |_lock: JsValue| {
            future_to_promise(async move {
                // Another tab may have sent since.
                self.read_storage();
                result.set(Some(self.send_all().await));
                Ok(JsValue::UNDEFINED)
            })
        });
        // An error means that the page gets no lock.
        let _ = JsFuture::from(locks.request(LOCK, held.unchecked_ref())).await;
        match sent.get() {
            Some(sent) => sent,
            None => self.send_all().await,
        }
    }

    async fn send_all(self) -> Sent {
        // Boards that take no scores at the moment do not stop the others.
        let mut skipped_boards = Vec::new();
        while let Some(score) = self.next(&skipped_boards) {
            let Some(state) = self.state() else {
                return Sent::All;
            };
            *state.in_flight.borrow_mut() = Some(score.id.clone());
            let answer = send(&score).await;
            state.in_flight.borrow_mut().take();
            let (answer, is_refused) = match answer {
                Ok(confirmation) => (Answer::Recorded(confirmation), false),
                Err(error) if error.is_temporary() => {
                    // A score that was removed during the attempt does not come back.
                    if self.has(&score.id) {
                        self.update(QueuedScore {
                            attempts: score.attempts.saturating_add(1),
                            ..score.clone()
                        });
                    }
                    if error.is_transport_error() {
                        return Sent::NotAll;
                    }
                    skipped_boards.push(score.slug);
                    continue;
                }
                Err(error) => (Answer::Refused(error.message), true),
            };
            if is_refused && !self.has(&score.id) {
                continue;
            }
            let is_recorded = matches!(answer, Answer::Recorded(_));
            let id = score.id.clone();
            // A score that was removed during the attempt counts all the same.
            self.update(QueuedScore {
                answer: Some(answer),
                ..score
            });
            if is_recorded {
                self.remove(&id);
            }
        }
        if skipped_boards.is_empty() {
            Sent::All
        } else {
            Sent::NotAll
        }
    }

    fn has(self, id: &str) -> bool {
        self.outbox.read_untracked().get(id).is_some()
    }

    fn next(self, skipped_boards: &[Slug]) -> Option<QueuedScore> {
        let state = self.state()?;
        let gone = state.gone.borrow();
        let is_skipped = |score: &QueuedScore| {
            skipped_boards.contains(&score.slug) || gone.contains(&score.key())
        };
        self.outbox.read_untracked().next(is_skipped).cloned()
    }

    /// Waits before the next attempt, or until [`Self::wake`].
    async fn rest(self, failures: u32) {
        let (woken, waits) = oneshot::channel();
        let Some(state) = self.state() else {
            return;
        };
        *state.woken.borrow_mut() = Some(woken);
        let millis = MIN_WAIT_MILLIS + wait_millis(failures, js_sys::Math::random());
        match select(TimeoutFuture::new(millis), waits).await {
            Either::Left(_) => drop(state.woken.borrow_mut().take()),
            Either::Right(_) => {}
        }
    }

    fn update(self, score: QueuedScore) {
        self.store(&score);
        self.notify(&Change::Changed(score));
    }

    fn store(self, score: &QueuedScore) {
        // Without storage the score waits for as long as the page lives.
        if let Some(storage) = local_storage()
            && storage.set_item(&score.key(), &score.text()).is_ok()
        {
            self.mark_stored(&score.key());
        }
        self.outbox.write().put(score.clone());
    }

    fn read_storage(self) {
        let Some(storage) = local_storage() else {
            return;
        };
        // The storage has no order of its own; the ids have.
        let mut keys = stored_keys(&storage);
        keys.sort_unstable();
        self.mark_gone(&keys);
        for key in keys {
            let text = storage.get_item(&key).ok().flatten();
            if text.is_some() {
                self.entry_changed(Some(&key), text.as_deref());
            }
            let is_recorded = self.outbox.read_untracked().is_recorded(&key);
            if is_recorded {
                // The page that sent it was closed before it could remove the entry.
                let _ = storage.remove_item(&key);
                self.outbox.write().receive(&key, None);
            }
        }
    }

    /// Notes the entries that another tab has removed: they are not sent again. Their events are
    /// still to come.
    fn mark_gone(self, keys: &[String]) {
        if let Some(state) = self.state() {
            let mut stored = state.stored.borrow_mut();
            let gone = stored.extract_if(.., |key| !keys.contains(key));
            state.gone.borrow_mut().extend(gone);
        }
    }

    fn mark_stored(self, key: &str) {
        if let Some(state) = self.state() {
            let mut stored = state.stored.borrow_mut();
            if !stored.iter().any(|of| of == key) {
                stored.push(key.to_owned());
            }
            state.gone.borrow_mut().retain(|of| of != key);
        }
    }

    /// Another tab has changed an entry of the storage.
    fn entry_changed(self, key: Option<&str>, text: Option<&str>) {
        let Some(key) = key else {
            return;
        };
        if !self.outbox.read_untracked().is_news(key, text) {
            return;
        }
        let change = self.outbox.write().receive(key, text);
        if let Some(change) = change {
            if text.is_some() {
                self.mark_stored(key);
            }
            self.notify(&change);
            // The tab that retries a score sends it.
            if matches!(change, Change::Added(_)) {
                self.count_added();
                self.wake();
            }
        }
    }

    fn notify(self, change: &Change) {
        let Some(state) = self.state() else {
            return;
        };
        // No borrow is held while a listener runs: it may add another.
        let listeners = state.listeners.borrow().clone();
        for listener in listeners {
            listener(change);
        }
    }
}

/// Whether the browser stores any score.
#[must_use]
pub fn is_any_score_stored() -> bool {
    local_storage().is_some_and(|storage| {
        let mut keys = stored_keys(&storage).into_iter();
        keys.any(|key| key.starts_with(PREFIX))
    })
}

/// Stores a score before anything else happens to it, so that it outlives the page. Without
/// storage it waits for as long as the page lives.
pub fn store_score(score: &QueuedScore) {
    if let Some(storage) = local_storage() {
        let _ = storage.set_item(&score.key(), &score.text());
    }
}

fn local_storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn stored_keys(storage: &Storage) -> Vec<String> {
    let count = storage.length().unwrap_or(0);
    let keys = (0..count).filter_map(|n| storage.key(n).ok().flatten());
    keys.collect()
}

/// Sends a score once.
async fn send(score: &QueuedScore) -> Result<Confirmation, PageError> {
    let is_late = score.attempts > 0 && score.player.is_some();
    // A late score does not bring back the name that the player had then.
    let name = if is_late {
        String::new()
    } else {
        score.name.to_string()
    };
    let player = score.player.as_ref().map(ToString::to_string);
    let sent = submit_score(
        score.slug.to_string(),
        name,
        score.score.clone(),
        Some(score.value.get()),
        Some(score.id.clone()),
        Some(player.unwrap_or_else(|| NO_PLAYER.to_owned())),
    );
    let sent = std::pin::pin!(sent);
    match select(sent, TimeoutFuture::new(ANSWER_MILLIS)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(PageError::unreachable()),
    }
}
