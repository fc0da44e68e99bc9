//! The numbers of viewers of the boards on the home page. They are read again from time to time: a
//! subscription would count the reader of the home page as a viewer of every board.

use std::collections::HashMap;
use std::time::Duration;

use leaderport::Slug;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::home::{BoardCard, load_viewers};

/// The interval between two reads. Each is one request for all boards.
const INTERVAL: Duration = Duration::from_secs(20);

/// The numbers of viewers, by board; none for a board without viewers.
pub type Viewers = RwSignal<HashMap<Slug, u64>>;

/// The viewers of the boards: first those that the server rendered, then current ones while the page is
/// visible.
#[must_use]
pub fn sync_viewers(cards: &[BoardCard]) -> Viewers {
    let rendered = cards.iter();
    let rendered = rendered.map(|card| (card.board.slug.clone(), card.viewers));
    let viewers = RwSignal::new(rendered.collect::<HashMap<_, _>>());
    Effect::new(move || {
        let read = move || {
            if document().hidden() {
                return;
            }
            spawn_local(async move {
                // After a failure, the numbers stay until the next read.
                if let Ok(current) = load_viewers().await {
                    viewers.set(current.into_iter().collect());
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(read, INTERVAL) {
            on_cleanup(move || timer.clear());
        }
    });
    viewers
}
