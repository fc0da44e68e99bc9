//! The server functions of notifications for players who are away, and the text of a notification.

use leptos::prelude::*;

use crate::error::PageError;

#[cfg(feature = "ssr")]
pub use self::backend::{OvertakenText, overtaken_text};

/// The public key by which a browser subscribes to notifications, in base64url.
///
/// # Errors
/// Never fails on the server; the request may fail.
#[server(prefix = "/_fn", endpoint = "push-key", output = leptos::server_fn::codec::Postcard)]
pub async fn push_key() -> Result<String, PageError> {
    std::future::ready(Ok(backend::key())).await
}

/// Subscribes a browser to notifications that others have overtaken the caller on a board. `endpoint` is
/// the URL of its push service; `p256dh` and `auth` are its keys in base64url (RFC 8291).
///
/// # Errors
/// Refuses callers without a player, unknown boards, and invalid endpoints or keys. Fails if the ledger
/// is down.
#[server(prefix = "/_fn", endpoint = "push-on", output = leptos::server_fn::codec::Postcard)]
pub async fn turn_push_on(
    slug: String,
    endpoint: String,
    p256dh: String,
    auth: String,
) -> Result<(), PageError> {
    backend::turn_on(&slug, backend::browser(endpoint, p256dh, auth)).await
}

/// Unsubscribes a browser from the caller's notifications of a board.
///
/// # Errors
/// Refuses callers without a player, and invalid slugs. Fails if the ledger is down.
#[server(prefix = "/_fn", endpoint = "push-off", output = leptos::server_fn::codec::Postcard)]
pub async fn turn_push_off(slug: String, endpoint: String) -> Result<(), PageError> {
    backend::turn_off(&slug, &endpoint).await
}

/// Whether a browser is subscribed to the caller's notifications of a board. Its notifications are in
/// the language of this request from then on.
///
/// # Errors
/// Refuses invalid slugs. Fails if the ledger is down.
#[server(prefix = "/_fn", endpoint = "push-state", output = leptos::server_fn::codec::Postcard)]
pub async fn is_push_on(slug: String, endpoint: String) -> Result<bool, PageError> {
    backend::is_on(&slug, &endpoint).await
}

/// Moves the caller's subscriptions of a browser to its new endpoint. The service worker calls it.
///
/// # Errors
/// Refuses callers without a player, and invalid endpoints or keys. Fails if the ledger is down.
#[server(prefix = "/_fn", endpoint = "push-moved", output = leptos::server_fn::codec::Postcard)]
pub async fn move_push(
    old_endpoint: String,
    endpoint: String,
    p256dh: String,
    auth: String,
) -> Result<(), PageError> {
    let browser = backend::browser(endpoint, p256dh, auth);
    backend::replace(&old_endpoint, &browser).await
}

#[cfg(feature = "ssr")]
mod backend {
    use std::sync::Arc;

    use leaderport::service::Push;
    use leaderport::service::ports::push::PushBrowser;
    use leaderport::{PlayerName, Rank, Slug};
    use leptos::prelude::*;

    use crate::api::request::request_and_caller;
    use crate::error::PageError;
    use crate::locale::{self, numbers};
    use crate::words;

    /// The texts of a notification.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OvertakenText {
        /// The text under the title.
        pub body: String,
        /// The name of the button that ends the notifications.
        pub stop: String,
    }

    /// The notification for a player whom another one has overtaken, in the language of a BCP 47
    /// tag. `rank` is the player's rank now.
    #[must_use]
    pub fn overtaken_text(language: &str, name: &PlayerName, rank: Rank) -> OvertakenText {
        locale::in_language(language, || OvertakenText {
            body: words::overtook_you(name, numbers::rank(rank)),
            stop: words::stop_notifications().to_owned(),
        })
    }

    pub(super) fn browser(endpoint: String, p256dh: String, auth: String) -> PushBrowser {
        PushBrowser {
            endpoint,
            p256dh,
            auth,
        }
    }

    pub(super) fn key() -> String {
        service().key().to_owned()
    }

    pub(super) async fn turn_on(slug: &str, browser: PushBrowser) -> Result<(), PageError> {
        let (push, language) = (service(), locale::locale().tag);
        let (request, caller) = request_and_caller().await?;
        let done = async {
            let board = request.leaderboards.board(&Slug::new(slug)?)?;
            push.subscribe(&caller, &board.slug, browser, &language)
                .await
        };
        request.with_status(done.await)
    }

    pub(super) async fn turn_off(slug: &str, endpoint: &str) -> Result<(), PageError> {
        let push = service();
        let (request, caller) = request_and_caller().await?;
        let done = async { push.unsubscribe(&caller, &Slug::new(slug)?, endpoint).await };
        request.with_status(done.await)
    }

    pub(super) async fn is_on(slug: &str, endpoint: &str) -> Result<bool, PageError> {
        let (push, language) = (service(), locale::locale().tag);
        let (request, caller) = request_and_caller().await?;
        let done = async {
            let slug = Slug::new(slug)?;
            push.is_subscribed(&caller, &slug, endpoint, &language)
                .await
        };
        request.with_status(done.await)
    }

    pub(super) async fn replace(
        old_endpoint: &str,
        browser: &PushBrowser,
    ) -> Result<(), PageError> {
        let push = service();
        let (request, caller) = request_and_caller().await?;
        request.with_status(push.replace(&caller, old_endpoint, browser).await)
    }

    /// The service. Call it before the first await, while the request's context is current.
    fn service() -> Arc<Push> {
        expect_context()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn notification_is_in_the_language_of_its_reader() {
            let name = PlayerName::new("Bob").unwrap();
            let text = |language| overtaken_text(language, &name, Rank::after(1_233));
            let plain = |text: String| text.replace(['\u{2068}', '\u{2069}'], "");
            let english = text("en-GB");
            assert_eq!(
                (plain(english.body), english.stop.as_str()),
                (
                    "Bob overtook you. You are now rank 1,234.".to_owned(),
                    "Stop"
                )
            );
            let german = text("de-AT");
            assert!(plain(german.body).starts_with("Bob hat dich überholt."));
            assert_eq!(german.stop, "Beenden");
            assert_eq!(text("?").stop, "Stop");
        }
    }
}
