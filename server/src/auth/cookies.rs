//! Visitors, identified by cookies. A guest has a signed cookie with their id and name. A signed-in
//! player has a random session cookie.
//!
//! A guest's cookies become invalid by sign-up, by "sign out everywhere" and by erasure: they are
//! ignored if they were issued before.

use std::sync::Arc;

use anyhow::Context;
use app::api::visitor::{Visitor, Visitors};
use async_trait::async_trait;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, Key, SameSite, SignedCookieJar};
use http::{Extensions, HeaderMap, HeaderValue, header};
use leaderport::people::settings::Settings;
use leaderport::service::people::SESSION_MILLIS;
use leaderport::service::{Clock, Error, People, Token};
use leaderport::{PlayerId, PlayerName, SubmissionId, Timestamp};

use sha2::{Digest, Sha256};

use crate::config::{Config, WebOrigin};
use crate::http::connections::client_address::{ClientAddress, network};
use crate::http::operators;
use crate::startup::clock::SystemClock;

const GUEST: CookieName = CookieName::new("leaderport_guest", "__Host-leaderport_guest");
pub(crate) const SESSION: CookieName =
    CookieName::new("leaderport_session", "__Host-leaderport_session");
const SETTINGS: CookieName = CookieName::new("leaderport_settings", "__Host-leaderport_settings");

/// Lifetime of the settings' cookie after their last change.
const SETTINGS_LIFE: time::Duration = time::Duration::days(365);

/// Time after the creation of a submission id in which the id and its secret yield the same guest
/// again, in seconds. It allows retries.
const SAME_GUEST_SECONDS: u64 = 3_600;

/// Name of a cookie over plain HTTP, and over HTTPS. A browser accepts a name with `__Host-` only
/// from this host and over HTTPS, so no other host of the domain can set such a cookie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CookieName {
    plain: &'static str,
    secure: &'static str,
}

impl CookieName {
    pub(crate) const fn new(plain: &'static str, secure: &'static str) -> Self {
        Self { plain, secure }
    }

    pub(crate) const fn of(self, secure: bool) -> &'static str {
        if secure { self.secure } else { self.plain }
    }

    /// The names that a browser may have, the present one first: the deployment may have used plain
    /// HTTP before.
    fn all(self, secure: bool) -> impl Iterator<Item = &'static str> {
        [self.of(secure)]
            .into_iter()
            .chain(secure.then_some(self.plain))
    }
}

/// Reads and writes visitors' cookies.
pub(crate) struct Cookies {
    /// Signs guests' cookies.
    key: Key,
    people: Arc<People>,
    clock: SystemClock,
    secure: bool,
    /// Name of the OpenID Connect provider, if one is configured.
    provider: Option<String>,
    /// Public URL of this deployment, if configured.
    public_url: Option<WebOrigin>,
}

impl Cookies {
    pub(crate) fn new(
        key: Key,
        people: Arc<People>,
        secure: bool,
        provider: Option<String>,
        public_url: Option<WebOrigin>,
    ) -> Self {
        Self {
            key,
            people,
            clock: SystemClock,
            secure,
            provider,
            public_url,
        }
    }

    /// Whether browsers send cookies over HTTPS only.
    pub(crate) fn are_secure(&self) -> bool {
        self.secure
    }

    fn build(&self, name: &'static str, value: String) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .build()
    }

    /// The settings in a request's cookies, if any. Not signed, because readers choose them.
    pub(crate) fn settings(&self, headers: &HeaderMap) -> Option<Settings> {
        let jar = CookieJar::from_headers(headers);
        let cookie = jar.get(SETTINGS.of(self.secure))?;
        Some(Settings::read(cookie.value()))
    }

    /// Removes cookies under all their names.
    fn removals(&self, names: &[CookieName]) -> CookieJar {
        let names = names.iter().flat_map(|name| name.all(self.secure));
        names.fold(CookieJar::new(), |jar, name| {
            let mut cookie = self.build(name, String::new());
            cookie.make_removal();
            jar.add(cookie)
        })
    }

    /// The guest in a correctly signed cookie.
    fn guest(&self, headers: &HeaderMap) -> Option<Visitor> {
        let jar = SignedCookieJar::from_headers(headers, self.key.clone());
        // Another host of the domain could set a plain cookie that this site has signed for an
        // attacker, and the visitor would play as the attacker's guest.
        let cookie = jar.get(GUEST.of(self.secure))?;
        let (player, rest) = cookie.value().split_once('|')?;
        // Cookies of earlier versions contain no time. They count as issued before every
        // revocation.
        let timed = rest.split_once('|').and_then(|(since, name)| {
            let since = Timestamp::from_millis(since.parse().ok()?).ok()?;
            Some((since, name))
        });
        let (since, name) = timed.unwrap_or((Timestamp::MIN, rest));
        let player = PlayerId::stored(player).ok()?;
        Some(Visitor {
            name: PlayerName::shown(name, &player),
            player,
            account: None,
            since,
        })
    }
}

/// Whether a request has the cookie of a guest or of a session, valid or not.
pub(crate) fn has_reader(headers: &HeaderMap) -> bool {
    if !headers.contains_key(header::COOKIE) {
        return false;
    }
    let cookies = CookieJar::from_headers(headers);
    let mut names = [GUEST, SESSION].iter().flat_map(|name| name.all(true));
    names.any(|name| cookies.get(name).is_some())
}

