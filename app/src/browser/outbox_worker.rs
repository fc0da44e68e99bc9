//! Sends what the [`Outbox`] keeps: in order, one at a time, by one tab of all.
//!
//! The tab that leads holds a lock of the browser (Web Locks) while it sends, and not while
//! it rests; when it is closed, another gets it. Where there are no locks, or where the next to
//! lead does not see yet what the one before has taken out of the storage (browsers tell their
//! processes of it in their own time), the same is sent twice, which is no second submission.
//! Without a network they wait, and go out when it is back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leaderport::Slug;
use leaderport::live::wait_millis;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::api::submit::{Confirmed, NOBODY, submit_score};
use crate::core::outbox::{Answer, Change, Kept, Outbox};
use crate::error::PageError;

/// What the lock is called.
const LOCK: &str = "leaderport.outbox";

/// The least that is waited before it is sent again, in milliseconds.
const WAIT_MILLIS: u32 = 500;

/// How long one is waited for, in milliseconds: its id makes another attempt harmless.
const ANSWER_MILLIS: u32 = 20_000;

type Listener = Rc<dyn Fn(&Change)>;

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// Nothing waits any more.
    All,
    /// Some are to be tried again, after a rest.
    NotAll,
}

/// The page's sender. Copied freely; there is one.
#[derive(Clone, Copy)]
pub struct Sender {
    /// All that are on their way, in whichever tab they were submitted.
    pub outbox: RwSignal<Outbox>,
    inner: StoredValue<Rc<Inner>, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    listeners: RefCell<Vec<Listener>>,
    /// This tab sends, or waits until it is the one that does.
    is_sending: Cell<bool>,
    /// Counts those that came.
    added: Cell<u32>,
    /// The names of the texts that the storage was seen to have.
    stored: RefCell<Vec<String>>,
    /// Those of them that it has no more.
    gone: RefCell<Vec<String>>,
    /// The one that is being sent.
    in_flight: RefCell<Option<String>>,
    /// Ends the wait before the next attempt.
    woken: RefCell<Option<oneshot::Sender<()>>>,
}

impl Sender {
    /// Reads what is kept, sends it, and hears what other tabs do with it.
    #[must_use]
    pub fn start(outbox: RwSignal<Outbox>) -> Self {
        let sender = Self {
            outbox,
            inner: StoredValue::new_local(Rc::default()),
        };
        let heard = window_event_listener(leptos::ev::storage, move |event| {
            sender.heard(event.key().as_deref(), event.new_value().as_deref());
        });
        let online = window_event_listener(leptos::ev::online, move |_| sender.wake());
        on_cleanup(move || {
            heard.remove();
            online.remove();
        });
        // After the page has come alive as the server drew it.
        request_animation_frame(move || {
            sender.read();
            sender.wake();
        });
        sender
    }

    /// Tells a listener of every change from now on, for as long as the page is there.
    pub fn listen(self, listener: impl Fn(&Change) + 'static) {
        let inner = self.inner.get_value();
        inner.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Takes a score, keeps it, and sends it as soon as it can be.
    pub fn add(self, kept: Kept) {
        self.keep(&kept);
        self.came();
        self.tell(&Change::Added(kept));
        self.wake();
    }

    fn came(self) {
        if let Some(inner) = self.inner.try_get_value() {
            inner.added.set(inner.added.get().wrapping_add(1));
        }
    }

    /// Drops one that waits, or whose refusal was looked at.
    pub fn drop_one(self, id: &str) -> Option<Kept> {
        let taken = self.outbox.try_update(|outbox| outbox.take(id)).flatten()?;
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.remove_item(&taken.key());
        }
        if taken.answer.is_none() {
            self.tell(&Change::Dropped(taken.clone()));
        }
        Some(taken)
    }

    /// Sends at once what waits, if anything does.
    pub fn wake(self) {
        let Some(inner) = self.inner.try_get_value() else {
            return;
        };
        if let Some(woken) = inner.woken.borrow_mut().take() {
            // Whoever waited may have stopped just now.
            let _ = woken.send(());
            return;
        }
        if self.is_waiting() && !inner.is_sending.replace(true) {
            spawn_local(async move {
                self.send_until_none_waits(&inner).await;
                inner.is_sending.set(false);
            });
        }
    }

