//! The command line: `leaderport serve`, `import`, `demo`, and what operators do
//! with a running server.

mod client;
pub mod demo;
pub mod engine;
pub mod import;
pub(crate) mod names;
pub mod people;
mod progress;
mod serve;

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
    Serve(Config),
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

impl Cli {
    /// Runs what the command line says, to its end.
    ///
    /// # Errors
    /// In words for the person at the terminal.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(config) => serve::run(config).await,
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
