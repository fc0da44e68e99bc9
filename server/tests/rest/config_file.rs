//! `leaderport pull`, `diff` and `apply`: the real commands, against a real server.

mod schema;

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{TOKEN, TestServer, points};

/// Two boards, both with a setting that differs from its default.
const TWO: &str = r#"
[boards.arena]
title = "Arena"
policy = "best"
order = "descending"
tie = "shared"
periods = ["all_time", "weekly"]
submitters = "both"

[boards.laps]
title = "Laps"
policy = "best"
order = "ascending"
tie = "earliest"
periods = ["all_time"]
format = "duration"
"#;

/// The end of a command.
#[derive(Debug)]
struct Run {
    status: i32,
    out: String,
    err: String,
}

impl Run {
    fn of(mut command: Command) -> Self {
        let done = command.output().expect("the command runs");
        Self {
            status: done.status.code().expect("no signal"),
            out: String::from_utf8(done.stdout).expect("text"),
            err: String::from_utf8(done.stderr).expect("text"),
        }
    }

    /// Checks the exit status, and parts of the output.
    fn expect(&self, status: i32, parts: &[&str]) {
        assert_eq!(self.status, status, "{self:?}");
        for part in parts {
            assert!(self.out.contains(part), "{part}: {self:?}");
        }
    }

    /// Checks that the command failed with a message that has these parts.
    fn expect_error(&self, parts: &[&str]) {
        assert_eq!(self.status, 1, "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "{part}: {self:?}");
        }
    }
}

/// A command against the server at this address.
fn command(url: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaderport"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LEADERPORT_") {
            command.env_remove(&name);
        }
    }
    command
        .args(words)
        .args(["--server", url, "--api-token", TOKEN])
        .stdin(Stdio::null());
    command
}

/// A server, and a folder for files.
struct Setup {
    server: TestServer,
    folder: TempDir,
}