    async fn send_until_none_waits(self, inner: &Inner) {
        let mut failures = 0;
        loop {
            let came = inner.added.get();
            match self.lead().await {
                // What came in the very last moment is sent at once.
                Sent::All if self.is_waiting() && inner.added.get() != came => failures = 0,
                Sent::All => return,
                Sent::NotAll => {
                    self.rest(failures).await;
                    failures = failures.saturating_add(1);
                }
            }
        }
    }

    /// Whether there is one to send: what is gone from the storage is another tab's.
    fn is_waiting(self) -> bool {
        self.next(&[]).is_some()
    }

    /// Sends what can be sent, as the one tab that does. No tab leads while it rests.
    async fn lead(self) -> Sent {
        let Some((locks, request)) = locks() else {
            return self.send_all().await;
        };
        let led: Rc<Cell<Option<Sent>>> = Rc::default();
        let result = led.clone();
        let lead = Closure::once_into_js(move |_lock: JsValue| {
            future_to_promise(async move {
                // Another tab may have led meanwhile.
                self.read();
                result.set(Some(self.send_all().await));
                Ok(JsValue::UNDEFINED)
            })
        });
        if let Ok(done) = request.call2(&locks, &LOCK.into(), &lead) {
            // An error says that there is no lock for this page.
            let _ = JsFuture::from(js_sys::Promise::resolve(&done)).await;
        }
        match led.get() {
            Some(sent) => sent,
            None => self.send_all().await,
        }
    }

    async fn send_all(self) -> Sent {
        // Boards that take nothing now: the others go on.
        let mut left_alone = Vec::new();
        while let Some(kept) = self.next(&left_alone) {
            let Some(inner) = self.inner.try_get_value() else {
                return Sent::All;
            };
            *inner.in_flight.borrow_mut() = Some(kept.id.clone());
            let answer = send(&kept).await;
            inner.in_flight.borrow_mut().take();
            let (answer, is_refused) = match answer {
                Ok(confirmed) => (Answer::Recorded(confirmed), false),
                Err(error) if error.is_passing() => {
                    // Dropped meanwhile, it does not come back.
                    if self.has(&kept.id) {
                        self.changed(Kept {
                            attempts: kept.attempts.saturating_add(1),
                            ..kept.clone()
                        });
                    }
                    if error.is_of_the_way() {
                        return Sent::NotAll;
                    }
                    left_alone.push(kept.slug);
                    continue;
                }
                Err(error) => (Answer::Refused(error.message), true),
            };
            if is_refused && !self.has(&kept.id) {
                continue;
            }
            let is_recorded = matches!(answer, Answer::Recorded(_));
            let id = kept.id.clone();
            // Dropped meanwhile: whoever dropped it is told all the same that it counts.
            self.changed(Kept {
                answer: Some(answer),
                ..kept
            });
            if is_recorded {
                self.drop_one(&id);
            }
        }
        if left_alone.is_empty() {
            Sent::All
        } else {
            Sent::NotAll
        }
    }

    fn has(self, id: &str) -> bool {
        let has = |outbox: &Outbox| outbox.get(id).is_some();
        self.outbox.try_with_untracked(has) == Some(true)
    }

    /// Whether one is being sent just now, so that nobody knows what becomes of it.
    #[must_use]
    pub fn is_in_flight(self, id: &str) -> bool {
        let inner = self.inner.try_get_value();
        inner.is_some_and(|inner| inner.in_flight.borrow().as_deref() == Some(id))
    }

    fn next(self, left_alone: &[Slug]) -> Option<Kept> {
        let inner = self.inner.try_get_value()?;
        let gone = inner.gone.borrow();
        let is_left = |kept: &Kept| left_alone.contains(&kept.slug) || gone.contains(&kept.key());
        let next = |outbox: &Outbox| outbox.next(is_left).cloned();
        self.outbox.try_with_untracked(next).flatten()
    }

    /// Waits before the next attempt, unless it is woken.
    async fn rest(self, failures: u32) {
        let (woken, waits) = oneshot::channel();
        let Some(inner) = self.inner.try_get_value() else {
            return;
        };
        *inner.woken.borrow_mut() = Some(woken);
        let millis = WAIT_MILLIS + wait_millis(failures, js_sys::Math::random());
        match select(TimeoutFuture::new(millis), waits).await {
            Either::Left(_) => drop(inner.woken.borrow_mut().take()),
            Either::Right(_) => {}
        }
    }

