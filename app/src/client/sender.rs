//! Sends what the [`Outbox`] keeps: in order, one at a time, by one tab of all.
//!
//! The tab that leads holds a lock of the browser (Web Locks) while it sends; when it is
//! closed, another gets it. Where there are no locks, tabs may send the same twice, which
//! is no second submission. Without a network they wait, and go out when it is back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leaderport::live::wait_millis;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::outbox::{Answer, Change, Kept, Outbox};
use crate::api;

/// What the lock is called.
const LOCK: &str = "leaderport.outbox";

/// The least that is waited before it is sent again, in milliseconds.
const WAIT_MILLIS: u32 = 500;

type Listener = Rc<dyn Fn(&Change)>;

/// The page's sender. Copied freely; there is one.
#[derive(Clone, Copy)]
pub struct Sender {
    /// All that are on their way, in whichever tab they were submitted.
    pub outbox: RwSignal<Outbox>,
    inner: StoredValue<Rc<Inner>, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    listeners: RefCell<Vec<(u32, Listener)>>,
    named: Cell<u32>,
    /// This tab sends, or waits until it is the one that does.
    is_sending: Cell<bool>,
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

    /// Tells a listener of every change from now on. Gives what [`Self::forget`] takes.
    pub fn listen(self, listener: impl Fn(&Change) + 'static) -> u32 {
        let inner = self.inner.get_value();
        let name = inner.named.get();
        inner.named.set(name + 1);
        inner.listeners.borrow_mut().push((name, Rc::new(listener)));
        name
    }

    /// Tells a listener no more.
    pub fn forget(self, listener: u32) {
        if let Some(inner) = self.inner.try_get_value() {
            inner.listeners.borrow_mut().retain(|(n, _)| *n != listener);
        }
    }

    /// Takes a score, keeps it, and sends it as soon as it can be.
    pub fn add(self, kept: Kept) {
        self.keep(&kept);
        self.tell(&Change::Added(kept));
        self.wake();
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
        let waits = self.outbox.with_untracked(|outbox| outbox.next().is_some());
        if waits && !inner.is_sending.replace(true) {
            spawn_local(async move {
                self.lead().await;
                inner.is_sending.set(false);
                // What came in the very last moment.
                if self.outbox.with_untracked(|outbox| outbox.next().is_some()) {
                    self.wake();
                }
            });
        }
    }

    /// Sends all, as the one tab that does.
    async fn lead(self) {
        let Some((locks, request)) = locks() else {
            return self.send_all().await;
        };
        let led = Closure::once_into_js(move |_lock: JsValue| {
            future_to_promise(async move {
                // Another tab may have led meanwhile.
                self.read();
                self.send_all().await;
                Ok(JsValue::UNDEFINED)
            })
        });
        // A browser that refuses a lock leaves them waiting for the next time.
        if let Ok(done) = request.call2(&locks, &LOCK.into(), &led) {
            let _ = JsFuture::from(js_sys::Promise::resolve(&done)).await;
        }
    }

    async fn send_all(self) {
        let mut failures = 0;
        while let Some(kept) = self.next() {
            let sent = api::submit_score(
                kept.slug.to_string(),
                kept.name.to_string(),
                kept.score.clone(),
                Some(kept.id.clone()),
                kept.player.as_ref().map(ToString::to_string),
            );
            let answer = match sent.await {
                Ok(confirmed) => Answer::Recorded(confirmed),
                Err(error) if error.retry_helps => {
                    self.changed(Kept {
                        attempts: kept.attempts.saturating_add(1),
                        ..kept
                    });
                    self.rest(failures).await;
                    failures = failures.saturating_add(1);
                    continue;
                }
                Err(error) => Answer::Refused(error.message),
            };
            failures = 0;
            let is_recorded = matches!(answer, Answer::Recorded(_));
            let id = kept.id.clone();
            // Dropped meanwhile: whoever dropped it is told all the same what became of it.
            self.changed(Kept {
                answer: Some(answer),
                ..kept
            });
            if is_recorded {
                self.drop_one(&id);
            }
        }
    }

    fn next(self) -> Option<Kept> {
        let next = self
            .outbox
            .try_with_untracked(|outbox| outbox.next().cloned());
        next.flatten()
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
        if let (Ok(Some(storage)), Ok(text)) =
            (window().local_storage(), serde_json::to_string(kept))
        {
            // Where nothing may be kept, it waits as long as the page.
            let _ = storage.set_item(&kept.key(), &text);
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
        for key in keys.collect::<Vec<_>>() {
            let text = storage.get_item(&key).ok().flatten();
            if text.is_some() {
                self.heard(Some(&key), text.as_deref());
            }
        }
    }

    /// A text of the storage is another one; all are gone where none is named.
    fn heard(self, key: Option<&str>, text: Option<&str>) {
        let Some(key) = key else {
            return;
        };
        let is_one = self
            .outbox
            .try_get_untracked()
            .is_some_and(|mut o| o.hear(key, text).is_some());
        if !is_one {
            return;
        }
        let change = self.outbox.try_update(|outbox| outbox.hear(key, text));
        if let Some(change) = change.flatten() {
            self.tell(&change);
            self.wake();
        }
    }

    fn tell(self, change: &Change) {
        let Some(inner) = self.inner.try_get_value() else {
            return;
        };
        // No borrow is held while a listener runs: it may stop listening.
        let listeners = inner.listeners.borrow().clone();
        for (_, listener) in listeners {
            listener(change);
        }
    }
}

/// The browser's locks, and how one is asked for. Only pages that came securely have them.
fn locks() -> Option<(JsValue, js_sys::Function)> {
    let of = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into()).ok();
    let locks = of(&window().navigator().into(), "locks").filter(JsValue::is_object)?;
    let request = of(&locks, "request")?.dyn_into().ok()?;
    Some((locks, request))
}
