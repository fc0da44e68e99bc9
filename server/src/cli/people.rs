//! `leaderport admin` and `leaderport key`: accounts, roles and API keys of a running server.

use std::collections::BTreeSet;
use std::io::{self, Write};

use leaderport::{ApiKey, Handle, InvalidValue, KeyDraft, Password, Role, Scope, Slug, Timestamp};

use super::client::{Client, ServerArgs};

/// Options of `leaderport admin`.
#[derive(Debug, clap::Args)]
pub struct AdminArgs {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, clap::Subcommand)]
enum AdminCommand {
    /// Create an account, by default an admin's.
    Create(CreateArgs),
    /// Set the role of an account.
    Role(RoleArgs),
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Handle for signing in: 3 to 24 of a-z, 0-9, - and _.
    #[arg(long, env = "LEADERPORT_ADMIN_HANDLE")]
    handle: Handle,

    /// Password, at least 10 characters; if absent, one is generated and printed.
    #[arg(long, env = "LEADERPORT_ADMIN_PASSWORD", hide_env_values = true)]
    password: Option<Password>,

    /// Role of the account: admin, moderator or player.
    #[arg(long, env = "LEADERPORT_ADMIN_ROLE", default_value_t = Role::Admin, value_parser = role)]
    role: Role,
}

#[derive(Debug, clap::Args)]
struct RoleArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Handle of the account.
    #[arg(long, env = "LEADERPORT_ADMIN_HANDLE")]
    handle: Handle,

    /// New role: admin, moderator or player.
    #[arg(long, env = "LEADERPORT_ADMIN_ROLE", value_parser = role)]
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
    /// Create a key for a game server, and print its secret once.
    Create(CreateKeyArgs),
    /// List the keys, newest first.
    List(ServerArgs),
    /// Revoke a key permanently.
    Revoke(RevokeArgs),
}

#[derive(Debug, clap::Args)]
struct CreateKeyArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Title of the key, for people: 1 to 80 characters.
    #[arg(long, env = "LEADERPORT_KEY_TITLE", value_parser = title)]
    title: String,

    /// Scopes of the key: submit, read, admin; separated by commas.
    #[arg(long, env = "LEADERPORT_KEY_SCOPES", value_delimiter = ',', value_parser = scope, default_value = "submit")]
    scopes: Vec<Scope>,

    /// Boards of the key, separated by commas; every board if absent.
    #[arg(long, env = "LEADERPORT_KEY_BOARDS", value_delimiter = ',')]
    boards: Vec<Slug>,
}

#[derive(Debug, clap::Args)]
struct RevokeArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// Id of the key, as `leaderport key list` shows it.
    #[arg(long, env = "LEADERPORT_KEY_ID")]
    id: String,
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|refused: InvalidValue| refused.reason)
}

fn title(text: &str) -> Result<String, String> {
    let title = text.trim();
    let is_title =
        (1..=80).contains(&title.chars().count()) && !title.chars().any(char::is_control);
    is_title
        .then(|| title.to_owned())
        .ok_or_else(|| "must be 1 to 80 printable characters".to_owned())
}

fn scope(text: &str) -> Result<Scope, String> {
    let scope = Scope::ALL.into_iter().find(|s| s.as_str() == text.trim());
    scope.ok_or_else(|| "must be submit, read or admin".to_owned())
}

/// Checks a key's id. Not done by clap, whose error would print a secret passed by mistake.
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
            writeln!(out, "{} is now {}", account.handle, account.role)?;
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
            // Print this on stderr, so that a pipe contains only the secret. A closed stderr is not
            // an error.
            let _ = writeln!(
                io::stderr(),
                "key {id}: its secret is shown only once and is not stored"
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
