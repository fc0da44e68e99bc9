//! Sign-in with an OpenID Connect provider, if one is configured: the authorization code flow with
//! PKCE.
//!
//! A signed cookie, valid for ten minutes, holds the state, the nonce and the PKCE verifier. Before
//! sign-in, the ID token is checked: signature, issuer, audience, expiry and nonce. Only a page of
//! this site can start the flow, so no other site can sign a user in.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use app::api::visitor::Visitors;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, Key, SameSite, SignedCookieJar};
use leaderport::service::people::Identity;
use leaderport::service::{Clock, People};
use leaderport::{PlayerName, Timestamp};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse,
};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::auth::cookies::{CookieName, Cookies};
use crate::auth::origin::Origins;
use crate::config::oidc::{CALLBACK, Provider};
use crate::http::problem::Problem;
use crate::startup::clock::SystemClock;

const STATE: CookieName = CookieName::new("leaderport_oidc", "__Host-leaderport_oidc");

/// Time limit for signing in at the provider, in minutes.
const MINUTES: i64 = 10;

/// Lifetime of cached provider metadata.
const ANSWER_LIFETIME: Duration = Duration::from_mins(5);

/// Timeout of one request to the provider.
const TIMEOUT: Duration = Duration::from_secs(8);
/// Timeout of all requests of one sign-in.
const LONG_PATIENCE: Duration = Duration::from_secs(20);

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Sign-in with the configured provider, if any.
pub(crate) struct Oidc {
    key: Key,
    provider: Option<Provider>,
    http: reqwest::Client,
    secure: bool,
    /// Client from the last discovery, and its time. The lock lets concurrent requests share one
    /// discovery.
    known: Mutex<Option<(Instant, Client)>>,
}

impl Oidc {
    pub(crate) fn new(
        provider: Option<Provider>,
        key: Key,
        secure: bool,
    ) -> anyhow::Result<Arc<Self>> {
        let http = reqwest::Client::builder()
            // Follow no redirects, because the provider could redirect requests to any host.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Arc::new(Self {
            key,
            provider,
            http,
            secure,
            known: Mutex::default(),
        }))
    }

    fn provider(&self) -> Result<&Provider, Problem> {
        self.provider.as_ref().ok_or_else(|| {
            let why = "no provider is configured here; sign in by handle and password";
            Problem::new(StatusCode::NOT_FOUND, "not_found", why)
        })
    }

    /// A client with metadata that is at most [`ANSWER_LIFETIME`] old.
    async fn client(&self, provider: &Provider) -> anyhow::Result<Client> {
        let mut known = self.known.lock().await;
        if let Some((at, client)) = &*known
            && at.elapsed() < ANSWER_LIFETIME
        {
            return Ok(client.clone());
        }
        let client = self.discover(provider).await?;
        *known = Some((Instant::now(), client.clone()));
        Ok(client)
    }

    /// Discovers the provider's current metadata and keys.
    async fn discover(&self, provider: &Provider) -> anyhow::Result<Client> {
        let issuer = IssuerUrl::new(provider.issuer.clone())?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http)
            .await
            .context("OpenID Connect discovery failed")?;
        let secret = provider.client_secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let back = format!("{}{CALLBACK}", provider.public_url);
        let id = ClientId::new(provider.client_id.clone());
        let client = CoreClient::from_provider_metadata(metadata, id, secret);
        Ok(client.set_redirect_uri(RedirectUrl::new(back)?))
    }

    fn cookie(&self, value: String) -> Cookie<'static> {
        // A cookie of only this host must be valid for all of its paths.
        Cookie::build((STATE.of(self.secure), value))
            .path(if self.secure { "/" } else { "/oidc" })
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(time::Duration::minutes(MINUTES))
            .build()
    }

    /// Exchanges an authorization code for the person's identity.
    async fn exchange(
        &self,
        provider: &Provider,
        code: String,
        begun: Begun,
    ) -> anyhow::Result<Identity> {
        let client = self.client(provider).await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier))
            .request_async(&self.http)
            .await
            .context("the provider refused the authorization code")?;
        let id_token = tokens.id_token().context("the provider sent no ID token")?;
        let verifier = client.id_token_verifier();
        let claims = id_token.claims(&verifier, &Nonce::new(begun.nonce));
        if claims.is_err() {
            // The provider may have rotated its keys, so the next sign-in discovers them again.
            *self.known.lock().await = None;
        }
        let claims = claims.context("the ID token is not valid")?;
        let name = claims.name().and_then(|name| name.get(None));
        let preferred = claims.preferred_username();
        Ok(Identity {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            name: name.and_then(|name| PlayerName::new(name).ok()),
            handle: preferred.map(|handle| handle.to_string()),
        })
    }
}

