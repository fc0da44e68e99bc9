//! An OpenID Connect provider for sign-in.

use anyhow::Context;

use clap::builder::NonEmptyStringValueParser;

use super::secret::Secret;
use super::web_origin::{WebOrigin, issuer, public_url};

/// The path of the redirect URI, below the public URL. The provider sends the browser there.
pub(crate) const CALLBACK: &str = "/oidc/callback";

/// An OpenID Connect provider, and the registration of this deployment with it.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The issuer's URL; `/.well-known/openid-configuration` is below it.
    pub issuer: String,
    /// The client id of this deployment.
    pub client_id: String,
    /// The client secret, if there is one.
    pub client_secret: Option<Secret>,
    /// The origin at which browsers reach this deployment.
    pub public_url: WebOrigin,
}

/// Sign-in with an OpenID Connect provider.
#[derive(Debug, Clone, clap::Args)]
pub struct OpenId {
    /// Issuer of an OpenID Connect provider for sign-in, like <https://accounts.example>.
    #[arg(long, env = "LEADERPORT_OIDC_ISSUER", requires_all = ["oidc_client_id", "public_url"], value_parser = issuer)]
    pub oidc_issuer: Option<String>,

    /// Client id of this deployment at the provider.
    #[arg(long, env = "LEADERPORT_OIDC_CLIENT_ID", requires = "oidc_issuer", value_parser = NonEmptyStringValueParser::new())]
    pub oidc_client_id: Option<String>,

    /// Client secret of this deployment at the provider.
    #[arg(
        long,
        env = "LEADERPORT_OIDC_CLIENT_SECRET",
        hide_env_values = true,
        requires = "oidc_issuer"
    )]
    pub oidc_client_secret: Option<Secret>,

    /// Name of the provider, shown on the sign-in button.
    #[arg(long, env = "LEADERPORT_OIDC_NAME", default_value = "OpenID Connect", value_parser = name)]
    pub oidc_name: String,

    /// URL at which browsers reach this deployment, like <https://play.example>; with https, cookies
    /// are Secure and browsers use HTTPS only.
    #[arg(long, env = "LEADERPORT_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<WebOrigin>,
}

impl OpenId {
    /// The provider, if configured.
    ///
    /// # Errors
    /// Fails if a part of the configuration is missing.
    pub fn provider(&self) -> anyhow::Result<Option<Provider>> {
        let Some(issuer) = self.oidc_issuer.clone() else {
            return Ok(None);
        };
        let missing = |flag| format!("--oidc-issuer needs {flag}, too");
        let client_id = self.oidc_client_id.clone();
        let public_url = self.public_url.clone();
        Ok(Some(Provider {
            issuer,
            client_id: client_id.with_context(|| missing("--oidc-client-id"))?,
            client_secret: self.oidc_client_secret.clone(),
            public_url: public_url.with_context(|| missing("--public-url"))?,
        }))
    }
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let is_name = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    is_name
        .then(|| name.to_owned())
        .ok_or_else(|| "must be 1 to 40 printable characters".to_owned())
}
