//! The permissions of each caller, for every operation that needs one.

use super::*;

/// Every operation that needs a permission.
pub(crate) fn operations() -> Vec<(&'static str, Method, &'static str, Value)> {
    let mut all: Vec<_> = [
        "define", "submit", "batch", "sync", "rebuild", "clear", "retry",
    ]
    .into_iter()
    .zip(writes())
    .map(|(name, (method, path, body))| (name, method, path, body))
    .collect();
    let emblem = "/api/v1/boards/points/emblem";
    let of_emblem = [
        ("set emblem", Method::PUT),
        ("remove emblem", Method::DELETE),
    ];
    all.extend(of_emblem.map(|(name, method)| (name, method, emblem, json!({}))));
    let key = json!({ "title": "another", "scopes": ["read"] });
    let account = json!({ "handle": "new", "password": "correct horse", "role": "admin" });
    all.extend([
        ("engine", Method::GET, "/api/v1/engine", json!({})),
        ("health", Method::GET, "/api/v1/engine/health", json!({})),
        (
            "another's token",
            Method::POST,
            "/api/v1/tokens",
            json!({ "player": "p0" }),
        ),
        ("find", Method::GET, "/api/v1/players?name=p", json!({})),
        ("player", Method::GET, "/api/v1/players/p0", json!({})),
        (
            "submissions",
            Method::GET,
            "/api/v1/players/p0/submissions",
            json!({}),
        ),
        (
            "export",
            Method::GET,
            "/api/v1/players/p0/export",
            json!({}),
        ),
        (
            "explain",
            Method::GET,
            "/api/v1/boards/points/standings/p0/explanation",
            json!({}),
        ),
        (
            "rename",
            Method::PUT,
            "/api/v1/players/p0/name",
            json!({ "name": "Player 0" }),
        ),
        (
            "rule",
            Method::POST,
            "/api/v1/rulings",
            json!({ "ruling": { "type": "ban", "players": ["nobody"], "banned": true } }),
        ),
        ("audit", Method::GET, "/api/v1/audit", json!({})),
        ("erase", Method::DELETE, "/api/v1/players/nobody", json!({})),
        (
            "change season",
            Method::POST,
            "/api/v1/boards/points/seasons/all",
            json!({ "change": "start_over", "dry_run": true }),
        ),
        (
            "change",
            Method::PATCH,
            "/api/v1/boards/points",
            json!({ "title": "Points" }),
        ),
        (
            "delete",
            Method::DELETE,
            "/api/v1/boards/points?dry_run=true",
            json!({}),
        ),
        (
            "preview",
            Method::POST,
            "/api/v1/boards/points/preview",
            points(),
        ),
        ("keys", Method::GET, "/api/v1/keys", json!({})),
        ("make key", Method::POST, "/api/v1/keys", key),
        (
            "revoke key",
            Method::DELETE,
            "/api/v1/keys/0123456789abcdef",
            json!({}),
        ),
        ("accounts", Method::GET, "/api/v1/accounts", json!({})),
        ("make account", Method::POST, "/api/v1/accounts", account),
        (
            "set role",
            Method::PUT,
            "/api/v1/accounts/nobody",
            json!({ "role": "admin" }),
        ),
    ]);
    all
}

/// Operations on boards and their rules.
pub(crate) const DEFINE: [&str; 6] = [
    "define",
    "change",
    "change season",
    "preview",
    "set emblem",
    "remove emblem",
];

/// Operations on the engine.
pub(crate) const ENGINE: [&str; 4] = ["sync", "rebuild", "clear", "retry"];

/// Operations on keys and accounts.
pub(crate) const PEOPLE: [&str; 6] = [
    "keys",
    "make key",
    "revoke key",
    "accounts",
    "make account",
    "set role",
];

/// Operations of moderators.
pub(crate) const MODERATE: [&str; 7] = [
    "find",
    "player",
    "submissions",
    "export",
    "explain",
    "rename",
    "rule",
];

/// The credential of a request: a bearer token or a cookie.
enum Proof {
    Bearer(String),
    Cookie(String),
}

/// A server with the points board, which has a player, and another board.
async fn with_two_boards() -> TestServer {
    let server = TestServer::with_players(1).await;
    server
        .put("/api/v1/boards/other", &points())
        .await
        .expect(201);
    server
}

#[tokio::test]
async fn each_caller_has_exactly_its_permissions() {
    let server = with_two_boards().await;
    let session = async |role: &str| {
        let draft = json!({ "handle": role, "password": "correct horse", "role": role });
        server.post("/api/v1/accounts", &draft).await.expect(201);
        Proof::Cookie(server.sign_in(role, "correct horse").await)
    };
    let key = async |scopes: Value, boards: Value| {
        let draft = json!({ "title": "a server", "scopes": scopes, "boards": boards });
        let made = server.post("/api/v1/keys", &draft).await.expect(201);
        Proof::Bearer(made["secret"].as_str().unwrap().to_owned())
    };
    let admin = [
        &DEFINE[..],
        &ENGINE,
        &["engine", "health"],
        &MODERATE,
        &["audit", "erase", "delete"],
        &PEOPLE,
    ]
    .concat();
    let every = json!(null);
    let table: [(&str, Proof, Vec<&str>); 8] = [
        ("guest", Proof::Cookie(server.guest("ann").await), vec![]),
        ("player", session("player").await, vec![]),
        ("moderator", session("moderator").await, MODERATE.to_vec()),
        ("admin", session("admin").await, admin),
        (
            "submit key",
            key(json!(["submit"]), json!(["points"])).await,
            vec!["submit", "batch"],
        ),
        (
            "key elsewhere",
            key(json!(["submit", "admin"]), json!(["other"])).await,
            vec![],
        ),
        (
            "read key",
            key(json!(["read"]), every.clone()).await,
            vec!["engine", "health"],
        ),
        (
            "admin key",
            key(json!(["admin"]), every).await,
            [&DEFINE[..], &ENGINE, &MODERATE].concat(),
        ),
    ];
    for (who, proof, may) in table {
        for (what, method, path, body) in operations() {
            let request = server.request(method, path).json(&body);
            let answer = Answer::to(match &proof {
                Proof::Bearer(token) => request.bearer_auth(token),
                Proof::Cookie(cookie) => request.header("cookie", cookie),
            })
            .await;
            if what == "batch" && !may.contains(&what) {
                let outcomes = answer.expect(200);
                assert_eq!(
                    outcomes["outcomes"][0]["code"], "forbidden",
                    "{who}: {what}"
                );
            } else if may.contains(&what) {
                assert!(
                    ![401, 403].contains(&answer.status),
                    "{who}: {what}: {answer:?}"
                );
                assert!(answer.status < 500, "{who}: {what}: {answer:?}");
            } else {
                assert_eq!(answer.status, 403, "{who}: {what}: {answer:?}");
                problem::expect(&answer, 403, "forbidden");
            }
        }
    }
    for (what, method, path, body) in operations() {
        let request = server.request(method, path).json(&body);
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 401, "anonymous: {what}: {answer:?}");
    }
}