impl Setup {
    fn new() -> Self {
        Self {
            server: TestServer::start(),
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// A server with the boards of a file.
    fn with(text: &str) -> Self {
        let setup = Self::new();
        setup.run("apply", text, &["--yes"]).expect(0, &["changed"]);
        setup
    }

    /// Writes a file with this text.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a writable folder");
        path
    }

    /// Runs a command with a file of this text.
    fn run(&self, name: &str, text: &str, flags: &[&str]) -> Run {
        let file = self.file("boards.toml", text);
        let mut command = command(&self.server.url, &[name]);
        command.arg(file).args(flags);
        Run::of(command)
    }

    fn pull(&self, flags: &[&str]) -> String {
        let mut command = command(&self.server.url, &["pull"]);
        command.args(flags);
        let pulled = Run::of(command);
        pulled.expect(0, &[]);
        pulled.out
    }

    async fn board(&self, slug: &str) -> Value {
        let path = format!("/api/v1/boards/{slug}");
        self.server.get(&path).await.expect(200)
    }

    /// Number of entries in the audit log.
    async fn audited(&self) -> usize {
        let log = self.server.get_with_token("/api/v1/audit").await;
        log.expect(200)["entries"].as_array().expect("a list").len()
    }
}

/// A definition without a default.
fn unusual() -> Value {
    json!({
        "title": "Marathon \"Zürich\" 🏃", "description": "Zwei\nZeilen", "policy": "latest",
        "order": "ascending", "tie": "dense", "periods": ["daily", "all_time", "weekly"],
        "time_zone": "Europe/Zurich", "min_score": -5, "max_score": 9_007_199_254_740_990_i64,
        "format": { "decimals": 3 }, "unit": "min", "opens_at": "2020-01-01T00:00:00.250Z",
        "archived": true, "closes_at": "2109-01-01T00:00:00Z", "submitters": "players",
        "tick_millis": 250, "accent": "teal", "emblem": "bolt",
    })
}

/// A server with a board of unusual settings, and one of usual settings.
async fn with_unusual() -> Setup {
    let setup = Setup::new();
    for (path, draft) in [
        ("/api/v1/boards/2026-run", unusual()),
        ("/api/v1/boards/points", points()),
    ] {
        setup.server.put(path, &draft).await.expect(201);
    }
    setup
}

#[tokio::test]
async fn pulled_file_makes_no_version_and_no_audit_entry() {
    let setup = with_unusual().await;
    let audited = setup.audited().await;
    let pulled = setup.pull(&[]);
    setup
        .run("diff", &pulled, &[])
        .expect(0, &["no difference"]);
    for flags in [&["--yes"][..], &["--yes", "--prune"]] {
        let applied = setup.run("apply", &pulled, flags);
        applied.expect(0, &["nothing to change"]);
    }
    for slug in ["2026-run", "points"] {
        assert_eq!(setup.board(slug).await["version"], 1, "{slug}");
    }
    assert_eq!(setup.audited().await, audited);
}

#[tokio::test]
async fn pulled_file_defines_the_same_boards_on_another_server() {
    let (from, to) = (with_unusual().await, Setup::new());
    let pulled = from.pull(&[]);
    to.run("apply", &pulled, &["--yes"])
        .expect(0, &["2026-run: new board", "points: new board"]);
    let boards = |pulled: &str| pulled.split_once('\n').expect("two lines").1.to_owned();
    assert_eq!(boards(&to.pull(&[])), boards(&pulled));
    let definition = |mut board: Value| {
        board["seasons"] = Value::Null;
        board
    };
    for slug in ["2026-run", "points"] {
        let (board, other) = (from.board(slug).await, to.board(slug).await);
        assert_eq!(definition(board), definition(other), "{slug}");
    }
}

#[tokio::test]
async fn pull_prints_the_named_boards_in_order() {
    let setup = with_unusual().await;
    let schema = format!("#:schema {}/api/v1/schemas/boards.json\n", setup.server.url);
    let all = setup.pull(&[]);
    assert!(all.starts_with(&schema), "{all}");
    let one = setup.pull(&["--board", "points"]);
    let points = "\n[boards.points]\ntitle = \"Points\"\npolicy = \"best\"\n\
                  order = \"descending\"\ntie = \"shared\"\nperiods = [\"all_time\"]\n\
                  submitters = \"both\"\n";
    assert_eq!(one, format!("{schema}{points}"));
    let both = setup.pull(&["--board", "points", "--board", "2026-run"]);
    assert_eq!(both, all);
    let mut unknown = command(&setup.server.url, &["pull"]);
    unknown.args(["--board", "nope"]);
    Run::of(unknown).expect_error(&["no board nope", "2026-run, points"]);
}

#[tokio::test]
async fn second_apply_changes_nothing() {
    let setup = Setup::with(TWO);
    let audited = setup.audited().await;
    let again = setup.run("apply", TWO, &["--yes"]);
    again.expect(0, &["nothing to change"]);
    // Without a change, there is nothing to confirm.
    setup
        .run("apply", TWO, &[])
        .expect(0, &["nothing to change"]);
    assert_eq!(setup.audited().await, audited);
}

#[tokio::test]
async fn absent_setting_is_reset_to_its_default() {
    let setup = Setup::with(TWO);
    let text = TWO.replace("submitters = \"both\"\n", "");
    let reset = setup.run("apply", &text, &["--yes"]);
    reset.expect(
        0,
        &["arena: changes", "submitters: \"both\" -> \"servers\""],
    );
    assert_eq!(setup.board("arena").await["submitters"], "servers");
    assert_eq!(setup.board("arena").await["version"], 2);
    assert_eq!(setup.board("laps").await["version"], 1);
}

#[tokio::test]
async fn exit_status_of_diff_says_whether_apply_would_change_something() {
    let mut setup = Setup::with(TWO);
    setup.run("diff", TWO, &[]).expect(0, &["no difference"]);
    let changed = TWO.replace("\"both\"", "\"players\"");
    let changes = setup.run("diff", &changed, &[]);
    changes.expect(
        2,
        &["arena: changes\n  submitters: \"both\" -> \"players\"\n"],
    );
    let more = format!("{TWO}\n{}", TWO.replace("[boards.", "[boards.new-"));
    let new = ["new-arena: new board", "new-laps: new board"];
    setup.run("diff", &more, &[]).expect(2, &new);
    let (arena, _) = TWO.split_once("[boards.laps]").expect("two boards");
    let only = ["laps: only on the server", "no difference"];
    setup.run("diff", arena, &[]).expect(0, &only);
    setup
        .run("diff", arena, &["--prune"])
        .expect(2, &["archived: false -> true"]);
    assert_eq!(setup.board("arena").await["version"], 1);
    setup.server.kill();
    setup
        .run("diff", TWO, &[])
        .expect_error(&["does not answer"]);
}

#[tokio::test]
async fn refused_board_does_not_stop_the_others() {
    let setup = Setup::new();
    // The file does not contain uploaded emblems.
    let text = TWO.replace("submitters = \"both\"", "emblem = \"custom\"");
    let applied = setup.run("apply", &text, &["--yes"]);
    applied.expect_error(&["refused boards: 1 of 2", "  arena: emblem: "]);
    assert_eq!(setup.board("laps").await["title"], "Laps");
    let arena = setup.server.get("/api/v1/boards/arena").await;
    assert_eq!(arena.status, 404, "{arena:?}");
    let rest = setup.run("apply", &text, &["--yes"]);
    rest.expect_error(&["refused boards: 1 of 1"]);
}

#[tokio::test]
async fn change_needs_a_confirmation_and_a_dry_run_changes_nothing() {
    let setup = Setup::with(TWO);
    let scores = json!([
        { "player": "ann", "value": 60_000 }, { "player": "bob", "value": 61_000 },
    ]);
    let path = "/api/v1/boards/laps/submissions/batch";
    setup.server.post(path, &scores).await.expect(200);
    let text = TWO.replace("\"ascending\"", "\"descending\"");
    let shown = [
        "laps: changes\n  order: \"ascending\" -> \"descending\"\n",
        "all: 2 players, 2 other ranks, 0 other scores",
        "bob: rank 2 with 1:01.000 -> rank 1 with 1:01.000",
    ];
    let unconfirmed = setup.run("apply", &text, &[]);
    unconfirmed.expect_error(&["--yes is required"]);
    unconfirmed.expect(1, &shown);
    let dry = setup.run("apply", &text, &["--dry-run", "--yes"]);
    dry.expect(0, &shown);
    dry.expect(0, &["nothing was changed"]);
    assert_eq!(setup.board("laps").await["version"], 1);
    setup
        .run("apply", &text, &["--yes"])
        .expect(0, &["changed: 1"]);
    assert_eq!(setup.board("laps").await["order"], "descending");
}

#[tokio::test]
async fn prune_archives_boards_outside_the_file() {
    let setup = Setup::with(TWO);
    let (arena, _) = TWO.split_once("[boards.laps]").expect("two boards");
    setup
        .run("apply", arena, &["--yes"])
        .expect(0, &["laps: only on the server", "nothing to change"]);
    assert_eq!(setup.board("laps").await["archived"], false);
    let pruned = setup.run("apply", arena, &["--yes", "--prune"]);
    pruned.expect(0, &["laps: only on the server, gets archived"]);
    let laps = setup.board("laps").await;
    assert_eq!(
        (&laps["archived"], &laps["version"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(laps["format"], "duration", "other settings stay");
    setup.run("apply", arena, &["--yes", "--prune"]).expect(
        0,
        &["laps: only on the server, archived", "nothing to change"],
    );
}

#[tokio::test]
async fn file_without_a_board_archives_none() {
    let setup = Setup::with(TWO);
    for text in ["", "# no board\n", "[boards]\n"] {
        for run in [
            setup.run("diff", text, &["--prune"]),
            setup.run("apply", text, &["--prune", "--yes"]),
        ] {
            run.expect_error(&["has no board", "nothing was sent"]);
        }
        let kept = setup.run("apply", text, &["--yes"]);
        kept.expect(0, &["nothing to change"]);
    }
    assert_eq!(setup.board("arena").await["archived"], false);
}

#[tokio::test]
async fn invalid_file_is_refused_before_any_request() {
    let setup = Setup::new();
    for (from, to, parts) in [
        (
            "submitters",
            "submiters",
            [
                "boards.toml:8:1: boards.arena.submiters",
                "unknown key",
                "submitters",
            ],
        ),
        (
            "\"both\"",
            "3",
            [
                "boards.toml:8:14: boards.arena.submitters",
                "must be",
                "\"players\"",
            ],
        ),
        (
            "[boards.laps]",
            "[boards.arena]",
            ["boards.toml:10:9: arena", "duplicate key", "once"],
        ),
    ] {
        let text = TWO.replace(from, to);
        for name in ["diff", "apply"] {
            let refused = setup.run(name, &text, &[]);
            refused.expect_error(&parts);
            refused.expect_error(&["nothing was sent"]);
            assert_eq!(refused.out, "");
        }
    }
    let boards = setup.server.get("/api/v1/boards").await.expect(200);
    assert_eq!(boards["boards"], json!([]));
}

/// Forwards a connection. Runs `first` before the first `PUT` goes to the server.
fn forward(mut client: TcpStream, server: &str, first: &Mutex<Option<Command>>) -> io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    let (mut answers, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut answers, &mut to_client));
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = client.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        let request = &buffer[..length];
        if request.starts_with(b"PUT ") {
            let first = first.lock().expect("no panic").take();
            if let Some(first) = first {
                Run::of(first).expect(0, &["changed"]);
            }
        }
        server.write_all(request)?;
    }
}

#[tokio::test]
async fn redefinition_after_the_comparison_is_detected() {
    let setup = Setup::with(TWO);
    let other = setup.file("other.toml", &TWO.replace("\"Arena\"", "\"Colosseum\""));
    let mut first = command(&setup.server.url, &["apply"]);
    first.arg(other).arg("--yes");
    let first = Arc::new(Mutex::new(Some(first)));

    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let proxy = format!("http://{}", listener.local_addr().expect("an address"));
    let server = setup.server.url.trim_start_matches("http://").to_owned();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (server, first) = (server.clone(), first.clone());
            thread::spawn(move || forward(client, &server, &first));
        }
    });

    let text = TWO.replace("\"both\"", "\"players\"");
    let file = setup.file("boards.toml", &text);
    let mut late = command(&proxy, &["apply"]);
    late.arg(file).arg("--yes");
    let late = Run::of(late);
    late.expect(1, &["submitters: \"both\" -> \"players\""]);
    late.expect_error(&["refused boards: 1 of 1", "  arena: "]);
    let arena = setup.board("arena").await;
    let found = json!([arena["title"], arena["submitters"], arena["version"]]);
    assert_eq!(found, json!(["Colosseum", "both", 2]));
}
