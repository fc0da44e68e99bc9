//! The command line: `leaderport serve`, `import`, `demo`.

mod client;
pub mod demo;
pub mod import;
pub(crate) mod names;
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
        }
    }
}
