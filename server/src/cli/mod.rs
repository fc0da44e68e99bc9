//! The command line: `leaderport serve`, `import`, `demo`, and what operators do
//! with a running server.

mod client;
pub mod demo;
pub mod engine;
pub mod import;
pub mod people;
mod progress;
mod serve;

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};

use crate::config::Config;

/// LeaderPort, a real-time leaderboard platform.
#[derive(Debug, Parser)]
#[command(name = "leaderport", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve boards to browsers and game servers.
    Serve(Box<Config>),
    /// Load scores from a CSV file into a board of a running server.
    Import(import::ImportArgs),
    /// Drive a running server with plausible traffic.
    Demo(demo::DemoArgs),
    /// Make accounts that may run a running server, and give roles.
    Admin(people::AdminArgs),
    /// Make, list and revoke the keys of game servers.
    Key(people::KeyArgs),
    /// Show what ledger and broker of a running server have.
    Status(engine::StatusArgs),
    /// Compare the broker of a running server with its ledger, and repair what differs.
    Sync(engine::RepairArgs),
    /// Build the broker's seasons anew from the ledger.
    Rebuild(engine::RepairArgs),
    /// Have the broker drop its seasons; whoever reads one loads it.
    ClearCache(engine::RepairArgs),
}

/// Options whose values are not repeated when they are refused: a terminal, or the
/// log of whoever starts us, is no place for them.
const SECRET: [&str; 6] = [
    "--api-token",
    "--broker",
    "--cookie-secret",
    "--database",
    "--password",
    "--token-secrets",
];

impl Cli {
    /// Reads the command line; ends the process with words for people when it
    /// cannot be read.
    #[must_use]
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| without_secrets(error).exit())
    }

    /// Runs what the command line says, to its end.
    ///
    /// # Errors
    /// In words for the person at the terminal.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(config) => serve::run(*config).await,
            Command::Import(args) => import::run(args).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Admin(args) => people::admin(args).await,
            Command::Key(args) => people::key(args).await,
            Command::Status(args) => engine::status(args).await,
            Command::Sync(args) => engine::sync(args).await,
            Command::Rebuild(args) => engine::rebuild(args).await,
            Command::ClearCache(args) => engine::clear_cache(args).await,
        }
    }
}

fn without_secrets(mut error: clap::Error) -> clap::Error {
    let of = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    let is_secret = of.is_some_and(|of| SECRET.iter().any(|secret| of.starts_with(secret)));
    if is_secret {
        let nothing = ContextValue::String("(not shown)".to_owned());
        error.insert(ContextKind::InvalidValue, nothing);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_secret_is_not_repeated() {
        for args in [
            ["serve", "--api-token", "hush"],
            ["serve", "--cookie-secret", "hush"],
            ["serve", "--token-secrets", "hush"],
            ["serve", "--database", "mysql://u:hush@a"],
            ["serve", "--broker", "http://u:hush@a"],
            ["import", "--api-token", "hush"],
            ["admin create", "--password", "hush"],
        ] {
            let words = args[0].split(' ').chain(args[1..].iter().copied());
            let error = Cli::try_parse_from(["leaderport"].into_iter().chain(words));
            let shown = without_secrets(error.expect_err("it is refused")).to_string();
            assert!(!shown.contains("hush"), "{shown}");
            assert!(shown.contains(args[1]), "{shown}");
        }
    }

    #[test]
    fn any_other_refused_value_is_shown() {
        let error = Cli::try_parse_from(["leaderport", "serve", "--limit-key", "often"]);
        let shown = without_secrets(error.expect_err("it is refused")).to_string();
        assert!(shown.contains("often"), "{shown}");
    }
}
