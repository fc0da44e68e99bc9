//! The choice of the theme and the density: shown at once, then stored. A refusal takes the choice back.

use leaderport::people::settings::{Appearance, Density, Theme};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::reader::settings::change_settings;
use crate::browser::dom::appearance::show_appearance;
use crate::browser::dom::typed_value::typed_check;
use crate::error::PageError;

/// The state of the choice.
#[derive(Debug, Clone, Copy)]
pub struct AppearanceChoice {
    /// The look of the page, perhaps not stored yet.
    pub shown: RwSignal<Appearance>,
    /// The reason why the last choice was taken back, as a sentence; none since the next choice.
    pub refused: RwSignal<Option<String>>,
    /// The look that the server has stored.
    stored: StoredValue<Appearance>,
    /// Whether a request is under way. Requests follow each other, so that the last choice wins.
    is_saving: StoredValue<bool>,
}

impl AppearanceChoice {
    /// The choice of a page that the server rendered with a look. A choice that the reader made before
    /// hydration is stored after it.
    #[must_use]
    pub fn new(stored: Appearance) -> Self {
        let choice = Self {
            shown: RwSignal::new(with_early_choice(stored)),
            refused: RwSignal::new(None),
            stored: StoredValue::new(stored),
            is_saving: StoredValue::new(false),
        };
        Effect::new(move |_| {
            let shown = choice.shown.get_untracked();
            if shown != stored {
                choice.choose(shown);
            }
        });
        choice
    }

    /// Shows a look, and stores it.
    pub fn choose(self, appearance: Appearance) {
        self.refused.set(None);
        self.show(appearance);
        if !self.is_saving.get_value() {
            self.is_saving.set_value(true);
            spawn_local(self.save());
        }
    }

    fn show(self, appearance: Appearance) {
        self.shown.set(appearance);
        show_appearance(appearance);
    }

    /// Stores the shown look, and again if the reader chooses another one in between.
    async fn save(self) {
        loop {
            let wanted = self.shown.get_untracked();
            if wanted == self.stored.get_value() {
                break;
            }
            match store(wanted).await {
                Ok(()) => self.stored.set_value(wanted),
                Err(error) => {
                    self.show(self.stored.get_value());
                    self.refused.set(Some(error.message));
                }
            }
        }
        self.is_saving.set_value(false);
    }
}

/// The id of the radio button of a value.
#[must_use]
pub fn radio_id(name: &str, value: &str) -> String {
    format!("{name}-{value}")
}

/// The look with the radio buttons that the reader selected before hydration.
fn with_early_choice(stored: Appearance) -> Appearance {
    if cfg!(feature = "ssr") {
        return stored;
    }
    let is_chosen = |name, value| typed_check(&radio_id(name, value)) == Some(true);
    let theme = Theme::ALL
        .into_iter()
        .find(|theme| is_chosen("theme", theme.as_str()));
    let density = Density::ALL
        .into_iter()
        .find(|density| is_chosen("density", density.as_str()));
    Appearance {
        theme: theme.unwrap_or(stored.theme),
        density: density.unwrap_or(stored.density),
    }
}

async fn store(appearance: Appearance) -> Result<(), PageError> {
    let [theme, density] = [appearance.theme.as_str(), appearance.density.as_str()];
    let unchanged = String::new;
    change_settings(
        theme.to_owned(),
        density.to_owned(),
        unchanged(),
        unchanged(),
        unchanged(),
    )
    .await
}
