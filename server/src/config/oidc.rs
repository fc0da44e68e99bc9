//! An OpenID Connect provider by which people sign in.

use anyhow::Context;

use super::secret::Secret;

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
    /// The URL at which browsers reach this deployment: `https://play.example`.
    pub public_url: String,
}

/// By whom else people sign in: an OpenID Connect provider.
#[derive(Debug, Clone, clap::Args)]
pub struct OpenId {
    /// Issuer of an OpenID Connect provider by which people sign in, like <https://accounts.example>.
    #[arg(long, env = "LEADERPORT_OIDC_ISSUER", requires_all = ["oidc_client_id", "public_url"])]
    pub oidc_issuer: Option<String>,

    /// What the provider knows this deployment by.
    #[arg(long, env = "LEADERPORT_OIDC_CLIENT_ID")]
    pub oidc_client_id: Option<String>,

    /// The secret that goes with it.
    #[arg(long, env = "LEADERPORT_OIDC_CLIENT_SECRET", hide_env_values = true)]
    pub oidc_client_secret: Option<Secret>,

    /// What the button says: sign in with this.
    #[arg(long, env = "LEADERPORT_OIDC_NAME", default_value = "OpenID Connect")]
    pub oidc_name: String,

    /// Where browsers find this deployment, like <https://play.example>; the provider sends them back there.
    #[arg(long, env = "LEADERPORT_PUBLIC_URL")]
    pub public_url: Option<String>,
}

impl OpenId {
    /// The provider, where one is configured.
    ///
    /// # Errors
    /// When a part of it is missing.
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
