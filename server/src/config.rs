//! What `leaderport serve` can be told. Every flag has an environment variable.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::auth::ApiToken;

/// Options of `leaderport serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// Address to listen on; port 0 picks a free one, which is printed.
    #[arg(long, env = "LEADERPORT_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,

    /// Folder of the database and keys; made where it is not.
    #[arg(long, env = "LEADERPORT_DATA", default_value = "data")]
    pub data: PathBuf,

    /// Bearer token that allows writes over REST; without one they are refused.
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

    /// Mark the guest cookie Secure: set it where the site is served over HTTPS.
    #[arg(long, env = "LEADERPORT_SECURE_COOKIES")]
    pub secure_cookies: bool,

    /// The most WebSocket connections at once.
    #[arg(long, env = "LEADERPORT_MAX_CONNECTIONS", default_value_t = 10_000)]
    pub max_connections: usize,
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
