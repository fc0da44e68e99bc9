//! What `leaderport serve` can be told. Every flag has an environment variable.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

use leaderport::service::limits::Quota;
use leaderport::vitals::Thresholds;

use crate::oidc::Provider;

use crate::auth::ApiToken;
use crate::limiter::Quotas;

/// Options of `leaderport serve`.
#[derive(Debug, Clone, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Config {
    /// Address to listen on; port 0 picks a free one, which is printed.
    #[arg(long, env = "LEADERPORT_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,

    /// Folder of SQLite's database and of keys; made where it is not.
    #[arg(long, env = "LEADERPORT_DATA", default_value = "data")]
    pub data: PathBuf,

    /// PostgreSQL to keep the ledger in, as <postgres://USER:PASSWORD@HOST/DATABASE>; without it, SQLite in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = database_url)]
    pub database: Option<ServiceUrl>,

    /// Redis or Valkey to rank in, as <redis://HOST:PORT> or rediss; nodes of a Cluster separated by commas. Without it, this process's memory, for one node.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_parser = broker_url)]
    pub broker: Option<ServiceUrl>,

    /// What all names in Redis begin with, so that deployments may share one.
    #[arg(
        long,
        env = "LEADERPORT_BROKER_PREFIX",
        default_value = "leaderport",
        value_parser = broker_prefix
    )]
    pub broker_prefix: String,

    /// Pages of which this node keeps copies, so as not to ask Redis for each read; 0 for none.
    #[arg(
        long,
        env = "LEADERPORT_NEAR_PAGES",
        default_value_t = 256,
        value_parser = near_pages
    )]
    pub near_pages: usize,

    /// Secret that signs guests' cookies, the same on every node, at least 64 characters; without it, a key in the data folder.
    #[arg(
        long,
        env = "LEADERPORT_COOKIE_SECRET",
        hide_env_values = true,
        value_parser = cookie_secret
    )]
    pub cookie_secret: Option<Secret>,

    /// Secrets that sign tokens, at least 32 characters each, separated by commas: the first signs, all are accepted; without them, one is derived from the cookies' secret.
    #[arg(
        long,
        env = "LEADERPORT_TOKEN_SECRETS",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = token_secret
    )]
    pub token_secrets: Vec<Secret>,

    /// Bearer token of whoever runs the deployment: by it the first admin is made, and keys for game servers.
    #[arg(long, env = "LEADERPORT_API_TOKEN", hide_env_values = true)]
    pub api_token: Option<Secret>,

    /// Make a token on the first start, keep it in the data folder, and print a ready curl line.
    #[arg(long, env = "LEADERPORT_MAKE_TOKEN")]
    pub make_token: bool,

    /// Fill an empty data folder with a sample board.
    #[arg(long, env = "LEADERPORT_SAMPLE")]
    pub sample: bool,

    /// Folder of the site's files; found beside the binary unless told.
    #[arg(long, env = "LEADERPORT_SITE")]
    pub site: Option<PathBuf>,

    /// Origin whose pages may write and connect besides our own, like <https://play.example>; may be repeated.
    #[arg(
        long = "allow-origin",
        env = "LEADERPORT_ALLOW_ORIGIN",
        value_delimiter = ','
    )]
    pub allow_origin: Vec<String>,

    /// Mark cookies Secure: set it where the site is served over HTTPS.
    #[arg(long, env = "LEADERPORT_SECURE_COOKIES")]
    pub secure_cookies: bool,

    /// How much anybody may ask for.
    #[command(flatten)]
    pub limits: Limits,

    /// Take a client's address from the last entry of X-Forwarded-For: only behind a proxy of yours that sets it.
    #[arg(long, env = "LEADERPORT_TRUST_FORWARDED")]
    pub trust_forwarded: bool,

    /// By whom else people sign in.
    #[command(flatten)]
    pub oidc: OpenId,

    /// What is worth a warning on the admin page.
    #[command(flatten)]
    pub alerts: Alerts,

    /// What connections that listen may do.
    #[command(flatten)]
    pub connections: Connections,
}

