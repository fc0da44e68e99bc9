//! The reader's settings: the choices of the settings page, of the switch of the language, and of
//! showing one's name.

use leptos::prelude::*;

use crate::error::PageError;

/// The choice of the browser's own language or time zone.
pub const AUTOMATIC: &str = "auto";

/// The choice to show one's name to others.
pub const VISIBLE: &str = "yes";

/// The choice to hide one's name from others.
pub const HIDDEN: &str = "no";

/// Changes the reader's settings, in the browser's cookie and in the reader's account. It is the
/// action of plain forms: the answer leads back to the form's page. An empty value changes nothing.
///
/// # Errors
/// Refuses unknown values, each with its field, and a visible name of a reader without a player. Fails
/// for a signed-in reader while the ledger is down.
#[server(prefix = "/_fn", endpoint = "settings")]
pub async fn change_settings(
    #[server(default)] theme: String,
    #[server(default)] density: String,
    #[server(default)] language: String,
    #[server(default)] time_zone: String,
    #[server(default)] visible: String,
) -> Result<(), PageError> {
    let change = backend::Change {
        theme,
        density,
        language,
        time_zone,
        visible,
    };
    backend::change(&change).await
}

/// Shows the reader's name to the others who are on a page, or hides it.
///
/// # Errors
/// Fails for a reader without a player, or if the ledger is down.
#[server(prefix = "/_fn", endpoint = "presence", output = leptos::server_fn::codec::Postcard)]
pub async fn show_name(is_visible: bool) -> Result<(), PageError> {
    let visible = if is_visible { VISIBLE } else { HIDDEN };
    let change = backend::Change {
        visible: visible.to_owned(),
        ..backend::Change::default()
    };
    backend::change(&change).await
}

/// The settings of the reader of a request.
#[cfg(feature = "ssr")]
#[must_use]
pub fn settings() -> leaderport::people::settings::Settings {
    let known = with_context::<http::request::Parts, _>(|parts| parts.extensions.get().cloned());
    known.flatten().unwrap_or_default()
}

/// The IANA names of the time zones that a reader may choose: those of places, and UTC.
#[cfg(feature = "ssr")]
#[must_use]
pub fn time_zones() -> Vec<String> {
    const AREAS: [&str; 10] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let is_place = |name: &String| AREAS.into_iter().any(|area| name.starts_with(area));
    let known = jiff::tz::db().available();
    let mut zones: Vec<String> = known
        .map(|zone| zone.to_string())
        .filter(is_place)
        .chain(["UTC".to_owned()])
        .collect();
    zones.sort();
    zones
}

/// Keeps a guest's settings when they sign up.
#[cfg(feature = "ssr")]
pub(super) use backend::keep_at_sign_up;

#[cfg(feature = "ssr")]
mod backend {
    use leaderport::people::settings::{Density, Language, Settings, Theme, TimeZoneName};
    use leaderport::service::{Caller, Error, Proof};
    use leaderport::{Account, InvalidValue, PlayerId};

    use super::{AUTOMATIC, HIDDEN, VISIBLE, settings};
    use crate::api::request::Request;
    use crate::api::visitor::Visitor;
    use crate::error::PageError;

    /// New values of settings, as a form sends them. An empty value changes nothing.
    #[derive(Default)]
    pub(super) struct Change {
        pub(super) theme: String,
        pub(super) density: String,
        pub(super) language: String,
        pub(super) time_zone: String,
        pub(super) visible: String,
    }

    pub(super) async fn change(change: &Change) -> Result<(), PageError> {
        let request = Request::current();
        let kept = settings();
        let changed = async {
            // A guest can change the look of pages while the ledger is down.
            let needs_visitor = request.session().is_some() || !change.visible.is_empty();
            let visitor = if needs_visitor {
                request.visitor().await?
            } else {
                None
            };
            let account = visitor.as_ref().filter(|visitor| visitor.account.is_some());
            let stored = match account {
                Some(account) => request.people.settings(&account.caller()).await?,
                None => None,
            };
            let settings = change.apply(stored.unwrap_or(kept), visitor.as_ref())?;
            if let Some(account) = account {
                let caller = account.caller();
                request.people.set_settings(&caller, &settings).await?;
            }
            Ok(settings)
        };
        let settings = request.with_status(changed.await)?;
        request.set_cookies(request.visitors.keep_settings(&settings));
        request.return_to_form();
        Ok(())
    }

