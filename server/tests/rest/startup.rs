//! The first and later starts: the files of the data folder, the printed token, and failures.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

fn leaderport() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaderport"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("LEADERPORT_") || text.ends_with("_URL") {
            command.env_remove(&name);
        }
    }
    command
}

/// Starts a server, and returns all that it prints until it is killed.
fn printed(data: &Path) -> String {
    let mut command = leaderport();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--make-token", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary is built");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut text = String::new();
    // The lines after the address are printed together with it.
    while !text.contains("LeaderPort serves on") && !text.contains("api-token") {
        let read = lines.read_line(&mut text).expect("text");
        assert!(read > 0, "the server ended after {text:?}");
    }
    while !text.contains("admin create") && !text.contains("token is in") {
        let read = lines.read_line(&mut text).expect("text");
        assert!(read > 0, "the server ended after {text:?}");
    }
    child.kill().expect("the server runs");
    child.wait().expect("the exit status is known");
    lines.read_to_string(&mut text).expect("text");
    text
}

#[test]
fn generated_token_is_printed_once() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let first = printed(data.path());
    let token = std::fs::read_to_string(data.path().join("api-token")).expect("a token");
    assert!(first.contains(token.trim()), "{first}");
    let second = printed(data.path());
    assert!(!second.contains(token.trim()), "{second}");
    assert!(second.contains("api-token"), "{second}");
}

#[cfg(unix)]
#[test]
fn database_and_keys_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("new/data");
    printed(&data);
    let mode = |path: &Path| {
        let found = std::fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        found.permissions().mode() & 0o777
    };
    assert_eq!(mode(&data), 0o700);
    let files = [
        "leaderport.sqlite",
        "leaderport.sqlite-wal",
        "leaderport.sqlite-shm",
        "cookie.key",
        "api-token",
    ];
    for file in files {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
        // Like a folder of an earlier version, or a copy.
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(data.join(file), open).expect("our file");
    }
    printed(&data);
    for file in files {
        assert_eq!(mode(&data.join(file)), 0o600, "{file} after a restart");
    }
}

/// Checks that a command failed with one sentence.
fn expect_sentence(run: &Output, part: &str) {
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let shown = String::from_utf8_lossy(&run.stderr);
    assert!(shown.contains(part), "{shown}");
    assert_eq!(shown.trim_end().lines().count(), 1, "{shown}");
    assert!(!shown.to_lowercase().contains("backtrace"), "{shown}");
}

#[test]
fn failures_are_sentences_without_a_stack_trace() {
    let folder: TempDir = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("a writable folder");
    for backtrace in ["0", "1", "full"] {
        let run = |args: &[&str]| {
            let mut command = leaderport();
            command.args(args).env("RUST_BACKTRACE", backtrace);
            command.output().expect("the binary is built")
        };
        let away = run(&["key", "list", "--server", "http://127.0.0.1:1"]);
        expect_sentence(&away, "does not answer");
        let data = file.to_str().expect("text");
        let serve = run(&["serve", "--listen", "127.0.0.1:0", "--data", data]);
        expect_sentence(&serve, "cannot make the data folder");
        let usage = run(&["serve", "--listen", "nowhere"]);
        assert_eq!(usage.status.code(), Some(2), "{usage:?}");
    }
}