/// What connections that listen may do: WebSockets and event streams.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Connections {
    /// The most connections that listen at once: WebSockets and event streams.
    #[arg(long, env = "LEADERPORT_MAX_CONNECTIONS", default_value_t = 10_000, value_parser = count)]
    pub max_connections: u32,

    /// The most of them from an address.
    #[arg(long, env = "LEADERPORT_MAX_PER_ADDRESS", default_value_t = 1_000, value_parser = count)]
    pub max_per_address: u32,

    /// Commands a second from a connection, and twice as many at once.
    #[arg(long, env = "LEADERPORT_COMMAND_RATE", default_value_t = 50, value_parser = count)]
    pub command_rate: u32,

    /// A connection that takes nothing for so many seconds is ended.
    #[arg(long, env = "LEADERPORT_SLOW_SECONDS", default_value_t = 15, value_parser = count)]
    pub slow_seconds: u32,

    /// How often a connection is looked at, in seconds: pinged if it was silent, ended if it was silent since; and who it is looked up again.
    #[arg(long, env = "LEADERPORT_HEARTBEAT_SECONDS", default_value_t = 25, value_parser = count)]
    pub heartbeat_seconds: u32,
}

impl Connections {
    /// As the realtime layer takes them.
    pub(crate) fn limits(self) -> crate::realtime::Limits {
        crate::realtime::Limits {
            connections: self.max_connections,
            per_address: self.max_per_address,
            commands: self.command_rate,
            slow: Duration::from_secs(self.slow_seconds.into()),
            heartbeat: Duration::from_secs(self.heartbeat_seconds.into()),
        }
    }
}

fn count(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|n| (1..=1_000_000).contains(n));
    number.ok_or_else(|| "must be a whole number from 1 to 1000000".to_owned())
}

/// How much anybody may ask for: like 60/m, sixty a minute and as many at once; s, m or h; or off.
#[derive(Debug, Clone, clap::Args)]
pub struct Limits {
    /// Submissions by a player: 60/m is sixty a minute, and as many at once; s, m, h; or off.
    #[arg(long, env = "LEADERPORT_LIMIT_PLAYER", default_value = "60/m", value_parser = limit)]
    pub limit_player: Allowed,

    /// Submissions by an API key.
    #[arg(long, env = "LEADERPORT_LIMIT_KEY", default_value = "1000/s", value_parser = limit)]
    pub limit_key: Allowed,

    /// Submissions to a board, not counting those by the API token.
    #[arg(long, env = "LEADERPORT_LIMIT_BOARD", default_value = "10000/s", value_parser = limit)]
    pub limit_board: Allowed,

    /// Requests from an address that change something or bear a bad token, not counting those by a key.
    #[arg(long, env = "LEADERPORT_LIMIT_ADDRESS", default_value = "3000/m", value_parser = limit)]
    pub limit_address: Allowed,

    /// Attempts to sign in by a handle, from wherever: more than an address has, so that none locks another out.
    #[arg(long, env = "LEADERPORT_LIMIT_HANDLE", default_value = "300/m", value_parser = limit)]
    pub limit_handle: Allowed,

    /// Attempts to sign in from an address.
    #[arg(long, env = "LEADERPORT_LIMIT_SIGN_IN", default_value = "30/m", value_parser = limit)]
    pub limit_sign_in: Allowed,
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

/// What is worth a warning on the admin page, when it goes on for some seconds.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Alerts {
    /// Warn when the slowest hundredth of acknowledgements takes longer, in milliseconds.
    #[arg(long, env = "LEADERPORT_ALERT_ACK", default_value_t = 250.0, value_parser = threshold)]
    pub alert_ack: f64,

    /// Warn of more answers a second with a status of 500 or above.
    #[arg(long, env = "LEADERPORT_ALERT_ERRORS", default_value_t = 0.5, value_parser = threshold)]
    pub alert_errors: f64,

    /// Warn of more frames a second that slow clients miss.
    #[arg(long, env = "LEADERPORT_ALERT_SKIPPED", default_value_t = 20.0, value_parser = threshold)]
    pub alert_skipped: f64,
}

impl Alerts {
    /// As the page takes them.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        Thresholds {
            ack_p99: self.alert_ack,
            errors: self.alert_errors,
            skipped_frames: self.alert_skipped,
        }
    }
}

fn threshold(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "must be a number that is not negative".to_owned())
}

/// A quota, or none.
#[derive(Debug, Clone, Copy)]
pub struct Allowed(pub Option<Quota>);

impl Limits {
    /// As limiters take them.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        Quotas {
            address: self.limit_address.0,
            board: self.limit_board.0,
            handle: self.limit_handle.0,
            key: self.limit_key.0,
            player: self.limit_player.0,
            sign_in: self.limit_sign_in.0,
        }
    }
}

fn limit(text: &str) -> Result<Allowed, String> {
    if text == "off" {
        return Ok(Allowed(None));
    }
    let quota: Result<Quota, _> = text.parse();
    let quota = quota.map_err(|refused| format!("{}; or off", refused.reason))?;
    Ok(Allowed(Some(quota)))
}

