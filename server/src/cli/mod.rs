//! The command line: `leaderport serve`, `import`, `demo`, `apply`, and operations on a running server.

pub mod boards;
mod client;
pub mod demo;
pub mod engine;
pub mod import;
pub mod people;
mod progress;
mod push_key;
mod serve;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};

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
    /// Send generated traffic to a running server.
    Demo(demo::DemoArgs),
    /// Print the boards of a running server as TOML, for `diff` and `apply`.
    Pull(boards::PullArgs),
    /// Compare a file of boards with a running server.
    #[command(after_help = boards::DIFF_STATUS)]
    Diff(boards::DiffArgs),
    /// Define the boards of a file on a running server.
    #[command(after_help = boards::APPLY_STATUS)]
    Apply(boards::ApplyArgs),
    /// Create accounts on a running server, and set their roles.
    Admin(people::AdminArgs),
    /// Create, list and revoke the API keys of game servers.
    Key(people::KeyArgs),
    /// Show the state of a running server's ledger and broker.
    Status(engine::StatusArgs),
    /// Compare the broker of a running server with its ledger, and repair differences.
    Sync(engine::RepairArgs),
    /// Rebuild the broker's seasons from the ledger.
    Rebuild(engine::RepairArgs),
    /// Drop the broker's seasons; the next read of a season loads it.
    ClearCache(engine::RepairArgs),
    /// Retry the dead letters of the outbox.
    Retry(engine::RetryArgs),
    /// Print a new private key for notifications by Web Push.
    PushKey,
}

/// Options whose refused values are not printed, because terminals and logs must not contain
/// secrets.
const SECRET: [&str; 9] = [
    "--api-token",
    "--broker",
    "--cookie-secret",
    "--database",
    "--metrics-token",
    "--oidc-client-secret",
    "--password",
    "--push-private-key",
    "--token-secrets",
];

impl Cli {
    /// Parses the command line. Prints an error for people and ends the process if it is invalid.
    #[must_use]
    pub fn read() -> Self {
        let read = Self::try_parse().and_then(Self::checked);
        read.unwrap_or_else(|error| without_secrets(error).exit())
    }

    /// Refuses flags whose values do not fit together.
    fn checked(self) -> Result<Self, clap::Error> {
        if let Command::Serve(config) = &self.command
            && let Err(rule) = config.check()
        {
            let refused = Self::command().error(ErrorKind::ArgumentConflict, rule);
            return Err(refused);
        }
        Ok(self)
    }

    /// Runs the selected command to its end, and returns the process's exit status.
    ///
    /// # Errors
    /// Fails with a sentence for people.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let done = match self.command {
            Command::Import(args) => return import::run(args).await,
            Command::Diff(args) => return boards::diff(args).await,
            Command::Apply(args) => boards::apply(args).await,
            Command::Pull(args) => boards::pull(args).await,
            Command::Serve(config) => serve::run(*config).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Admin(args) => people::admin(args).await,
            Command::Key(args) => people::key(args).await,
            Command::Status(args) => engine::status(args).await,
            Command::Sync(args) => engine::sync(args).await,
            Command::Rebuild(args) => engine::rebuild(args).await,
            Command::ClearCache(args) => engine::clear_cache(args).await,
            Command::Retry(args) => engine::retry(args).await,
            Command::PushKey => push_key::print(),
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}

fn without_secrets(mut error: clap::Error) -> clap::Error {
    let of = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    // A flag with its value, like `--broker <BROKER>`.
    let flag = of.as_deref().and_then(|of| of.split_whitespace().next());
    let is_secret = flag.is_some_and(|flag| SECRET.contains(&flag));
    if is_secret {
        let nothing = ContextValue::String("(not shown)".to_owned());
        error.insert(ContextKind::InvalidValue, nothing);
    }
    error
}

#[cfg(test)]
mod refusals_test;

#[cfg(test)]
mod tests {
    use super::*;

    /// The flags of all commands, without those that clap adds. Files are arguments without a flag.
    fn flags() -> Vec<clap::Arg> {
        let mut commands = vec![<Cli as clap::CommandFactory>::command()];
        let mut flags = Vec::new();
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands().cloned());
            flags.extend(command.get_arguments().cloned());
        }
        let is_own = |flag: &clap::Arg| !["help", "version"].contains(&flag.get_id().as_str());
        flags.retain(|flag| is_own(flag) && !flag.is_positional());
        flags
    }

    fn name(flag: &clap::Arg) -> String {
        format!("--{}", flag.get_long().expect("flags have long names"))
    }

    #[test]
    fn values_of_every_secret_option_are_hidden() {
        for flag in flags().iter().filter(|f| f.get_action().takes_values()) {
            let flag = name(flag);
            let is_secret = ["secret", "token", "password"]
                .iter()
                .any(|word| flag.contains(word));
            assert!(!is_secret || SECRET.contains(&flag.as_str()), "{flag}");
        }
    }

    #[test]
    fn the_documented_flags_are_those_of_the_commands() {
        let document = include_str!("../../../docs/configuration.md");
        let rows: Vec<[&str; 3]> = document
            .lines()
            .filter_map(|line| {
                let mut cells = line.strip_prefix("| `--")?.split(" | ");
                let cell = |text: &'static str| text.trim_matches('`');
                Some([cells.next()?, cells.next()?, cells.next()?].map(cell))
            })
            .collect();
        let flags = flags();
        for flag in &flags {
            let (flag_name, help) = (name(flag), flag.get_help().map(ToString::to_string));
            assert!(help.is_some_and(|help| help.contains(' ')), "{flag_name}");
            let variable = flag.get_env().and_then(std::ffi::OsStr::to_str);
            let variable = variable.unwrap_or_else(|| panic!("{flag_name} has no variable"));
            let is_documented = |[long, env, default]: &[&str; 3]| {
                // Cells may tell more: "`admin`; required for `admin role`".
                let mut values = flag.get_default_values().iter();
                flag_name == format!("--{long}")
                    && *env == variable
                    && values.all(|value| default.contains(value.to_str().unwrap_or("?")))
            };
            assert!(
                rows.iter().any(is_documented),
                "docs/configuration.md has no row with {flag_name}, {variable} and {:?}",
                flag.get_default_values(),
            );
        }
        for [long, ..] in rows {
            let is_known = flags.iter().any(|flag| flag.get_long() == Some(long));
            assert!(is_known, "no command has the documented flag --{long}");
        }
    }

    #[test]
    fn refused_secret_is_not_printed() {
        for args in [
            ["serve", "--api-token", "hush"],
            ["serve", "--cookie-secret", "hush"],
            ["serve", "--push-private-key", "hush"],
            ["serve", "--token-secrets", "hush"],
            ["serve", "--database", "mysql://u:hush@a"],
            ["serve", "--broker", "http://u:hush@a"],
            ["import", "--api-token", "hush"],
            ["admin create", "--password", "hush"],
        ] {
            let words = args[0].split(' ').chain(args[1..].iter().copied());
            let error = Cli::try_parse_from(["leaderport"].into_iter().chain(words));
            let shown = without_secrets(error.expect_err("the value is refused")).to_string();
            assert!(!shown.contains("hush"), "{shown}");
            assert!(shown.contains(args[1]), "{shown}");
        }
    }

    #[test]
    fn other_refused_values_are_printed() {
        let error = Cli::try_parse_from(["leaderport", "serve", "--limit-key", "often"]);
        let shown = without_secrets(error.expect_err("the value is refused")).to_string();
        assert!(shown.contains("often"), "{shown}");
    }
}
