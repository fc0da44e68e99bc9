//! Sends the reader's scores of the [`Outbox`]: in order, one at a time, and from one tab at a
//! time. Scores of other readers of the browser stay stored.
//!
//! A tab holds a Web Lock while it sends, and releases the lock between retries. If the tab is
//! closed, another tab acquires the lock and continues. One score may still be sent by two tabs:
//! without Web Locks, or if a tab has not yet received the event of a removed storage entry. The
//! submission id makes that harmless.

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

use crate::api::submit::{ANOTHER_READER, NO_PLAYER, submit_score};
use crate::browser::navigator::lock_manager;
use crate::browser::storage::local_storage;
use crate::core::submit::confirmation::Confirmation;
use crate::core::submit::outbox::{Answer, Change, Outbox, PREFIX, QueuedScore, ScoreOwner};
use crate::error::PageError;

/// The name of the lock.
const LOCK: &str = "leaderport.outbox";

/// The shortest wait before a retry, in milliseconds.
const MIN_WAIT_MILLIS: u32 = 500;

/// The timeout of a request, in milliseconds. The submission id makes a retry harmless.
const ANSWER_MILLIS: u32 = 20_000;

type Listener = Rc<dyn Fn(&Change)>;

/// The result of one round of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// No score is waiting to be sent.
    All,
    /// Some scores must be retried after a pause.
    NotAll,
    /// The browser's cookies identify another reader now, so the rest waits.
    Held,
}

/// The page's worker. All copies share one state.
#[derive(Clone, Copy)]
pub struct OutboxWorker {
    /// The queued scores of all tabs and readers.
    outbox: RwSignal<Outbox>,
    /// The reader of the page; none while unknown.
    reader: Signal<Option<ScoreOwner>>,
    state: StoredValue<SendWrapper<Rc<State>>>,
}

#[derive(Default)]
struct State {
    listeners: RefCell<Vec<Listener>>,
    /// Whether this tab sends, or waits for the lock.
    is_sending: Cell<bool>,
    /// Counts the scores that were added.
    added: Cell<u32>,
    /// The keys of the known storage entries.
    stored: RefCell<Vec<String>>,
    /// The keys of known entries that another tab has removed from the storage. The browser has not
    /// delivered the events of these removals yet.
    gone: RefCell<Vec<String>>,
    /// The id of the score that is being sent.
    in_flight: RefCell<Option<String>>,
    /// Ends the wait before the next attempt.
    woken: RefCell<Option<oneshot::Sender<()>>>,
}

