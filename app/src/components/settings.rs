//! The choices of the settings page.

use leaderport::people::settings::{Appearance, Density, Theme};
use leptos::prelude::*;

use crate::features::appearance::{AppearanceChoice, radio_id};
use crate::words::{self, Words};

/// The choices of the theme and the density, each a group of radio buttons.
#[component]
pub fn AppearanceFields(choice: AppearanceChoice) -> impl IntoView {
    let themes = Theme::ALL.map(|theme| {
        let is_chosen = move || choice.shown.get().theme == theme;
        let choose = move || {
            let shown = choice.shown.get_untracked();
            choice.choose(Appearance { theme, ..shown });
        };
        radio(
            "theme",
            theme.as_str(),
            theme_name(theme),
            is_chosen,
            choose,
        )
    });
    let densities = Density::ALL.map(|density| {
        let is_chosen = move || choice.shown.get().density == density;
        let choose = move || {
            let shown = choice.shown.get_untracked();
            choice.choose(Appearance { density, ..shown });
        };
        radio(
            "density",
            density.as_str(),
            density_name(density),
            is_chosen,
            choose,
        )
    });
    let refused = move || choice.refused.get().unwrap_or_default();
    view! {
        <fieldset>
            <legend>{words::theme()}</legend>
            <div class="choices">{themes}</div>
        </fieldset>
        <fieldset>
            <legend>{words::density()}</legend>
            <div class="choices">{densities}</div>
            // A preview of the row height.
            <div class="sample-rows" aria-hidden="true">
                {words::sample_players().split(", ").map(|name| view! { <p>{name}</p> }).collect_view()}
            </div>
        </fieldset>
        // The text node exists without a refusal too, because hydration needs it.
        <p class="status" class:blank=move || choice.refused.read().is_none() role="status" data-status="refused">{refused}</p>
    }
}

/// A radio button with its label. `choose` runs when the reader selects it.
fn radio(
    name: &'static str,
    value: &'static str,
    label: Words,
    is_chosen: impl Fn() -> bool + Copy + Send + 'static,
    choose: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input type="radio" id=radio_id(name, value) name=name value=value checked=untrack(is_chosen) prop:checked=is_chosen on:change=move |_| choose() />
            {label()}
        </label>
    }
}

fn theme_name(theme: Theme) -> Words {
    match theme {
        Theme::System => words::theme_system,
        Theme::Light => words::theme_light,
        Theme::Dark => words::theme_dark,
    }
}

fn density_name(density: Density) -> Words {
    match density {
        Density::Comfortable => words::density_comfortable,
        Density::Compact => words::density_compact,
    }
}
