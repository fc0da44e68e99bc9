//! The undo bar: it offers to undo the last rulings for ten seconds. Later, a moderator can make
//! the opposite ruling.

use std::time::Duration;

use crate::browser::dom::focus::focus_first_of;
use crate::words;
use leaderport::Ruling;
use leptos::prelude::*;

/// The time for which the bar is shown, in seconds.
const SECONDS: u32 = 10;

/// An offer to undo rulings.
#[derive(Clone)]
struct Offer {
    message: String,
    /// The rulings that undo the last ones.
    rulings: Vec<Ruling>,
    /// The seconds until the bar disappears.
    left: u32,
    number: u64,
}

/// The state of the bar. Copies share it.
#[derive(Clone, Copy)]
pub struct Undo {
    offer: RwSignal<Option<Offer>>,
    /// The number of offers so far.
    count: StoredValue<u64>,
}

impl Undo {
    pub(crate) fn new() -> Self {
        Self {
            offer: RwSignal::new(None),
            count: StoredValue::new(0),
        }
    }

    /// Shows an offer, which replaces the previous one. No rulings remove it.
    pub(crate) fn offer(self, message: String, rulings: Vec<Ruling>) {
        if rulings.is_empty() {
            self.offer.set(None);
            return;
        }
        self.count.update_value(|count| *count += 1);
        let number = self.count.get_value();
        self.offer.set(Some(Offer {
            message,
            rulings,
            left: SECONDS,
            number,
        }));
        self.count_down(number);
    }

    fn count_down(self, number: u64) {
        let tick = move || {
            let is_on = self.offer.try_update(|offer| {
                let Some(current) = offer.as_mut().filter(|current| current.number == number)
                else {
                    return false;
                };
                current.left -= 1;
                if current.left == 0 {
                    *offer = None;
                    return false;
                }
                true
            });
            if is_on == Some(true) {
                self.count_down(number);
            }
        };
        set_timeout(tick, Duration::from_secs(1));
    }

    fn take(self) -> Vec<Ruling> {
        let offer = self.offer.try_update(Option::take).flatten();
        offer.map(|offer| offer.rulings).unwrap_or_default()
    }
}

/// The undo bar.
#[component]
pub fn UndoBar(
    /// The state of the bar.
    undo: Undo,
    /// Applies the rulings that undo the last ones.
    take_back: Callback<Vec<Ruling>>,
) -> impl IntoView {
    let message = Memo::new(move |_| undo.offer.with(|o| o.as_ref().map(|o| o.message.clone())));
    let left = move || undo.offer.with(|o| o.as_ref().map(|o| o.left));
    let undo_offer = move |_| {
        take_back.run(undo.take());
        // The button disappears with its offer.
        focus_first_of(None);
    };
    view! {
        <div class="undo-place" role="status">
            {move || message.get().map(|message| view! {
                <div class="undo">
                    <span>{message}</span>
                    <button type="button" class="small" on:click=undo_offer>
                        {words::undo()} <span class="left" aria-hidden="true">{left}</span>
                    </button>
                </div>
            })}
        </div>
    }
}