    fn changed(self, kept: Kept) {
        self.keep(&kept);
        self.tell(&Change::Changed(kept));
    }

    fn keep(self, kept: &Kept) {
        if let Ok(Some(storage)) = window().local_storage() {
            // Where nothing may be kept, it waits as long as the page.
            if storage.set_item(&kept.key(), &kept.text()).is_ok() {
                self.is_stored(&kept.key());
            }
        }
        self.outbox.try_update(|outbox| outbox.put(kept.clone()));
    }

    /// Reads what the storage has.
    fn read(self) {
        let Ok(Some(storage)) = window().local_storage() else {
            return;
        };
        let count = storage.length().unwrap_or(0);
        let keys = (0..count).filter_map(|n| storage.key(n).ok().flatten());
        // The storage has no order of its own; the ids have.
        let mut keys: Vec<_> = keys.collect();
        keys.sort_unstable();
        self.leave_what_is_gone(&keys);
        for key in keys {
            let text = storage.get_item(&key).ok().flatten();
            if text.is_some() {
                self.heard(Some(&key), text.as_deref());
            }
            let is_done = self
                .outbox
                .try_with_untracked(|outbox| outbox.is_recorded(&key));
            if is_done == Some(true) {
                // A page that ended just then left it.
                let _ = storage.remove_item(&key);
                self.outbox.try_update(|outbox| outbox.hear(&key, None));
            }
        }
    }

    /// What another tab has sent or dropped is not sent again: its news are on the way.
    fn leave_what_is_gone(self, keys: &[String]) {
        if let Some(inner) = self.inner.try_get_value() {
            let mut stored = inner.stored.borrow_mut();
            let gone = stored.extract_if(.., |key| !keys.contains(key));
            inner.gone.borrow_mut().extend(gone);
        }
    }

    fn is_stored(self, key: &str) {
        if let Some(inner) = self.inner.try_get_value() {
            let mut stored = inner.stored.borrow_mut();
            if !stored.iter().any(|of| of == key) {
                stored.push(key.to_owned());
            }
            inner.gone.borrow_mut().retain(|of| of != key);
        }
    }

    /// A text of the storage is another one; all are gone where none is named.
    fn heard(self, key: Option<&str>, text: Option<&str>) {
        let Some(key) = key else {
            return;
        };
        let is_news = |outbox: &Outbox| outbox.is_news(key, text);
        if self.outbox.try_with_untracked(is_news) != Some(true) {
            return;
        }
        let change = self.outbox.try_update(|outbox| outbox.hear(key, text));
        if let Some(change) = change.flatten() {
            if text.is_some() {
                self.is_stored(key);
            }
            self.tell(&change);
            // What another tab tries again is that tab's.
            if matches!(change, Change::Added(_)) {
                self.came();
                self.wake();
            }
        }
    }

    fn tell(self, change: &Change) {
        let Some(inner) = self.inner.try_get_value() else {
            return;
        };
        // No borrow is held while a listener runs: it may add another.
        let listeners = inner.listeners.borrow().clone();
        for listener in listeners {
            listener(change);
        }
    }
}

/// Sends one, once.
async fn send(kept: &Kept) -> Result<Confirmed, PageError> {
    let is_late = kept.attempts > 0 && kept.player.is_some();
    // What took its time does not give the player back a name that they had then.
    let name = if is_late {
        String::new()
    } else {
        kept.name.to_string()
    };
    let player = kept.player.as_ref().map(ToString::to_string);
    let sent = submit_score(
        kept.slug.to_string(),
        name,
        kept.score.clone(),
        Some(kept.value.get()),
        Some(kept.id.clone()),
        Some(player.unwrap_or_else(|| NOBODY.to_owned())),
    );
    let sent = std::pin::pin!(sent);
    match select(sent, TimeoutFuture::new(ANSWER_MILLIS)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(PageError::unreachable()),
    }
}

/// The browser's locks, and how one is asked for. Only pages that came securely have them.
fn locks() -> Option<(JsValue, js_sys::Function)> {
    let of = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into()).ok();
    let locks = of(&window().navigator().into(), "locks").filter(JsValue::is_object)?;
    let request = of(&locks, "request")?.dyn_into().ok()?;
    Some((locks, request))
}
