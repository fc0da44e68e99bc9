//! Guests: a signed cookie keeps who a visitor is, until accounts exist.

use anyhow::Context;
use app::visitor::{Visitor, Visitors};
use axum::response::IntoResponse;
use axum_extra::extract::cookie::{Cookie, Key, SameSite, SignedCookieJar};
use http::{HeaderMap, HeaderValue, header};
use leaderport::{PlayerId, PlayerName, SubmissionId};

use crate::config::Config;

const COOKIE: &str = "leaderport_guest";

/// Signs guests' cookies.
pub(crate) struct GuestCookies {
    key: Key,
    secure: bool,
}

impl GuestCookies {
    /// Derives the key from the secret told, else reads that of the data folder,
    /// making it on the first start.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        let secure = config.secure_cookies;
        if let Some(secret) = &config.cookie_secret {
            let key = Key::derive_from(secret.expose().as_bytes());
            return Ok(Self { key, secure });
        }
        let file = config.data.join("cookie.key");
        let key = match std::fs::read(&file) {
            Ok(bytes) => Key::try_from(bytes.as_slice()).with_context(|| {
                format!(
                    "{} is not a key; move it away to get a new one (guests become strangers)",
                    file.display()
                )
            })?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let key = Key::generate();
                crate::config::write_secret(&file, key.master())?;
                key
            }
            Err(e) => return Err(e).with_context(|| format!("cannot read {}", file.display())),
        };
        Ok(Self { key, secure })
    }
}

impl Visitors for GuestCookies {
    fn current(&self, headers: &HeaderMap) -> Option<Visitor> {
        let jar = SignedCookieJar::from_headers(headers, self.key.clone());
        let cookie = jar.get(COOKIE)?;
        let (player, name) = cookie.value().split_once('|')?;
        Some(Visitor {
            player: PlayerId::new(player).ok()?,
            name: PlayerName::new(name).ok()?,
        })
    }

    fn remember(&self, visitor: &Visitor) -> Option<HeaderValue> {
        let cookie = Cookie::build((COOKIE, format!("{}|{}", visitor.player, visitor.name)))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .permanent();
        let jar = SignedCookieJar::new(self.key.clone()).add(cookie);
        jar.into_response()
            .headers()
            .get(header::SET_COOKIE)
            .cloned()
    }

    fn newcomer(&self, name: PlayerName) -> Visitor {
        let id = crate::clock::new_submission_id().0.simple().to_string();
        let player = PlayerId::new(&format!("guest-{id}")).expect("38 printable bytes");
        Visitor { player, name }
    }

    fn new_submission_id(&self) -> SubmissionId {
        crate::clock::new_submission_id()
    }
}
