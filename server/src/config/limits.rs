//! Rate limits.

use leaderport::service::quota::Quota;

use crate::rate_limit::local::Quotas;

/// Rate limits: 60/m allows sixty a minute and bursts of sixty; units are s, m and h; off disables
/// the limit.
#[derive(Debug, Clone, clap::Args)]
pub struct Limits {
    /// Submissions by a player: 60/m allows sixty a minute and bursts of sixty; units are s, m and
    /// h; off disables the limit.
    #[arg(long, env = "LEADERPORT_LIMIT_PLAYER", default_value = "60/m", value_parser = limit, allow_hyphen_values = true)]
    pub limit_player: Allowed,

    /// Submissions by an API key.
    #[arg(long, env = "LEADERPORT_LIMIT_KEY", default_value = "1000/s", value_parser = limit, allow_hyphen_values = true)]
    pub limit_key: Allowed,

    /// Submissions to a board, except those with the API token.
    #[arg(long, env = "LEADERPORT_LIMIT_BOARD", default_value = "10000/s", value_parser = limit, allow_hyphen_values = true)]
    pub limit_board: Allowed,

    /// Requests from an address that change data or have a player's or a bad token, except
    /// those with an API key or the API token.
    #[arg(long, env = "LEADERPORT_LIMIT_ADDRESS", default_value = "3000/m", value_parser = limit, allow_hyphen_values = true)]
    pub limit_address: Allowed,

    /// Reads of the API and of pages from an address, counted by each node in pages of fifty rows;
    /// except those with an API key or the API token.
    #[arg(long, env = "LEADERPORT_LIMIT_READS", default_value = "6000/m", value_parser = limit, allow_hyphen_values = true)]
    pub limit_reads: Allowed,

    /// Failed attempts to sign in to a handle from one address. Other addresses are not affected, so
    /// that no stranger can lock an account.
    #[arg(long, env = "LEADERPORT_LIMIT_HANDLE", default_value = "10/m", value_parser = limit, allow_hyphen_values = true)]
    pub limit_handle: Allowed,

    /// Failed attempts to sign in from an address, and sign-ups.
    #[arg(long, env = "LEADERPORT_LIMIT_SIGN_IN", default_value = "30/m", value_parser = limit, allow_hyphen_values = true)]
    pub limit_sign_in: Allowed,
}

/// A quota, or no limit.
#[derive(Debug, Clone, Copy)]
pub struct Allowed(pub Option<Quota>);

impl Limits {
    /// Quotas for the limiters.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        Quotas {
            address: self.limit_address.0,
            board: self.limit_board.0,
            handle: self.limit_handle.0,
            key: self.limit_key.0,
            player: self.limit_player.0,
            read: self.limit_reads.0,
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
