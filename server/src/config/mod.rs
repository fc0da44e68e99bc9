//! The configuration of `leaderport serve`. Every flag has an environment variable.

mod alerts;
mod api_token;
pub(crate) mod connections;
mod limits;
pub mod oidc;
mod push;
mod secret;
mod web_origin;

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;

pub use self::alerts::Alerts;
pub use self::api_token::{ApiToken, MetricsToken};
pub use self::connections::Connections;
pub use self::limits::{Allowed, Limits};
pub use self::oidc::OpenId;
pub use self::push::{PushKey, PushOptions, Reach};
pub use self::secret::{Secret, ServiceUrl};
use self::secret::{broker_url, cookie_secret, database_url, token_secret};
pub use self::web_origin::WebOrigin;
use self::web_origin::allowed_origin;

/// Options of `leaderport serve`.
#[derive(Debug, Clone, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Config {
    /// Address to listen on; port 0 picks a free port, which is printed.
    #[arg(long, env = "LEADERPORT_LISTEN", default_value = "127.0.0.1:3000", value_parser = address)]
    pub listen: SocketAddr,

    /// Second address, for operators: then only this one has the admin page and the metrics.
    #[arg(long, env = "LEADERPORT_ADMIN_LISTEN", value_parser = address)]
    pub admin_listen: Option<SocketAddr>,

    /// Folder of SQLite's database and of keys; created if it does not exist.
    #[arg(long, env = "LEADERPORT_DATA", default_value = "data")]
    pub data: PathBuf,

    /// PostgreSQL for the ledger, as <postgres://USER:PASSWORD@HOST/DATABASE>; if absent, SQLite in
    /// the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = database_url)]
    pub database: Option<ServiceUrl>,

    /// Redis or Valkey for the broker, as <redis://HOST:PORT> or rediss; nodes of a Cluster
    /// separated by commas. If absent, memory of this process, for a single node.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_parser = broker_url)]
    pub broker: Option<ServiceUrl>,

    /// Prefix of all names in Redis, so that deployments can share one.
    #[arg(
        long,
        env = "LEADERPORT_BROKER_PREFIX",
        default_value = "leaderport",
        value_parser = broker_prefix
    )]
    pub broker_prefix: String,

    /// Number of pages that this node caches, to save reads from Redis; 0 disables the cache.
    #[arg(
        long,
        env = "LEADERPORT_NEAR_PAGES",
        default_value_t = 256,
        value_parser = near_pages,
        allow_hyphen_values = true
    )]
    pub near_pages: usize,

    /// Secret that signs guest cookies, the same on every node, at least 64 characters; if absent,
    /// a key in the data folder.
    #[arg(
        long,
        env = "LEADERPORT_COOKIE_SECRET",
        hide_env_values = true,
        value_parser = cookie_secret
    )]
    pub cookie_secret: Option<Secret>,

    /// Secrets that sign tokens, at least 32 characters each, separated by commas: the first signs,
    /// all are accepted; if absent, one is derived from the cookie secret.
    #[arg(
        long,
        env = "LEADERPORT_TOKEN_SECRETS",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = token_secret
    )]
    pub token_secrets: Vec<Secret>,

    /// Bearer token of the operator, at least 32 characters; creates the first admin, and keys for
    /// game servers.
    #[arg(
        long,
        env = "LEADERPORT_API_TOKEN",
        hide_env_values = true,
        value_parser = token_secret
    )]
    pub api_token: Option<Secret>,

    /// Bearer token that is needed to read the metrics, at least 32 characters; if absent, they need
    /// none.
    #[arg(
        long,
        env = "LEADERPORT_METRICS_TOKEN",
        hide_env_values = true,
        value_parser = token_secret
    )]
    pub metrics_token: Option<Secret>,

    /// Generate a token on the first start, store it in the data folder, and print a ready curl
    /// command.
    #[arg(long, env = "LEADERPORT_MAKE_TOKEN")]
    pub make_token: bool,

    /// Fill an empty data folder with a sample board.
    #[arg(long, env = "LEADERPORT_SAMPLE")]
    pub sample: bool,

    /// Folder of the site's files; if absent, searched next to the binary.
    #[arg(long, env = "LEADERPORT_SITE", value_parser = folder)]
    pub site: Option<PathBuf>,

    /// Origin whose pages may write and connect, in addition to our own, like
    /// <https://play.example>; may be repeated.
    #[arg(
        long = "allow-origin",
        env = "LEADERPORT_ALLOW_ORIGIN",
        value_delimiter = ',',
        value_parser = allowed_origin
    )]
    pub allow_origin: Vec<WebOrigin>,

    /// Mark cookies Secure and send browsers to HTTPS only; implied by a public URL with https.
    #[arg(long, env = "LEADERPORT_SECURE_COOKIES")]
    pub secure_cookies: bool,

    /// Rate limits.
    #[command(flatten)]
    pub limits: Limits,

    /// Take a client's address from the last entry of X-Forwarded-For; set this only behind your
    /// own proxy that sets it.
    #[arg(long, env = "LEADERPORT_TRUST_FORWARDED")]
    pub trust_forwarded: bool,

    /// Sign-in with an OpenID Connect provider.
    #[command(flatten)]
    pub oidc: OpenId,

    /// Thresholds of warnings on the admin page.
    #[command(flatten)]
    pub alerts: Alerts,

    /// Notifications by Web Push.
    #[command(flatten)]
    pub push: PushOptions,

    /// Limits of realtime connections.
    #[command(flatten)]
    pub connections: Connections,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an IP address and a port, like 0.0.0.0:3000".to_owned())
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    path.is_dir()
        .then_some(path)
        .ok_or_else(|| "must be a folder that exists".to_owned())
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
    // A page takes some 10 KiB.
    pages.ok_or_else(|| "must be a number of pages from 0 to 100000".to_owned())
}