/// Text that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for comparing and for the person it belongs to.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Shorter ones can be guessed over the network.
        if text.len() >= 8 && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be at least 8 printable ASCII characters, without spaces".to_owned())
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The URL of an engine. Printed without what is secret in it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceUrl(String);

impl ServiceUrl {
    /// The whole URL, for who connects to it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, url) in self.0.split(',').enumerate() {
            let comma = if n > 0 { "," } else { "" };
            let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
            // Parameters may hold a password as well.
            let rest = rest.split('?').next().unwrap_or_default();
            let host = rest.rsplit('@').next().unwrap_or_default();
            write!(f, "{comma}{}://{host}", scheme.trim())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn database_url(text: &str) -> Result<ServiceUrl, String> {
    service_url(&[text], &["postgres", "postgresql"], text)
}

fn broker_url(text: &str) -> Result<ServiceUrl, String> {
    let nodes: Vec<&str> = text.split(',').map(str::trim).collect();
    service_url(&nodes, &["redis", "rediss"], text)
}

fn service_url(urls: &[&str], schemes: &[&str], text: &str) -> Result<ServiceUrl, String> {
    let is_one = |url: &&str| {
        let parts = url.split_once("://");
        parts.is_some_and(|(scheme, host)| schemes.contains(&scheme) && !host.is_empty())
    };
    if urls.iter().all(is_one) {
        Ok(ServiceUrl(text.to_owned()))
    } else {
        // Not the text itself, which may hold a password.
        Err(format!("must be {}://HOST", schemes.join(":// or ")))
    }
}

fn broker_prefix(text: &str) -> Result<String, String> {
    let is_fit = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if (1..=64).contains(&text.len()) && text.bytes().all(is_fit) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 64 letters, digits, hyphens, dots or underscores".to_owned())
    }
}

fn near_pages(text: &str) -> Result<usize, String> {
    let pages = text.parse().ok().filter(|pages| *pages <= 100_000);
    // A page is some 10 KiB.
    pages.ok_or_else(|| "must be a number of pages from 0 to 100000".to_owned())
}

fn token_secret(text: &str) -> Result<Secret, String> {
    if text.len() < 32 {
        let chars = text.len();
        return Err(format!("must have at least 32 characters, has {chars}"));
    }
    text.parse()
}

fn cookie_secret(text: &str) -> Result<Secret, String> {
    if text.len() < 64 {
        return Err(format!(
            "must have at least 64 characters, has {}; `openssl rand -hex 32` makes one",
            text.len()
        ));
    }
    text.parse()
}

impl Config {
    /// The token told, else with `--make-token` the one of the data folder,
    /// made there on the first start.
    ///
    /// # Errors
    /// When the data folder cannot be read or written.
    pub fn token(&self) -> anyhow::Result<ApiToken> {
        if self.api_token.is_some() || !self.make_token {
            return Ok(ApiToken(self.api_token.clone()));
        }
        let file = self.data.join("api-token");
        if !file.exists() {
            std::fs::create_dir_all(&self.data)
                .with_context(|| format!("cannot make the data folder {}", self.data.display()))?;
            let token =
                uuid::Builder::from_random_bytes(rand::Rng::random(&mut rand::rng())).into_uuid();
            write_secret(&file, token.simple().to_string().as_bytes())?;
        }
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let token = text.trim().parse().map_err(|why| {
            anyhow::anyhow!(
                "the token in {} {why}; remove the file to get a new one",
                file.display()
            )
        })?;
        Ok(ApiToken(Some(token)))
    }
}

/// Writes a new file that only its owner may read.
pub(crate) fn write_secret(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(file)
        .and_then(|mut f| f.write_all(bytes))
        .with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_their_secrets() {
        for (url, shown) in [
            ("redis://:pass@a:1/0", "redis://a:1/0"),
            (
                "redis://u:p@a:1, rediss://u:p@b:2",
                "redis://a:1,rediss://b:2",
            ),
            ("redis://a:1?password=p", "redis://a:1"),
        ] {
            assert_eq!(format!("{:?}", broker_url(url).unwrap()), shown);
        }
        let url = database_url("postgres://u:p@ss@db:5432/lp?password=p").unwrap();
        assert_eq!(url.to_string(), "postgres://db:5432/lp");
        assert_eq!(url.expose(), "postgres://u:p@ss@db:5432/lp?password=p");
    }

    #[test]
    fn urls_of_other_services_are_refused_without_repeating_them() {
        for url in ["mysql://u:secret@a", "secret", "redis://", "postgres://a"] {
            let refused = broker_url(url).unwrap_err();
            assert!(!refused.contains("secret"), "{refused}");
        }
        assert!(broker_url("redis://a,b").is_err());
        assert!(database_url("redis://a").is_err());
    }
}
