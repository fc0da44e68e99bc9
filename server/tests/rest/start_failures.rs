//! Messages of a server that cannot start, or starts without an engine.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Url;
use sqlx::{Connection, Executor};

use super::nodes::service;
use crate::support::TestServer;

const PASSWORD: &str = "a-secret-word";

/// The output of `leaderport serve`, which must fail.
fn refused(folder: &Path, flags: &[&str]) -> String {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_leaderport"));
    serve
        .env_clear()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    let run = serve
        .arg(folder)
        .args(flags)
        .output()
        .expect("the binary runs");
    let output = String::from_utf8(run.stderr).expect("text");
    assert!(!run.status.success(), "{output}");
    output
}

/// An address on which no server listens.
fn closed_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

#[tokio::test]
async fn database_of_a_newer_version_is_refused_with_both_versions() {
    let mut server = TestServer::start();
    assert!(server.stop().success());
    let file = server.data().join("leaderport.sqlite");
    let url = format!("sqlite:{}", file.display());
    let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let sql = "INSERT INTO _sqlx_migrations
           (version, description, success, checksum, execution_time)
         VALUES (9999, 'of a newer version', 1, x'00', 0)";
    db.execute(sql).await.unwrap();
    db.close().await.unwrap();
    let output = refused(server.data(), &[]);
    assert!(output.contains("the database has version 9999"), "{output}");
    assert!(output.contains("knows versions up to "), "{output}");
    assert!(output.contains("restore the backup"), "{output}");
}

#[tokio::test]
async fn absent_postgres_is_named_with_the_reason() {
    let (folder, address) = (tempfile::tempdir().unwrap(), closed_address());
    let url = format!("postgres://leaderport:{PASSWORD}@{address}/scores");
    let output = refused(folder.path(), &["--database", &url]);
    assert!(
        output.contains(&format!("PostgreSQL at {address}")),
        "{output}"
    );
    assert!(output.contains("refused"), "{output}");
    assert!(output.contains("--database"), "{output}");
    assert!(!output.contains(PASSWORD), "{output}");
    assert!(!output.contains("pool timed out"), "{output}");
}

#[test]
fn refusal_of_postgres_is_named_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let right = Url::parse(&service("LEADERPORT_TEST_POSTGRES")).unwrap();
    let (mut database, mut user) = (right.clone(), right);
    database.set_path("no_such_database");
    user.set_username("no_such_user").unwrap();
    for (url, named, remedy) in [
        (database, "no_such_database", "create the database"),
        (user, "no_such_user", "correct the user or the password"),
    ] {
        let output = refused(folder.path(), &["--database", url.as_str()]);
        assert!(
            output.contains(named) && output.contains(remedy),
            "{output}"
        );
        assert!(output.contains("--database"), "{output}");
        assert!(!output.contains("start it"), "{output}");
    }
}

#[tokio::test]
async fn absent_redis_is_named_in_the_log() {
    let address = closed_address();
    let url = format!("redis://:{PASSWORD}@{address}");
    let server = TestServer::start_over(&["--broker", &url]);
    let logged = async {
        loop {
            let log = server.log();
            if log.contains("Redis is unreachable") {
                return log;
            }
            tokio::task::yield_now().await;
        }
    };
    let log = tokio::time::timeout(Duration::from_secs(20), logged).await;
    let log = log.expect("the log says that Redis is unreachable");
    assert!(log.contains(&address), "{log}");
    assert!(log.contains("refused"), "{log}");
    assert!(log.contains("--broker"), "{log}");
    assert!(!log.contains(PASSWORD), "{log}");
}

#[test]
fn bounds_of_connections_that_do_not_fit_are_refused_before_the_data_folder_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = refused(&data, &["--max-sockets", "5000"]);
    assert!(output.contains("--max-connections is 10000"), "{output}");
    assert!(output.contains("--max-sockets is 5000"), "{output}");
    assert!(!data.exists());
}