/// Forbids storing pages that are rendered for a guest or a signed-in player. After sign-out, a step
/// back in the browser's history must not show such a page again.
pub(crate) async fn forbid_storing(request: Request, next: Next) -> Response {
    let has_reader = has_reader(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let media = headers.get(header::CONTENT_TYPE);
    let is_page = media.is_some_and(|media| media.as_bytes().starts_with(b"text/html"));
    if has_reader && is_page {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Derives the signing key from the configured secret. Without a secret, reads the key from the
/// data folder; the first start creates it.
pub(crate) fn key(config: &Config) -> anyhow::Result<Key> {
    if let Some(secret) = &config.cookie_secret {
        return Ok(Key::derive_from(secret.expose().as_bytes()));
    }
    let file = config.data.join("cookie.key");
    match std::fs::read(&file) {
        Ok(bytes) => Key::try_from(bytes.as_slice()).with_context(|| {
            format!(
                "{} is not a key; move it away to get a new one (current guests lose their identity)",
                file.display()
            )
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let key = Key::generate();
            crate::config::write_secret(&file, key.master())?;
            Ok(key)
        }
        Err(e) => Err(e).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// Derives a separate key for a purpose, so that its signatures are not valid in guest cookies.
pub(crate) fn key_for(purpose: &str, key: &Key) -> Key {
    Key::derive_from(&[key.master(), purpose.as_bytes()].concat())
}

#[async_trait]
impl Visitors for Cookies {
    async fn current(&self, headers: &HeaderMap) -> Result<Option<Visitor>, Error> {
        if let Some(session) = self.session(headers)
            && let Some(account) = self.people.of_session(&session).await?
        {
            return Ok(Some(Visitor {
                player: account.player.clone(),
                name: account.name.clone(),
                since: account.created_at,
                account: Some(account),
            }));
        }
        let Some(guest) = self.guest(headers) else {
            return Ok(None);
        };
        let is_spent = self.people.is_spent(&guest.player, guest.since).await?;
        Ok(Some(guest).filter(|_| !is_spent))
    }

    fn session(&self, headers: &HeaderMap) -> Option<String> {
        let jar = CookieJar::from_headers(headers);
        let name = SESSION.of(self.secure);
        Some(jar.get(name)?.value().to_owned())
    }

    fn remember(&self, guest: &Visitor) -> Vec<HeaderValue> {
        let (player, since, name) = (&guest.player, guest.since.millis_i64(), &guest.name);
        let mut cookie = self.build(GUEST.of(self.secure), format!("{player}|{since}|{name}"));
        cookie.make_permanent();
        let jar = SignedCookieJar::new(self.key.clone()).add(cookie);
        set_cookies(jar)
    }

    fn begin(&self, session: &Token) -> Vec<HeaderValue> {
        let mut cookie = self.build(SESSION.of(self.secure), session.expose().to_owned());
        cookie.set_max_age(time::Duration::milliseconds(SESSION_MILLIS));
        set_cookies(self.removals(&[GUEST]).add(cookie))
    }

    fn end(&self) -> Vec<HeaderValue> {
        set_cookies(self.removals(&[SESSION, GUEST]))
    }

    fn keep_settings(&self, settings: &Settings) -> Vec<HeaderValue> {
        let mut cookie = self.build(SETTINGS.of(self.secure), settings.to_json());
        cookie.set_max_age(SETTINGS_LIFE);
        set_cookies(CookieJar::new().add(cookie))
    }

    fn provider(&self) -> Option<String> {
        self.provider.clone()
    }

    fn origin(&self, headers: &HeaderMap) -> Option<String> {
        if let Some(url) = &self.public_url {
            return Some(url.to_string());
        }
        let host = headers.get(header::HOST)?.to_str().ok()?;
        let scheme = if self.secure { "https" } else { "http" };
        Some(format!("{scheme}://{host}"))
    }

    fn address(&self, extensions: &Extensions) -> String {
        let address = extensions.get::<ClientAddress>();
        address.map_or_else(String::new, |from| network(from.0).to_string())
    }

    fn has_admin_page(&self, extensions: &Extensions) -> bool {
        operators::are_shown(extensions)
    }

    fn newcomer(&self, name: PlayerName, of: Option<(&SubmissionId, &str)>) -> Visitor {
        let now = self.clock.now();
        let is_recent = |(id, _): &(&SubmissionId, &str)| {
            let made = id.0.get_timestamp().map(|at| at.to_unix().0);
            made.is_some_and(|made| now.millis() / 1000 < made + SAME_GUEST_SECONDS)
        };
        let id = match of.filter(is_recent) {
            // The hash is keyed with the cookie key, so that id and secret do not reveal the guest's
            // id.
            Some((id, proof)) => {
                let digest = Sha256::new()
                    .chain_update(self.key.signing())
                    .chain_update(b"guest of")
                    .chain_update(id.0.as_bytes())
                    .chain_update(proof)
                    .finalize();
                digest[..16]
                    .iter()
                    .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
            }
            None => crate::startup::clock::new_submission_id()
                .0
                .simple()
                .to_string(),
        };
        let player = PlayerId::new(&format!("guest-{id}")).expect("38 printable bytes");
        Visitor {
            player,
            name,
            since: now,
            account: None,
        }
    }

    fn new_submission_id(&self) -> SubmissionId {
        crate::startup::clock::new_submission_id()
    }
}

fn set_cookies(jar: impl IntoResponse) -> Vec<HeaderValue> {
    let response = jar.into_response();
    let cookies = response.headers().get_all(header::SET_COOKIE);
    cookies.into_iter().cloned().collect()
}