    impl Change {
        /// The settings after the change.
        fn apply(&self, settings: Settings, visitor: Option<&Visitor>) -> Result<Settings, Error> {
            let mut settings = match visitor {
                Some(visitor) => settings_for(&visitor.player, settings),
                None => settings,
            };
            if let Some(theme) = chosen(&self.theme) {
                settings.appearance.theme = Theme::new(theme)?;
            }
            if let Some(density) = chosen(&self.density) {
                settings.appearance.density = Density::new(density)?;
            }
            if let Some(language) = chosen(&self.language) {
                let language = (language != AUTOMATIC).then(|| Language::new(language));
                settings.language = language.transpose()?;
            }
            if let Some(zone) = chosen(&self.time_zone) {
                let zone = (zone != AUTOMATIC).then(|| TimeZoneName::new(zone));
                settings.time_zone = zone.transpose()?;
            }
            if let Some(visible) = chosen(&self.visible) {
                settings.visible_as = match (visible, visitor) {
                    (VISIBLE, Some(visitor)) => Some(visitor.player.clone()),
                    (HIDDEN, _) => None,
                    (VISIBLE, None) => {
                        let needs = "this needs a player; submit a score, or sign in";
                        return Err(Error::Unauthorized(needs.to_owned()));
                    }
                    _ => {
                        let rule = format!("must be one of {VISIBLE}, {HIDDEN}");
                        return Err(InvalidValue::new("visible", visible, rule).into());
                    }
                };
            }
            Ok(settings)
        }
    }

    /// The settings of a browser, for a player who takes them over: without the choice of another player
    /// to be named.
    fn settings_for(player: &PlayerId, settings: Settings) -> Settings {
        Settings {
            visible_as: settings.visible_as.filter(|chosen| chosen == player),
            ..settings
        }
    }

    fn chosen(value: &str) -> Option<&str> {
        (!value.is_empty()).then_some(value)
    }

    /// Gives a new account the settings of its guest. The account exists, so a failure only keeps the
    /// settings in the browser.
    pub(in crate::api) async fn keep_at_sign_up(
        request: &Request,
        kept: &Settings,
        account: &Account,
    ) {
        let kept = settings_for(&account.player, kept.clone());
        if kept == Settings::default() {
            return;
        }
        let caller = Caller::Person {
            player: account.player.clone(),
            role: account.role,
            proof: Proof::Cookie,
        };
        if let Err(error) = request.people.set_settings(&caller, &kept).await {
            leptos::logging::warn!("the settings of a new account are not stored: {error:?}");
        }
    }

    #[cfg(test)]
    mod tests {
        use leaderport::{PlayerName, Timestamp};

        use super::*;

        fn change(theme: &str, language: &str, time_zone: &str) -> Change {
            Change {
                theme: theme.to_owned(),
                language: language.to_owned(),
                time_zone: time_zone.to_owned(),
                ..Change::default()
            }
        }

        fn apply(change: &Change, settings: Settings) -> Settings {
            change.apply(settings, None).unwrap()
        }

        #[test]
        fn an_empty_value_changes_nothing() {
            let first = apply(&change("dark", "de", "Asia/Tokyo"), Settings::default());
            assert_eq!(first.appearance.theme, Theme::Dark);
            assert_eq!(apply(&Change::default(), first.clone()), first);
            let second = apply(&change("light", "", ""), first.clone());
            assert_eq!(second.appearance.theme, Theme::Light);
            assert_eq!(
                (second.language, second.time_zone),
                (first.language, first.time_zone)
            );
        }

        #[test]
        fn the_browsers_language_and_time_zone_can_be_chosen_again() {
            let first = apply(&change("", "de", "Asia/Tokyo"), Settings::default());
            let second = apply(&change("", AUTOMATIC, AUTOMATIC), first);
            assert_eq!(second, Settings::default());
        }

        #[test]
        fn the_choice_of_another_player_to_be_named_is_not_taken_over() {
            let ann = Visitor {
                player: PlayerId::new("ann").unwrap(),
                name: PlayerName::new("Ann").unwrap(),
                account: None,
                since: Timestamp::MIN,
            };
            for (chosen_by, expected) in [("ann", Some("ann")), ("bob", None)] {
                let kept = Settings {
                    visible_as: PlayerId::new(chosen_by).ok(),
                    ..Settings::default()
                };
                let settings = change("dark", "", "").apply(kept, Some(&ann)).unwrap();
                let visible_as = settings.visible_as.as_ref().map(PlayerId::as_str);
                assert_eq!(visible_as, expected);
            }
        }

        #[test]
        fn a_name_is_shown_only_for_a_known_player() {
            for (visible, code) in [(VISIBLE, "unauthorized"), ("maybe", "invalid_value")] {
                let change = Change {
                    visible: visible.to_owned(),
                    ..Change::default()
                };
                let refused = change.apply(Settings::default(), None);
                assert_eq!(refused.unwrap_err().code(), code);
            }
        }
    }
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod tests {
    use super::time_zones;

    #[test]
    fn every_listed_time_zone_can_be_chosen() {
        let zones = time_zones();
        assert!(zones.len() > 300, "{}", zones.len());
        assert!(zones.contains(&"Europe/Berlin".to_owned()));
        for zone in zones {
            assert!(
                leaderport::people::settings::TimeZoneName::new(&zone).is_ok(),
                "{zone}"
            );
        }
    }
}
