//! The bar that takes the last ruling back, for ten seconds. Later, its opposite
//! does.

use std::time::Duration;

use crate::words;
use leaderport::Ruling;
use leptos::prelude::*;

/// How long the bar is there, in seconds.
const SECONDS: u32 = 10;

/// What can be taken back, and in how many seconds the bar goes.
#[derive(Clone)]
struct Offer {
    words: String,
    rulings: Vec<Ruling>,
    left: u32,
    number: u64,
}

/// The bar. Copies share it.
#[derive(Clone, Copy)]
pub struct Undo {
    offer: RwSignal<Option<Offer>>,
    made: StoredValue<u64>,
}

impl Undo {
    pub(crate) fn new() -> Self {
        Self {
            offer: RwSignal::new(None),
            made: StoredValue::new(0),
        }
    }

    /// Offers to take rulings back, in the place of the offer before.
    pub(crate) fn offer(self, words: String, rulings: Vec<Ruling>) {
        if rulings.is_empty() {
            self.offer.set(None);
            return;
        }
        self.made.update_value(|made| *made += 1);
        let number = self.made.get_value();
        self.offer.set(Some(Offer {
            words,
            rulings,
            left: SECONDS,
            number,
        }));
        self.count_down(number);
    }

    fn count_down(self, number: u64) {
        let tick = move || {
            let is_on = self.offer.try_update(|offer| {
                let Some(one) = offer.as_mut().filter(|one| one.number == number) else {
                    return false;
                };
                one.left -= 1;
                if one.left == 0 {
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

/// Shows the offer.
#[component]
pub fn UndoBar(
    /// What is offered.
    undo: Undo,
    /// Takes it back.
    take_back: Callback<Vec<Ruling>>,
) -> impl IntoView {
    let words = Memo::new(move |_| undo.offer.with(|o| o.as_ref().map(|o| o.words.clone())));
    let left = move || undo.offer.with(|o| o.as_ref().map(|o| o.left));
    view! {
        <div class="undo-place" role="status">
            {move || words.get().map(|words| view! {
                <div class="undo">
                    <span>{words}</span>
                    <button type="button" class="small" on:click=move |_| take_back.run(undo.take())>
                        {words::undo()} <span class="left" aria-hidden="true">{left}</span>
                    </button>
                </div>
            })}
        </div>
    }
}