impl OutboxWorker {
    /// Reads the stored scores, sends those of the reader, and applies the changes that other tabs
    /// make.
    #[must_use]
    pub fn start(outbox: RwSignal<Outbox>, reader: Signal<Option<ScoreOwner>>) -> Self {
        let worker = Self {
            outbox,
            reader,
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

    /// Calls a listener with every change of the reader's scores, until the page is closed.
    pub fn listen(self, listener: impl Fn(&Change) + 'static) {
        if let Some(state) = self.state() {
            state.listeners.borrow_mut().push(Rc::new(listener));
        }
    }

    /// Stores a score, and sends it as soon as possible.
    pub fn add(self, score: QueuedScore) {
        self.make_room();
        self.store(&score);
        self.count_added();
        self.notify(&Change::Added(score));
        self.wake();
    }

    /// Drops scores of other readers if the browser stores too many.
    fn make_room(self) {
        let reader = self.reader.get_untracked();
        let surplus = self.outbox.read_untracked().surplus(reader.as_ref());
        for id in surplus {
            self.remove(&id);
        }
    }

    /// Removes a waiting or refused score.
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

    /// None once the page is closed.
    fn state(self) -> Option<Rc<State>> {
        let state = self.state.try_get_value()?;
        Some(SendWrapper::take(state))
    }

    fn count_added(self) {
        if let Some(state) = self.state() {
            state.added.set(state.added.get().wrapping_add(1));
        }
    }

    /// Starts to send if a score is waiting, or ends the pause before the next retry.
    fn wake(self) {
        let Some(state) = self.state() else {
            return;
        };
        if let Some(woken) = state.woken.borrow_mut().take() {
            // Fails if the pause has just ended.
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
                // A score was added during the round: send it at once.
                Sent::All if self.is_waiting() && state.added.get() != added => failures = 0,
                Sent::All | Sent::Held => return,
                Sent::NotAll => {
                    self.rest(failures).await;
                    failures = failures.saturating_add(1);
                }
            }
        }
    }

    /// Whether a score of the reader is waiting that no other tab has sent.
    fn is_waiting(self) -> bool {
        self.next(&[]).is_some()
    }

    /// Sends all waiting scores under the lock, so that only one tab sends at a time.
    async fn send_as_leader(self) -> Sent {
        let Some(locks) = lock_manager() else {
            return self.send_all().await;
        };
        let sent: Rc<Cell<Option<Sent>>> = Rc::default();
        let result = sent.clone();
        let held = Closure::once_into_js(move |_lock: JsValue| {
            future_to_promise(async move {
                // Another tab may have sent scores while this one waited for the lock.
                self.read_storage();
                result.set(Some(self.send_all().await));
                Ok(JsValue::UNDEFINED)
            })
        });
        // After an error, the scores are sent without the lock.
        let _ = JsFuture::from(locks.request(LOCK, held.unchecked_ref())).await;
        match sent.get() {
            Some(sent) => sent,
            None => self.send_all().await,
        }
    }

    async fn send_all(self) -> Sent {
        // A board with a temporary failure must not block the scores of other boards.
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
                Err(error) if error.code == ANOTHER_READER => {
                    self.hold(score);
                    return Sent::Held;
                }
                Err(error) if error.is_temporary() => {
                    // Do not store a score again that was removed during the attempt.
                    if self.has(&score.id) {
                        self.update(score.clone().tried_again());
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
            // Report a recorded score even if it was removed during the attempt, because it counts.
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

    /// Keeps a score until its owner is back.
    fn hold(self, score: QueuedScore) {
        if self.has(&score.id) {
            let score = score.tried_again();
            self.store(&score);
            self.notify(&Change::Held(score));
        }
    }

    fn has(self, id: &str) -> bool {
        self.outbox.read_untracked().get(id).is_some()
    }

    fn next(self, skipped_boards: &[Slug]) -> Option<QueuedScore> {
        let state = self.state()?;
        let gone = state.gone.borrow();
        let reader = self.reader.try_get_untracked()?;
        let is_skipped = |score: &QueuedScore| {
            !score.is_of(reader.as_ref())
                || skipped_boards.contains(&score.slug)
                || gone.contains(&score.key())
        };
        self.outbox.read_untracked().next(is_skipped).cloned()
    }

    /// Pauses before the next attempt, until [`Self::wake`] at the latest.
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
        // Without storage, the score is lost if the page is closed before it is sent.
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
        // The storage is unordered. Sorted keys are in the order of time.
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
                // The page that sent the score was closed before it could remove the entry.
                let _ = storage.remove_item(&key);
                self.outbox.write().receive(&key, None);
            }
        }
    }

    /// Records the entries that another tab has removed, so that they are not sent again. The
    /// events of these removals arrive later.
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

    /// Handles the change of a storage entry by another tab.
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
            // Only a new score must be sent. A changed one is retried by the tab that changed it.
            if matches!(change, Change::Added(_)) {
                self.count_added();
                self.wake();
            }
        }
    }

    fn notify(self, change: &Change) {
        let (Some(state), Some(reader)) = (self.state(), self.reader.try_get_untracked()) else {
            return;
        };
        if !change.score().is_of(reader.as_ref()) {
            return;
        }
        // Hold no borrow while a listener runs, because it may add another listener.
        let listeners = state.listeners.borrow().clone();
        for listener in listeners {
            listener(change);
        }
    }
}

/// Whether the browser stores any score, of this reader or another.
#[must_use]
pub fn is_any_score_stored() -> bool {
    local_storage().is_some_and(|storage| {
        let mut keys = stored_keys(&storage).into_iter();
        keys.any(|key| key.starts_with(PREFIX))
    })
}

/// Stores a new score before the worker is loaded, so that the score survives a reload. Without
/// storage, the score is lost if the page is closed.
pub fn store_score(score: &QueuedScore) {
    if let Some(storage) = local_storage() {
        let _ = storage.set_item(&score.key(), &score.text());
    }
}

fn stored_keys(storage: &Storage) -> Vec<String> {
    let count = storage.length().unwrap_or(0);
    let keys = (0..count).filter_map(|n| storage.key(n).ok().flatten());
    keys.collect()
}

/// Sends a score once.
async fn send(score: &QueuedScore) -> Result<Confirmation, PageError> {
    let name = score.name.as_ref().map(ToString::to_string);
    let player = score.player.as_ref().map(ToString::to_string);
    let sent = submit_score(
        score.slug.to_string(),
        name.unwrap_or_default(),
        None,
        score.score.clone(),
        Some(score.value.get()),
        Some(score.id.clone()),
        Some(player.unwrap_or_else(|| NO_PLAYER.to_owned())),
        Some(score.proof.clone()),
    );
    let sent = std::pin::pin!(sent);
    match select(sent, TimeoutFuture::new(ANSWER_MILLIS)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(PageError::unreachable()),
    }
}
