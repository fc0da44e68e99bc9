//! Limits of realtime connections.

use std::time::Duration;

/// Limits of realtime connections: WebSockets and event streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: u32,
    /// Connections at once from an address.
    pub(crate) per_address: u32,
    /// Commands a second from a connection.
    pub(crate) commands: u32,
    /// How long a connection may take nothing.
    pub(crate) slow: Duration,
    /// How often the heartbeat checks each connection.
    pub(crate) heartbeat: Duration,
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
    pub(crate) fn limits(self) -> Limits {
        Limits {
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
