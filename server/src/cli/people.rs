//! `leaderport admin` and `leaderport key`: who may do what on a running server.

use std::collections::BTreeSet;
use std::io::{self, Write};

use leaderport::{ApiKey, Handle, KeyDraft, Password, Role, Scope, Slug, Timestamp};

use super::client::{Client, ServerArgs};

/// Options of `leaderport admin`.
#[derive(Debug, clap::Args)]
pub struct AdminArgs {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, clap::Subcommand)]
enum AdminCommand {
    /// Make an account that may run everything, or one with a lesser role.
    Create(CreateArgs),
    /// Give an account another role.
    Role(RoleArgs),
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// What the account signs in by: 3 to 24 of a-z, 0-9, - and _.
    #[arg(long, env = "LEADERPORT_ADMIN_HANDLE")]
    handle: Handle,

    /// Its password, at least 10 characters; without it one is made and printed.
    #[arg(long, env = "LEADERPORT_ADMIN_PASSWORD", hide_env_values = true)]
    password: Option<Password>,

    /// What it may do: admin, moderator or player.
    #[arg(long, env = "LEADERPORT_ADMIN_ROLE", default_value_t = Role::Admin)]
    role: Role,
}

#[derive(Debug, clap::Args)]
struct RoleArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// The account.
    #[arg(long, env = "LEADERPORT_ADMIN_HANDLE")]
    handle: Handle,

    /// What it may do from now on: admin, moderator, player or viewer.
    #[arg(long, env = "LEADERPORT_ADMIN_ROLE")]
    role: Role,
}

/// Options of `leaderport key`.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum KeyCommand {
    /// Make a key for a game server, and print its secret once.
    Create(CreateKeyArgs),
    /// List the keys, the newest first.
    List(ServerArgs),
    /// Revoke a key for ever.
    Revoke(RevokeArgs),
}

#[derive(Debug, clap::Args)]
struct CreateKeyArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// What it is for, for people.
    #[arg(long, env = "LEADERPORT_KEY_TITLE")]
    title: String,

    /// What it allows: submit, read, admin; separated by commas.
    #[arg(long, env = "LEADERPORT_KEY_SCOPES", value_delimiter = ',', value_parser = scope, default_value = "submit")]
    scopes: Vec<Scope>,

    /// The boards it is for, separated by commas; every board when absent.
    #[arg(long, env = "LEADERPORT_KEY_BOARDS", value_delimiter = ',')]
    boards: Vec<Slug>,
}

#[derive(Debug, clap::Args)]
struct RevokeArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// The key's id, as `leaderport key list` shows it.
    #[arg(long, env = "LEADERPORT_KEY_ID")]
    id: String,
}

fn scope(text: &str) -> Result<Scope, String> {
    let scope = Scope::ALL.into_iter().find(|s| s.as_str() == text.trim());
    scope.ok_or_else(|| "must be submit, read or admin".to_owned())
}

/// Checked here and not by the command line, which would repeat a secret that was
/// given by mistake.
fn key_id(text: &str) -> anyhow::Result<&str> {
    let is_id = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    anyhow::ensure!(
        is_id,
        "--id must be the 16 hexadecimal digits of the key's id, not its secret"
    );
    Ok(text)
}

pub(super) async fn admin(args: AdminArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match args.command {
        AdminCommand::Create(args) => {
            let client = Client::new(args.server)?;
            let made = args.password.is_none();
            let password = match args.password {
                Some(password) => password.expose().to_owned(),
                None => new_password(),
            };
            let account = client
                .make_account(&args.handle, &password, args.role)
                .await?;
            writeln!(
                out,
                "{} may sign in now, as {}",
                account.handle, account.role
            )?;
            if made {
                writeln!(out, "password: {password}")?;
            }
        }
        AdminCommand::Role(args) => {
            let client = Client::new(args.server)?;
            let account = client.set_role(&args.handle, args.role).await?;
            writeln!(out, "{} is {} from now on", account.handle, account.role)?;
        }
    }
    Ok(())
}

pub(super) async fn key(args: KeyArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match args.command {
        KeyCommand::Create(args) => {
            let boards: BTreeSet<Slug> = args.boards.into_iter().collect();
            let draft = KeyDraft {
                title: args.title,
                scopes: args.scopes.into_iter().collect(),
                boards: Some(boards).filter(|boards| !boards.is_empty()),
            };
            let (key, secret) = Client::new(args.server)?.make_key(&draft).await?;
            writeln!(out, "{secret}")?;
            let id = key.id;
            // Beside what a pipe takes; whoever closed it does not want to know.
            let _ = writeln!(
                io::stderr(),
                "key {id}: its secret is shown once and kept nowhere"
            );
        }
        KeyCommand::List(server) => {
            let keys = Client::new(server)?.keys().await?;
            writeln!(
                out,
                "{:<16}  {:<24}  {:<20}  {:<24}  boards",
                "id", "title", "scopes", "last used"
            )?;
            for key in &keys {
                writeln!(out, "{}", line(key))?;
            }
        }
        KeyCommand::Revoke(args) => {
            let id = key_id(&args.id)?;
            Client::new(args.server)?.revoke_key(id).await?;
            writeln!(out, "{id} is revoked; other nodes know it within 5 seconds")?;
        }
    }
    Ok(())
}

fn line(key: &ApiKey) -> String {
    let (scopes, boards) = (key.scopes_shown(), key.boards_shown());
    let used = match (key.revoked_at, key.last_used_at) {
        (Some(_), _) => "revoked".to_owned(),
        (None, used) => used
            .as_ref()
            .map_or("never".to_owned(), Timestamp::to_string),
    };
    format!(
        "{:<16}  {:<24}  {:<20}  {used:<24}  {boards}",
        key.id, key.title, scopes
    )
}

fn new_password() -> String {
    let bits = uuid::Builder::from_random_bytes(rand::Rng::random(&mut rand::rng()));
    bits.into_uuid().simple().to_string()
}