impl Config {
    /// Checks that the flags fit together.
    pub(crate) fn check(&self) -> Result<(), String> {
        let public_url = self.oidc.public_url.as_ref();
        let plain = public_url.filter(|url| !url.is_https() && !url.is_loopback());
        if let Some(url) = plain.filter(|_| self.secure_cookies) {
            return Err(format!(
                "--public-url is {url}, and with --secure-cookies browsers send cookies over HTTPS \
                 only: use https://, or leave --secure-cookies out"
            ));
        }
        self.connections.check(self.trust_forwarded)
    }

    /// Whether browsers use HTTPS only.
    #[must_use]
    pub fn is_https(&self) -> bool {
        let public_url = self.oidc.public_url.as_ref();
        self.secure_cookies || public_url.is_some_and(WebOrigin::is_https)
    }

    /// The configured token. With `--make-token`, the token in the data folder, generated on the
    /// first start. Also returns whether it was generated now.
    ///
    /// # Errors
    /// Fails if the data folder cannot be read or written, or its token is invalid.
    pub fn token(&self) -> anyhow::Result<(ApiToken, bool)> {
        if self.api_token.is_some() || !self.make_token {
            return Ok((ApiToken(self.api_token.clone()), false));
        }
        let file = self.token_file();
        let is_new = !file.exists();
        if is_new {
            make_data_folder(&self.data)?;
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
        Ok((ApiToken(Some(token)), is_new))
    }

    /// File of the generated token.
    #[must_use]
    pub fn token_file(&self) -> PathBuf {
        self.data.join("api-token")
    }
}

/// Creates the data folder, if it does not exist. Only its owner can read a new one.
pub(crate) fn make_data_folder(folder: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .with_context(|| format!("cannot make the data folder {}", folder.display()))
}

/// Writes a new file that only its owner can read.
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

/// Takes the database and the keys of an older data folder, or of a copy, away from other users.
#[cfg(unix)]
pub(crate) fn restrict_files(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let names = [
        "leaderport.sqlite",
        "leaderport.sqlite-wal",
        "leaderport.sqlite-shm",
        "cookie.key",
        "api-token",
    ];
    for file in names.map(|name| folder.join(name)) {
        let is_open =
            |found: std::fs::Metadata| found.is_file() && found.permissions().mode() & 0o077 != 0;
        if !std::fs::metadata(&file).is_ok_and(is_open) {
            continue;
        }
        let mode = std::fs::Permissions::from_mode(0o600);
        let restricted = std::fs::set_permissions(&file, mode);
        let file = file.display();
        match restricted {
            Ok(()) => {
                tracing::info!(%file, "other users could read this file; now only its owner can");
            }
            Err(error) => {
                tracing::warn!(%file, %error, "other users can read this file");
            }
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn restrict_files(_folder: &Path) {}
