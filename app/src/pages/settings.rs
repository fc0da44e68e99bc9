//! `/settings`: the look of pages, their language and time zone, and whether others see the reader's
//! name. One form, which works without JavaScript. With it, the look changes at once.

use std::sync::Arc;

use leaderport::PlayerId;
use leaderport::people::settings::{Language, Settings};
use leaderport::service::Leaderboards;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::api::reader::account::load_reader;
use crate::api::reader::settings::{
    AUTOMATIC, ChangeSettings, HIDDEN, VISIBLE, settings, time_zones,
};
use crate::components::form::field_error::FieldError;
use crate::components::page::page_title::PageTitle;
use crate::islands::settings::AppearanceIsland;
use crate::words;
use crate::words::dates::instant;

/// The settings page, for every reader.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let settings = settings();
    let refused = ServerAction::<ChangeSettings>::new();
    let refused = refused.value().get_untracked().and_then(Result::err);
    let error_of = |field: &str| {
        let refused = refused.as_ref();
        let refused = refused.filter(|error| error.field.as_deref() == Some(field));
        refused.map(|error| error.message.clone())
    };
    let (language_error, zone_error) = (error_of("language"), error_of("time_zone"));
    let is_general = language_error.is_none() && zone_error.is_none();
    let general = refused.filter(|_| is_general);
    view! {
        <PageTitle text=words::settings() />
        <div class="account">
            <h1>{words::settings()}</h1>
            <Place />
            <form method="post" action=ChangeSettings::url() class="settings">
                {general.map(|error| view! { <p class="status" role="alert" data-status="refused">{error.message}</p> })}
                <section class="panel" aria-labelledby="appearance">
                    <h2 id="appearance">{words::appearance()}</h2>
                    <AppearanceIsland stored=settings.appearance />
                </section>
                <LanguageAndDates settings=settings.clone() language_error zone_error />
                <OwnName visible_as=settings.visible_as />
                <button type="submit" class="button">{words::save()}</button>
            </form>
        </div>
    }
}

/// Where the settings are kept.
#[component]
fn Place() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let reader = load_reader().await;
                let has_account = reader.is_some_and(|reader| reader.handle.is_some());
                let text = if has_account { words::settings_of_account() } else { words::settings_of_browser() };
                view! { <p class="quiet">{text}</p> }
            })}
        </Suspense>
    }
}

#[component]
fn LanguageAndDates(
    settings: Settings,
    /// The sentence for a refused language.
    language_error: Option<String>,
    /// The sentence for a refused time zone.
    zone_error: Option<String>,
) -> impl IntoView {
    let now = expect_context::<Arc<Leaderboards>>().now();
    let languages = Language::ALL.map(|language| {
        let is_chosen = settings.language == Some(language);
        view! { <option value=language.code() lang=language.code() selected=is_chosen>{language.name()}</option> }
    });
    let chosen = settings.time_zone.map(|zone| zone.to_string());
    let mut zones = time_zones();
    // The chosen zone may not be listed, for example under an old name.
    let unlisted = chosen.clone().filter(|zone| !zones.contains(zone));
    zones.extend(unlisted);
    let zones = zones.into_iter().map(|zone| {
        let is_chosen = chosen.as_ref() == Some(&zone);
        let label = zone.replace('_', " ");
        view! { <option value=zone selected=is_chosen>{label}</option> }
    });
    let zones = zones.collect_view();
    view! {
        <section class="panel" aria-labelledby="language-and-dates">
            <h2 id="language-and-dates">{words::language_and_dates()}</h2>
            <Choice id="settings-language" name="language" label=words::language() error=language_error>
                {languages}
            </Choice>
            <Choice id="settings-zone" name="time_zone" label=words::time_zone() error=zone_error>
                {zones}
            </Choice>
            <p class="quiet">{words::it_is_now(instant(now))}</p>
        </section>
    }
}

/// A list of options. The first one is the browser's own choice.
#[component]
fn Choice(
    /// The id of the list.
    id: &'static str,
    /// The name of the setting in the form.
    name: &'static str,
    label: &'static str,
    /// The sentence for a refused value.
    error: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <label for=id>{label}</label>
        <select
            id=id
            name=name
            aria-invalid=error.is_some().then_some("true")
            aria-describedby=format!("{id}-error")
        >
            <option value=AUTOMATIC>{words::like_the_browser()}</option>
            {children()}
        </select>
        <FieldError field=id text=Signal::stored(error) />
    }
}

/// The choice to show the reader's name to others on a board's page.
#[component]
fn OwnName(visible_as: Option<PlayerId>) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="others">
            <h2 id="others">{words::visibility()}</h2>
            <Suspense>
                {move || {
                    let visible_as = visible_as.clone();
                    Suspend::new(async move {
                        match load_reader().await {
                            Some(reader) => {
                                let is_visible = visible_as.as_ref() == Some(&reader.player);
                                view! { <Visibility is_visible /> }.into_any()
                            }
                            None => view! { <p class="quiet">{words::name_needs_a_player()}</p> }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </section>
    }
}

#[component]
fn Visibility(is_visible: bool) -> impl IntoView {
    view! {
        <fieldset>
            <legend>{words::show_my_name()}</legend>
            <div class="choices">
                <label class="choice"><input type="radio" name="visible" value=VISIBLE checked=is_visible />{words::yes()}</label>
                <label class="choice"><input type="radio" name="visible" value=HIDDEN checked=!is_visible />{words::no()}</label>
            </div>
        </fieldset>
    }
}