/// State of a started sign-in, stored in the browser's cookie.
struct Begun {
    state: String,
    nonce: String,
    verifier: String,
    /// End of its validity.
    expires_at: Timestamp,
}

impl Begun {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('|').map(str::to_owned);
        let begun = Self {
            state: parts.next()?,
            nonce: parts.next()?,
            verifier: parts.next()?,
            expires_at: Timestamp::from_millis(parts.next()?.parse().ok()?).ok()?,
        };
        parts.next().is_none().then_some(begun)
    }
}

/// Redirects the browser to the provider.
pub(crate) async fn begin(
    State(oidc): State<Arc<Oidc>>,
    State(origins): State<Arc<Origins>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let provider = oidc.provider()?;
    if !origins.check(&headers).is_ok_and(|is_own| is_own) {
        return Ok(to_account("/account"));
    }
    let client = match oidc.client(provider).await {
        Ok(client) => client,
        Err(error) => return Ok(refused(&error)),
    };
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let (state, nonce) = (state.secret(), nonce.secret());
    let expires_at = SystemClock.now().plus_millis(MINUTES * 60_000).millis();
    let value = format!("{state}|{nonce}|{}|{expires_at}", verifier.secret());
    let jar = SignedCookieJar::new(oidc.key.clone()).add(oidc.cookie(value));
    Ok((jar, no_store(), Redirect::to(url.as_str())).into_response())
}

#[derive(Deserialize)]
pub(crate) struct CameBack {
    code: Option<String>,
    state: Option<String>,
}

/// Handles the provider's redirect back to this site.
pub(crate) async fn callback(
    State(oidc): State<Arc<Oidc>>,
    State(people): State<Arc<People>>,
    State(visitors): State<Arc<Cookies>>,
    headers: HeaderMap,
    Query(back): Query<CameBack>,
) -> Result<Response, Problem> {
    let provider = oidc.provider()?;
    let jar = SignedCookieJar::from_headers(&headers, oidc.key.clone());
    let begun = jar
        .get(STATE.of(oidc.secure))
        .and_then(|cookie| Begun::read(cookie.value()));
    let begun = begun.filter(|begun| SystemClock.now() < begun.expires_at);
    let (Some(begun), Some(code), Some(state)) = (begun, back.code, back.state) else {
        return Ok(refused(&anyhow::anyhow!(
            "the browser returned without a started sign-in"
        )));
    };
    if !bool::from(state.as_bytes().ct_eq(begun.state.as_bytes())) {
        return Ok(refused(&anyhow::anyhow!("the state does not match")));
    }
    let exchange = tokio::time::timeout(LONG_PATIENCE, oidc.exchange(provider, code, begun));
    let identity = match exchange.await {
        Ok(Ok(identity)) => identity,
        Ok(Err(error)) => return Ok(refused(&error)),
        Err(_) => {
            return Ok(refused(&anyhow::anyhow!(
                "the provider did not respond in time"
            )));
        }
    };
    let guest = visitors.current(&headers).await?;
    let guest = guest.filter(|visitor| visitor.account.is_none());
    let guest = guest.unwrap_or_else(|| {
        let name = identity.name.clone();
        let nobody = || PlayerName::new("Player").expect("a valid name");
        visitors.newcomer(name.unwrap_or_else(nobody), None)
    });
    let (_, token) = people
        .sign_in_by(&identity, guest.player, guest.name)
        .await?;
    let mut response = to_account("/account");
    let mut cookies = visitors.begin(&token);
    // The state is valid only once.
    let mut used = oidc.cookie(String::new());
    used.make_removal();
    cookies.extend(HeaderValue::from_str(&used.to_string()));
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn no_store() -> [(HeaderName, HeaderValue); 1] {
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}

/// Opens the account page through a document of this site. A redirect would still be part of a
/// cross-site navigation, and the check of origins would drop the cookies.
fn to_account(address: &'static str) -> Response {
    let refresh = HeaderValue::from_str(&format!("0; url={address}")).expect("ASCII");
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>LeaderPort</title>\
         <p><a href=\"{address}\">Go on to your account</a></p>"
    );
    let headers = [(header::REFRESH, refresh)];
    (no_store(), headers, Html(page)).into_response()
}

/// Opens the account page, which reports the failure. The reason is only logged.
fn refused(why: &anyhow::Error) -> Response {
    tracing::warn!(
        error = format!("{why:#}"),
        "sign-in with the OpenID Connect provider failed"
    );
    to_account("/account?provider=refused")
}
