//! Nodes over one PostgreSQL that cannot serve one deployment, because their settings differ.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use uuid::Uuid;

use crate::support::{Answer, TOKEN, TestServer};

/// Two cookie secrets.
const SECRETS: [&str; 2] = [
    "one-cookie-secret-of-at-least-sixty-four-characters-for-the-tests",
    "another-cookie-secret-of-at-least-sixty-four-characters-for-tests",
];

/// The URL in a variable of the services that the tests need.
pub(crate) fn service(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the tests with `make test`, or with services as `.ci/with-services cargo test`")
    })
}

/// A new schema in PostgreSQL, as the URL of a database.
async fn database() -> String {
    let url = service("LEADERPORT_TEST_POSTGRES");
    let name = Uuid::from_u128(rand::Rng::random(&mut rand::rng()));
    let schema = format!("nodes_{}", name.simple());
    let mut db = sqlx::PgConnection::connect(&url).await.expect("PostgreSQL");
    let sql = format!("CREATE SCHEMA {schema}");
    db.execute(sqlx::AssertSqlSafe(sql))
        .await
        .expect("a schema");
    db.close().await.expect("a closed connection");
    format!("{url}?options=-csearch_path={schema}")
}

/// The answer of `/readyz`, with its status.
async fn ready(server: &TestServer) -> (u16, Value) {
    let answer = server.get("/readyz").await;
    let body = serde_json::from_str(&answer.text).expect("JSON");
    (answer.status, body)
}

/// Checks that the later of two nodes is not ready, and names the flags and the earlier node.
async fn check(earlier: &TestServer, later: &TestServer, flags: &[&str]) {
    let (status, body) = ready(earlier).await;
    assert_eq!((status, &body["problems"]), (200, &json!([])));
    let (status, body) = ready(later).await;
    assert_eq!(status, 503, "{body}");
    assert_eq!(
        (&body["ledger"], &body["ready"]),
        (&json!("ok"), &json!(false))
    );
    let problems = body["problems"].as_array().expect("a list");
    assert_eq!(problems.len(), flags.len(), "{body}");
    for (problem, flag) in problems.iter().zip(flags) {
        assert!(
            problem.as_str().expect("a text").contains(flag),
            "{problem}"
        );
    }
    let health = earlier.request(Method::GET, "/api/v1/engine/health");
    let health = Answer::to(health.bearer_auth(TOKEN)).await.expect(200);
    let nodes = health["nodes"].as_array().expect("a list");
    let address = later.url.trim_start_matches("http://");
    let other = nodes.iter().find(|node| node["address"] == address);
    let other = other.unwrap_or_else(|| panic!("{address} is not in {health}"));
    assert_eq!(
        other["differs"].as_array().expect("a list").len(),
        flags.len()
    );
    assert_ne!(other["host"], "");
    let this = nodes
        .iter()
        .find(|node| node["is_this"] == true)
        .expect("this node");
    let id = this["node"].as_str().expect("a text");
    for problem in problems {
        assert!(problem.as_str().expect("a text").contains(id), "{problem}");
    }
}

#[tokio::test]
async fn second_node_with_a_broker_in_memory_is_not_ready() {
    let database = database().await;
    let mut first = TestServer::start_over(&["--database", &database]);
    let second = TestServer::start_over(&["--database", &database]);
    check(&first, &second, &["--broker"]).await;
    // A node that stops leaves the list of nodes.
    assert!(first.stop().success());
    let alone = async { while ready(&second).await.0 != 200 {} };
    let alone = tokio::time::timeout(std::time::Duration::from_secs(20), alone).await;
    alone.expect("the remaining node becomes ready");
}

#[tokio::test]
async fn node_with_another_redis_is_not_ready() {
    let (database, redis) = (database().await, service("LEADERPORT_TEST_REDIS"));
    let prefix = format!("nodes-{}", rand::Rng::random::<u64>(&mut rand::rng()));
    let with = |redis: &str| {
        TestServer::start_over(&[
            "--database",
            &database,
            "--broker",
            redis,
            "--broker-prefix",
            &prefix,
        ])
    };
    let first = with(&redis);
    let mut same = with(&redis);
    assert_eq!(ready(&same).await.0, 200);
    assert!(same.stop().success());
    // Another database of the server is a Redis of its own.
    let other = with(&format!("{redis}/1"));
    check(&first, &other, &["--broker"]).await;
}

#[tokio::test]
async fn node_with_other_secrets_is_not_ready() {
    let (database, redis) = (database().await, service("LEADERPORT_TEST_REDIS"));
    let prefix = format!("nodes-{}", rand::Rng::random::<u64>(&mut rand::rng()));
    let with = |secret| {
        let (database, redis, prefix) = (database.as_str(), redis.as_str(), prefix.as_str());
        let broker = ["--broker", redis, "--broker-prefix", prefix];
        let secret = ["--cookie-secret", secret];
        [&["--database", database][..], &broker, &secret].concat()
    };
    let first = TestServer::start_over(&with(SECRETS[0]));
    let mut same = TestServer::start_over(&with(SECRETS[0]));
    assert_eq!(ready(&same).await.0, 200);
    // A node that stops leaves the list of nodes.
    assert!(same.stop().success());
    for (flags, named) in [
        (&["--token-secrets", SECRETS[1]][..], "--token-secrets"),
        (&["--secure-cookies"][..], "--public-url"),
    ] {
        let flags = [&with(SECRETS[0])[..], flags].concat();
        let mut other = TestServer::start_over(&flags);
        check(&first, &other, &[named]).await;
        assert!(other.stop().success());
    }
    let other = TestServer::start_over(&with(SECRETS[1]));
    check(&first, &other, &["--cookie-secret"]).await;
    drop(other);
    let without = TestServer::start_without_token_over(&with(SECRETS[0]));
    let (status, body) = ready(&without).await;
    assert_eq!(status, 503);
    let problem = body["problems"].to_string();
    assert!(problem.contains("--api-token"), "{problem}");
    assert!(!problem.contains(SECRETS[0]) && !problem.contains(SECRETS[1]));
}
