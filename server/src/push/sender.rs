//! Sends notifications to push services. A message is encrypted for its browser (RFC 8291), so the
//! push service cannot read it.

use std::sync::Arc;
use std::time::Duration;

use app::api::reader::push::{OvertakenText, overtaken_text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use leaderport::service::Push;
use leaderport::service::ports::push::{PushBrowser, PushSubscription};
use leaderport::service::push::Delivery;
use leaderport::{PlayerId, PlayerName, Rank, Slug};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use web_push_native::Auth;
use web_push_native::p256::PublicKey;

use crate::config::{PushKey, PushOptions, Reach};
use crate::push::endpoint::PublicResolver;
use crate::push::signature::authorization;

/// Time limit of a request to a push service.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Time for which a push service keeps a message for a browser that is offline, in seconds.
const KEPT_SECONDS: u32 = 4 * 3_600;

/// A player whom another one has overtaken.
#[derive(Debug)]
pub(crate) struct Overtaken {
    pub(super) board: Slug,
    pub(super) title: String,
    pub(super) player: PlayerId,
    /// The player's rank now.
    pub(super) rank: Rank,
    pub(super) by: PlayerName,
}

/// Sends notifications to the browsers of players.
pub(crate) struct Sender {
    client: Client,
    contact: Option<String>,
    key: PushKey,
    push: Arc<Push>,
}

impl Sender {
    /// A sender with a key. `public_url` is the contact if none is configured.
    ///
    /// # Errors
    /// Fails if no HTTP client can be created.
    pub(crate) fn new(
        options: &PushOptions,
        key: PushKey,
        public_url: Option<&str>,
        push: Arc<Push>,
    ) -> anyhow::Result<Self> {
        // A proxy would resolve names by itself, and a redirect could lead anywhere.
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy();
        let client = match options.reach {
            Reach::Public => client
                .https_only(true)
                .dns_resolver(Arc::new(PublicResolver)),
            Reach::Any => client,
        };
        let public_url = public_url.filter(|url| url.starts_with("https://"));
        let contact = options.push_contact.as_deref().or(public_url);
        Ok(Self {
            client: client.build()?,
            contact: contact.map(str::to_owned),
            key,
            push,
        })
    }

    /// Sends the notifications that are due to the player's browsers.
    pub(super) async fn notify(&self, overtaken: &Overtaken) {
        let due = self.push.claim_due(&overtaken.board, &overtaken.player);
        let due = due.await.unwrap_or_else(|error| {
            tracing::warn!(
                ?error,
                "cannot read the subscriptions of an overtaken player"
            );
            Vec::new()
        });
        // All at once, so that slow push services of one player's browsers delay other players once.
        let deliveries: Vec<_> = due.iter().map(|to| self.deliver(to, overtaken)).collect();
        join_all(deliveries).await;
    }

    async fn deliver(&self, subscription: &PushSubscription, overtaken: &Overtaken) {
        let delivery = self.send(subscription, overtaken).await;
        let outcome = match delivery {
            Delivery::Sent => "sent",
            Delivery::Gone => "gone",
            Delivery::Failed(_) => "failed",
        };
        metrics::counter!("leaderport_push_messages_total", "outcome" => outcome).increment(1);
        if let Err(error) = self.push.settle(subscription, delivery).await {
            tracing::warn!(?error, "cannot store the outcome of a notification");
        }
    }

    async fn send(&self, subscription: &PushSubscription, overtaken: &Overtaken) -> Delivery {
        let browser = &subscription.browser;
        let Ok(url) = Url::parse(&browser.endpoint) else {
            return Delivery::Gone;
        };
        let Some(body) = encrypt(browser, message(subscription, overtaken)) else {
            return Delivery::Gone;
        };
        let origin = url.origin().ascii_serialization();
        let contact = self.contact.as_deref();
        let signature = authorization(&self.key, contact, &origin, self.push.now());
        let request = self
            .client
            .post(url)
            .header(AUTHORIZATION, signature)
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("TTL", KEPT_SECONDS)
            .header("Urgency", "normal")
            // A newer message of the subscription replaces one that waits for the browser.
            .header("Topic", &subscription.id)
            .body(body);
        match request.send().await {
            Ok(response) => outcome(&origin, response.status(), response.headers()),
            Err(error) => {
                // The endpoint is a secret of the browser.
                let error = error.without_url();
                tracing::warn!(%origin, %error, "a push service does not answer");
                Delivery::Failed(None)
            }
        }
    }
}

/// The message for the service worker (`public/sw.js`), in JSON.
fn message(subscription: &PushSubscription, overtaken: &Overtaken) -> String {
    let OvertakenText { body, stop } =
        overtaken_text(&subscription.language, &overtaken.by, overtaken.rank);
    let board = &overtaken.board;
    serde_json::json!({
        "title": overtaken.title,
        "body": body,
        "stop": stop,
        "board": board.as_str(),
        "url": format!("/boards/{board}?me=1"),
        "id": subscription.id,
    })
    .to_string()
}

/// Encrypts a message for a browser; `None` if its keys are invalid.
fn encrypt(browser: &PushBrowser, message: String) -> Option<Vec<u8>> {
    let key = URL_SAFE_NO_PAD.decode(&browser.p256dh).ok()?;
    let key = PublicKey::from_sec1_bytes(&key).ok()?;
    let auth = URL_SAFE_NO_PAD.decode(&browser.auth).ok()?;
    let auth: [u8; 16] = auth.try_into().ok()?;
    web_push_native::encrypt(message.into_bytes(), &key, &Auth::from(auth)).ok()
}

fn outcome(origin: &str, status: StatusCode, headers: &HeaderMap) -> Delivery {
    if status.is_success() {
        return Delivery::Sent;
    }
    if status == StatusCode::NOT_FOUND || status == StatusCode::GONE {
        return Delivery::Gone;
    }
    tracing::warn!(%origin, status = status.as_u16(), "a push service refused a message");
    let seconds = headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok());
    let seconds: Option<i64> = seconds.and_then(|text| text.parse().ok());
    Delivery::Failed(seconds.map(|seconds| seconds.saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    use web_push_native::decrypt;
    use web_push_native::p256::SecretKey;
    use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;

    use super::*;

    fn browser(secret: &SecretKey, auth: [u8; 16]) -> PushBrowser {
        let point = secret.public_key().to_encoded_point(false);
        PushBrowser {
            endpoint: "https://push.example/1".to_owned(),
            p256dh: URL_SAFE_NO_PAD.encode(point.as_bytes()),
            auth: URL_SAFE_NO_PAD.encode(auth),
        }
    }

    #[test]
    fn browser_decrypts_its_message() {
        let secret = SecretKey::from_slice(&[3; 32]).unwrap();
        let sealed = encrypt(&browser(&secret, [4; 16]), "hello".to_owned()).unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"hello"));
        let opened = decrypt(sealed.clone(), &secret, &Auth::from([4; 16])).unwrap();
        assert_eq!(opened, b"hello");
        assert!(decrypt(sealed, &secret, &Auth::from([5; 16])).is_err());
    }

    /// The example of RFC 8291, appendix A.
    #[test]
    fn message_of_the_standard_is_decrypted() {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let secret = decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
        let secret = SecretKey::from_slice(&secret).unwrap();
        let auth: [u8; 16] = decode("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap();
        let message = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
                       mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
                       pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        let opened = decrypt(decode(message), &secret, &Auth::from(auth)).unwrap();
        assert_eq!(opened, b"When I grow up, I want to be a watermelon");
    }

    #[test]
    fn invalid_keys_encrypt_nothing() {
        let secret = SecretKey::from_slice(&[3; 32]).unwrap();
        let fit = browser(&secret, [4; 16]);
        let bad_point = PushBrowser {
            p256dh: URL_SAFE_NO_PAD.encode([4_u8; 65]),
            ..fit.clone()
        };
        let bad_auth = PushBrowser {
            auth: URL_SAFE_NO_PAD.encode([4_u8; 15]),
            ..fit
        };
        for browser in [bad_point, bad_auth] {
            assert_eq!(encrypt(&browser, String::new()), None);
        }
    }

    #[test]
    fn answers_of_push_services_are_understood() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "120".parse().unwrap());
        for (status, expected) in [
            (201, Delivery::Sent),
            (404, Delivery::Gone),
            (410, Delivery::Gone),
            (301, Delivery::Failed(Some(120_000))),
            (429, Delivery::Failed(Some(120_000))),
            (503, Delivery::Failed(Some(120_000))),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(outcome("https://push.example", status, &headers), expected);
        }
    }
}
