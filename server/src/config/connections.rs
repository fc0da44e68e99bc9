//! Limits of connections.

use std::time::Duration;

/// Limits of realtime connections: WebSockets and event streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Maximum number of connections.
    pub(crate) connections: u32,
    /// Maximum number of connections from one address.
    pub(crate) per_address: u32,
    /// Commands a second from one connection.
    pub(crate) commands: u32,
    /// Time after which a connection that takes no data is closed.
    pub(crate) slow: Duration,
    /// Interval at which the heartbeat checks each connection.
    pub(crate) heartbeat: Duration,
}

/// Limits of the connections of a listener.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Maximum number of open connections.
    pub(crate) connections: usize,
    /// Maximum number of open connections from one address.
    pub(crate) per_address: u32,
    /// Timeout for the head of a request, counted from the end of the previous answer.
    pub(crate) head: Duration,
    /// Time after which a connection is closed whose client takes no data. It is longer than that
    /// of the realtime layer, which closes WebSockets with a code.
    pub(crate) patience: Duration,
}

/// Maximum number of open connections to the operators' address.
pub(crate) const OPERATORS: usize = 256;

/// Number of open connections without a flag, in all and from one address.
const USUAL_SOCKETS: u32 = 20_000;
const USUAL_SOCKETS_PER_ADDRESS: u32 = 2_000;

/// Limits of connections.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Connections {
    /// Maximum number of open connections of every kind; more wait until one is closed. 20,000 if
    /// absent, or twice --max-connections if that is more.
    #[arg(long, env = "LEADERPORT_MAX_SOCKETS", value_parser = count, allow_hyphen_values = true)]
    pub max_sockets: Option<u32>,

    /// Maximum number of open connections of every kind from one address; more are closed at once.
    /// 2,000 if absent, or twice --max-per-address if that is more. Not with --trust-forwarded,
    /// because then all connections come from the proxy.
    #[arg(long, env = "LEADERPORT_MAX_SOCKETS_PER_ADDRESS", value_parser = count, allow_hyphen_values = true)]
    pub max_sockets_per_address: Option<u32>,

    /// Close a connection that sends no complete request head for this many seconds, also
    /// between two requests.
    #[arg(long, env = "LEADERPORT_HEADER_SECONDS", default_value_t = 10, value_parser = count, allow_hyphen_values = true)]
    pub header_seconds: u32,

    /// Maximum number of realtime connections: WebSockets and event streams.
    #[arg(long, env = "LEADERPORT_MAX_CONNECTIONS", default_value_t = 10_000, value_parser = count, allow_hyphen_values = true)]
    pub max_connections: u32,

    /// Maximum number of realtime connections from one address.
    #[arg(long, env = "LEADERPORT_MAX_PER_ADDRESS", default_value_t = 1_000, value_parser = count, allow_hyphen_values = true)]
    pub max_per_address: u32,

    /// Commands a second from one connection; bursts may be twice as large.
    #[arg(long, env = "LEADERPORT_COMMAND_RATE", default_value_t = 50, value_parser = count, allow_hyphen_values = true)]
    pub command_rate: u32,

    /// Close a realtime connection that takes no data for this many seconds, and any other one after
    /// twice this time.
    #[arg(long, env = "LEADERPORT_SLOW_SECONDS", default_value_t = 15, value_parser = count, allow_hyphen_values = true)]
    pub slow_seconds: u32,

    /// Interval of the heartbeat, in seconds. It pings a silent connection, closes it if it stays
    /// silent, and checks the caller's credentials again.
    #[arg(long, env = "LEADERPORT_HEARTBEAT_SECONDS", default_value_t = 25, value_parser = count, allow_hyphen_values = true)]
    pub heartbeat_seconds: u32,
}

impl Connections {
    /// Checks that the flags fit together. A realtime connection is also an open connection, and
    /// others must remain for pages and submissions.
    pub(crate) fn check(self, is_behind_proxy: bool) -> Result<(), String> {
        let mut bounds = vec![(
            ("--max-connections", self.max_connections),
            ("--max-sockets", self.sockets()),
        )];
        if !is_behind_proxy {
            bounds.push((
                ("--max-per-address", self.max_per_address),
                ("--max-sockets-per-address", self.sockets_per_address()),
            ));
        }
        for ((realtime, some), (sockets, all)) in bounds {
            if some >= all {
                return Err(format!(
                    "{realtime} is {some} and {sockets} is {all}: {sockets} must be larger, because \
                     pages and submissions need connections too"
                ));
            }
        }
        Ok(())
    }

    /// Limits for a listener. Behind a proxy, addresses have no limit of their own.
    pub(crate) fn bounds(self, is_behind_proxy: bool) -> Bounds {
        let per_address = if is_behind_proxy {
            u32::MAX
        } else {
            self.sockets_per_address()
        };
        Bounds {
            connections: usize::try_from(self.sockets()).expect("at most two million"),
            per_address,
            head: Duration::from_secs(self.header_seconds.into()),
            patience: 2 * self.slow(),
        }
    }

    /// Limits for the realtime layer.
    pub(crate) fn limits(self) -> Limits {
        Limits {
            connections: self.max_connections,
            per_address: self.max_per_address,
            commands: self.command_rate,
            slow: self.slow(),
            heartbeat: Duration::from_secs(self.heartbeat_seconds.into()),
        }
    }

    fn sockets(self) -> u32 {
        let usual = USUAL_SOCKETS.max(2 * self.max_connections);
        self.max_sockets.unwrap_or(usual)
    }

    fn sockets_per_address(self) -> u32 {
        let usual = USUAL_SOCKETS_PER_ADDRESS.max(2 * self.max_per_address);
        self.max_sockets_per_address.unwrap_or(usual)
    }

    fn slow(self) -> Duration {
        Duration::from_secs(self.slow_seconds.into())
    }
}

fn count(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|n| (1..=1_000_000).contains(n));
    number.ok_or_else(|| "must be a whole number from 1 to 1000000".to_owned())
}
